// Licensed under the MIT licence.

public import NIOCore

/// Storage for what a ``JournaledRecoveryLog`` must not lose: records in a row, added at one end and dropped from the other.
///
/// A journal belongs to one log, which makes all calls on the sequencer's shard and never before the last
/// ``append(_:whenDone:)`` was answered. It calls back on that shard, before the call returns or later. Nobody else writes to the same
/// storage meanwhile.
///
/// Atomicity: of a batch, after a crash at any moment, all records are there and what has to be dropped is not, or none of it has
/// happened. What was answered with `true` is there for good.
///
/// Failure: a batch that could not be committed is answered with `false`, within a bounded time. What the journal held before must not
/// come back from then on until a batch was committed, since events have gone out that it does not know: a log that fails says so in
/// its next batch, which drops everything, but the process may end before. So a journal that cannot write removes what it has,
/// or marks it as void, by whatever means are left.
public protocol RecoveryJournal: Sendable {
    /// Says when it is time to begin a batch.
    ///
    /// What is recorded until then belongs to it: a journal that calls back at the end of the shard's turn has all that one turn
    /// records committed together, and nobody waits longer, since nothing leaves before a turn's end. At once, by default.
    ///
    /// - Parameter whenDone: Called exactly once, on the sequencer's shard: before the call returns, or soon.
    func gather(_ whenDone: @escaping @Sendable () -> Void)

    /// Adds records and drops others, at once.
    ///
    /// - Parameters:
    ///   - batch: What to do.
    ///   - whenDone: Called exactly once, when the batch has reached the disk (`true`) or cannot (`false`).
    func append(_ batch: JournalBatch, whenDone: @escaping @Sendable (Bool) -> Void)
}

extension RecoveryJournal {
    /// Calls back at once.
    public func gather(_ whenDone: @escaping @Sendable () -> Void) { whenDone() }
}

/// Records that are committed together.
public struct JournalBatch: Sendable, Equatable {
    /// The number of the first record; the others follow on, and so do those of the next batch, over restarts too.
    public let firstSerial: UInt64
    /// What to add, never nothing.
    public let records: [ByteBuffer]
    /// Records of lower numbers are not needed any more.
    ///
    /// If all that came before is meant, the batch's own first number, they must go with this batch: they may contradict it. Otherwise
    /// any number of the last of them may stay until it suits.
    public let dropBefore: UInt64

    /// Creates a batch.
    public init(firstSerial: UInt64, records: [ByteBuffer], dropBefore: UInt64) {
        self.firstSerial = firstSerial
        self.records = records
        self.dropBefore = dropBefore
    }
}

/// A record that was read back.
public struct JournalEntry: Sendable, Equatable {
    /// Its number.
    public let serial: UInt64
    /// Its bytes, as they were given.
    public let record: ByteBuffer

    /// Creates an entry.
    public init(serial: UInt64, record: ByteBuffer) {
        self.serial = serial
        self.record = record
    }
}
