// Licensed under the MIT licence.

public import NIOCore

/// The acknowledgements that one socket owes us: for each event that asked for one, whom to tell when the answer comes, or
/// does not.
///
/// Every callback leaves the table exactly once: by ``answer(_:)``, ``expire(now:)`` or ``removeAll()``, whichever comes
/// first; what comes later finds nothing. The table calls nobody itself. An empty table holds no memory of its own.
///
/// Source: Socket.IO protocol v5, "Acknowledgement".
public struct AckTable<Callback> {
    fileprivate struct Pending {
        var id: UInt64
        var callback: Callback
        var deadline: NIODeadline
    }

    private let maximumPending: Int
    // In the order of ids. Few are pending at a time, so taking one out of the middle is cheap.
    private var pending: [Pending] = []
    // Not later than the first deadline; exact after ``expire(now:)``, possibly early after an answer.
    private var earliest = NIODeadline.distantFuture

    /// Makes an empty table.
    ///
    /// - Parameter maximumPending: How many acknowledgements may be awaited at once.
    public init(maximumPending: Int = 1000) {
        self.maximumPending = maximumPending
    }

    /// How many acknowledgements are awaited.
    public var count: Int { self.pending.count }

    /// When ``expire(now:)`` should be called next.
    ///
    /// Never later than the first deadline, sometimes earlier; `nil` if nothing is awaited.
    public var nextDeadline: NIODeadline? { self.pending.isEmpty ? nil : self.earliest }

    /// Notes that an answer is awaited until `deadline`, under a number that somebody else counts up.
    ///
    /// - Parameters:
    ///   - callback: Whom to tell.
    ///   - id: None that is pending.
    ///   - deadline: From when on ``expire(now:)`` gives the callback back.
    /// - Throws: ``AckTableError/full(maximumPending:)``; the callback is not kept then.
    public mutating func register(
        _ callback: Callback,
        id: UInt64,
        deadline: NIODeadline
    ) throws(AckTableError) {
        guard self.pending.count < self.maximumPending else { throw .full(maximumPending: self.maximumPending) }
        self.pending.insert(Pending(id: id, callback: callback, deadline: deadline), at: self.position(of: id))
        self.earliest = min(self.earliest, deadline)
    }

    /// Takes out the callback that the answer `id` is for.
    ///
    /// - Returns: `nil` if nothing is awaited under this id: it was never given out, is answered already, or came too late.
    ///   The peer may do that; it is to be ignored and counted.
    public mutating func answer(_ id: UInt64) -> Callback? {
        guard let index = self.index(of: id) else { return nil }
        let callback = self.pending.remove(at: index).callback
        if self.pending.isEmpty { self.reset() }
        return callback
    }

    /// Takes out every callback whose deadline is `now` or earlier, oldest id first.
    public mutating func expire(now: NIODeadline) -> [Callback] {
        guard self.earliest <= now else { return [] }
        var expired: [Callback] = []
        var earliest = NIODeadline.distantFuture
        self.pending.removeAll { entry in
            guard entry.deadline <= now else {
                earliest = min(earliest, entry.deadline)
                return false
            }
            expired.append(entry.callback)
            return true
        }
        self.earliest = earliest
        if self.pending.isEmpty { self.reset() }
        return expired
    }

    /// Takes out every callback, oldest id first: the socket is gone.
    public mutating func removeAll() -> [Callback] {
        let callbacks = self.pending.map(\.callback)
        self.reset()
        return callbacks
    }

    private func index(of id: UInt64) -> Int? {
        let index = self.position(of: id)
        return index < self.pending.count && self.pending[index].id == id ? index : nil
    }

    /// Where an entry of this id stands, or would.
    private func position(of id: UInt64) -> Int {
        var low = 0
        var high = self.pending.count
        while low < high {
            let middle = (low + high) / 2
            if self.pending[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Gives the memory back.
    private mutating func reset() {
        self.pending = []
        self.earliest = .distantFuture
    }
}

extension AckTable: Sendable where Callback: Sendable {}
extension AckTable.Pending: Sendable where Callback: Sendable {}
