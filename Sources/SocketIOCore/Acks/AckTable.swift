// Licensed under the MIT licence.

public import NIOCore

/// The acknowledgements that one socket owes us: for each event that asked for one, whom to tell when the answer comes,
/// or does not.
///
/// Every callback leaves the table exactly once: by ``answer(_:)``, ``expire(now:)`` or ``removeAll()``, whichever
/// comes first; what comes later finds nothing. The table calls nobody itself. An empty table holds no memory of its
/// own.
///
/// Source: Socket.IO protocol v5, "Acknowledgement".
public struct AckTable<Callback> {
    fileprivate struct Pending {
        var callback: Callback
        var deadline: NIODeadline
    }

    private let maximumPending: Int
    private var pending: [UInt64: Pending] = [:]
    private var nextID: UInt64 = 0
    /// Not later than the first deadline; exact after ``expire(now:)``, possibly early after an answer.
    private var earliest: NIODeadline?

    /// Makes an empty table.
    ///
    /// - Parameter maximumPending: How many acknowledgements may be awaited at once.
    public init(maximumPending: Int = 1000) {
        self.maximumPending = maximumPending
    }

    /// How many acknowledgements are awaited.
    public var count: Int { self.pending.count }

    /// When ``expire(now:)`` should be called next: never later than the first deadline, sometimes earlier; `nil` if
    /// nothing is awaited.
    public var nextDeadline: NIODeadline? { self.earliest }

    /// Notes that an answer is awaited until `deadline`.
    ///
    /// - Returns: The id for the event: 0 for the first, then counting up.
    /// - Throws: ``AckTableError/full(maximumPending:)``; the callback is not kept then.
    public mutating func register(_ callback: Callback, deadline: NIODeadline) throws(AckTableError) -> UInt64 {
        guard self.pending.count < self.maximumPending else { throw .full(maximumPending: self.maximumPending) }
        let id = self.nextID
        self.nextID += 1
        self.pending[id] = Pending(callback: callback, deadline: deadline)
        self.earliest = min(self.earliest ?? deadline, deadline)
        return id
    }

    /// Takes out the callback that the answer `id` is for.
    ///
    /// - Returns: `nil` if nothing is awaited under this id: it was never given out, is answered already, or came too
    ///   late. The peer may do that; it is to be ignored and counted.
    public mutating func answer(_ id: UInt64) -> Callback? {
        guard let answered = self.pending.removeValue(forKey: id) else { return nil }
        if self.pending.isEmpty { self.reset() }
        return answered.callback
    }

    /// Takes out every callback whose deadline is `now` or earlier, oldest id first.
    public mutating func expire(now: NIODeadline) -> [Callback] {
        guard let earliest = self.earliest, earliest <= now else { return [] }
        var expired: [UInt64] = []
        var next: NIODeadline?
        for (id, entry) in self.pending {
            if entry.deadline <= now {
                expired.append(id)
            } else {
                next = min(next ?? entry.deadline, entry.deadline)
            }
        }
        self.earliest = next
        expired.sort()
        let callbacks = expired.compactMap { self.pending.removeValue(forKey: $0)?.callback }
        if self.pending.isEmpty { self.reset() }
        return callbacks
    }

    /// Takes out every callback, oldest id first: the socket is gone.
    public mutating func removeAll() -> [Callback] {
        let callbacks = self.pending.sorted { $0.key < $1.key }.map(\.value.callback)
        self.reset()
        return callbacks
    }

    /// Gives the memory back; ids go on counting, so that a late answer meets no later event.
    private mutating func reset() {
        self.pending = [:]
        self.earliest = nil
    }
}

extension AckTable: Sendable where Callback: Sendable {}
extension AckTable.Pending: Sendable where Callback: Sendable {}
