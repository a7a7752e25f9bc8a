// Licensed under the MIT licence.

import Synchronization

/// What a client has done since it was made; numbers only grow.
public struct RedisCounters: Sendable, Hashable {
    /// Commands and transactions that were handed in.
    public var commands = 0
    /// Answers that were received in time, errors among them.
    public var replies = 0
    /// Answers that were received after their deadline, and dropped.
    public var lateReplies = 0
    /// Commands whose deadline passed.
    public var timeouts = 0
    /// Commands that found no room.
    public var refusals = 0
    /// Connections that became ready.
    public var connections = 0
    /// Connections that ended, or could not be made.
    public var connectionFailures = 0
    /// Commands that were sent to another node (MOVED, ASK).
    public var redirections = 0
    /// Commands that were repeated because the server asked for patience.
    public var retries = 0
    /// Messages that subscriptions brought.
    public var messages = 0
    /// Bytes received.
    public var bytesIn = 0
    /// Bytes sent.
    public var bytesOut = 0
}

/// The counters, which any thread may read while the client counts.
final class RedisCounterStore: Sendable {
    private let counters = Mutex(RedisCounters())

    func update(_ change: (inout RedisCounters) -> Void) {
        self.counters.withLock { change(&$0) }
    }

    var snapshot: RedisCounters {
        self.counters.withLock { $0 }
    }
}
