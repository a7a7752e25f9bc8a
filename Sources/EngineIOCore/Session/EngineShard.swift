// Licensed under the MIT licence.

public import NIOCore

/// The place of a connection in its shard's dense table.
///
/// Slots are used again after a connection ended; keep one only as long as the connection lives.
public typealias ConnectionSlot = UInt32

/// One event loop and everything that lives on it: sessions, their sockets, and the rooms as far as they have members here.
///
/// State that belongs to a shard is touched only while ``isCurrent`` is true, so none of it needs a lock.
public protocol EngineShard: AnyObject, Sendable {
    /// This shard's number, `0..<` the number of shards.
    var index: Int { get }
    /// Whether the caller runs on this shard.
    var isCurrent: Bool { get }
    /// The loop's time.
    var now: NIODeadline { get }

    /// Runs `job` on this shard, later.
    ///
    /// Jobs from one shard to another run in the order in which they were given, also relative to messages that were sent in
    /// between. May be called from anywhere.
    func execute(_ job: @escaping @Sendable () -> Void)

    /// Runs `job` on this shard once `delay` has passed, give or take the shard's timer resolution.
    ///
    /// May be called from anywhere.
    func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void)

    /// Sends one message to many connections of this shard. Call on the shard.
    ///
    /// The message is encoded once per wire form. A connection gets what it is due with one send at the end of the loop's turn.
    /// - Parameters:
    ///   - message: What to send.
    ///   - slots: Connections of this shard, each at most once.
    ///   - isVolatile: Skip connections that cannot take it at once.
    func send(_ message: EngineMessage, to slots: UnsafeBufferPointer<ConnectionSlot>, isVolatile: Bool)
}

extension EngineShard {
    /// Runs `job` at once when called on this shard, later otherwise.
    public func run(_ job: @escaping @Sendable () -> Void) {
        if self.isCurrent { job() } else { self.execute(job) }
    }
}
