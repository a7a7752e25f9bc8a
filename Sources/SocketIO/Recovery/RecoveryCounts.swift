// Licensed under the MIT licence.

import SocketIOCore

/// What became of clients that asked for the session they had, and what is kept for those that may.
package struct RecoveryCounts: Sendable, Equatable {
    /// Clients that went on as the sockets they were.
    package var recovered = 0
    /// Clients that began anew, since the session was not there, somebody else's, or something might have been missing.
    package var refused = 0
    /// Clients that were sent away to say how far they are (``Restoration/held``).
    package var held = 0
    /// Events that are kept.
    package var eventCount = 0
    /// The bytes of these.
    package var eventBytes = 0
    /// Sessions of clients that are away.
    package var sessionCount = 0

    mutating func add(_ other: Self) {
        self.recovered += other.recovered
        self.refused += other.refused
        self.held += other.held
        self.eventCount += other.eventCount
        self.eventBytes += other.eventBytes
        self.sessionCount += other.sessionCount
    }
}

extension Sequencer {
    /// What was counted, and what the log keeps if it keeps it in memory.
    ///
    /// Call on the sequencer's shard.
    var recoveryCounts: RecoveryCounts {
        var counts = self.outcomes
        let journaled = (self.log as? JournaledRecoveryLog)?.inMemory ?? self.sharedLog?.inMemory
        let memory = self.log as? InMemoryRecoveryLog ?? journaled
        counts.eventCount = memory?.eventCount ?? 0
        counts.eventBytes = memory?.eventBytes ?? 0
        counts.sessionCount = memory?.sessionCount ?? 0
        return counts
    }
}
