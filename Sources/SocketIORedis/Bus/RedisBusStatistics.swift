// Licensed under the MIT licence.

import Synchronization

/// What has come and gone over a ``RedisBus``, since it was made.
public struct RedisBusStatistics: Sendable, Hashable {
    /// Messages that came.
    public var received: Int
    /// Those among them that were dropped, for they were too large or made no sense.
    public var rejected: Int
    /// Messages that were published.
    public var published: Int
    /// Those among them that may not have reached Redis.
    public var failed: Int
}

/// Counts what ``RedisBusStatistics`` tells.
final class RedisBusCounters: Sendable {
    let received = Atomic(0)
    let rejected = Atomic(0)
    let published = Atomic(0)
    let failed = Atomic(0)

    var statistics: RedisBusStatistics {
        RedisBusStatistics(
            received: self.received.load(ordering: .relaxed),
            rejected: self.rejected.load(ordering: .relaxed),
            published: self.published.load(ordering: .relaxed),
            failed: self.failed.load(ordering: .relaxed)
        )
    }
}
