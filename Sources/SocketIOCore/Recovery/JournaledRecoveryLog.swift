// Licensed under the MIT licence.

public import NIOCore

/// A recovery log in memory whose contents a journal keeps for the next process: what clients may come back for survives the end of this
/// one, however it ends.
///
/// Answers come once the journal has committed what they rest on, so that no client ever knows of something that the next process
/// does not. While a batch is being committed, and until a turn of the shard is over, what follows gathers, and is committed together.
///
/// At the start the journal is read back. Sessions whose sockets lived when the process ended go on as if their clients had gone away then,
/// unless one was about to change (``RecoveryLog/changing(_:now:whenDone:)``) and nobody knows to what. A journal of which any
/// part makes no sense is dropped whole; so is one that fails, and then positions go on under a new epoch, so that nobody is
/// restored across what may be missing.
///
/// `@unchecked Sendable`: used on one shard only, as ``RecoveryLog`` demands.
public final class JournaledRecoveryLog: RecoveryLog, @unchecked Sendable {
    /// What waits for one commit.
    private struct Batch {
        var records: [TimedRecord] = []
        /// Called in order, with whether the records were committed.
        var answers: [@Sendable (Bool) -> Void] = []

        var isEmpty: Bool { self.records.isEmpty && self.answers.isEmpty }
    }

    private enum GatheringState {
        case idle, gathering, gathered
    }

    private let journal: any RecoveryJournal
    let memory: InMemoryRecoveryLog
    private let encoder: JournalEncoder
    private var contents: JournalContents
    /// What the journal knows of sessions in use; without those that are changing.
    private var live: [PrivateSessionID: SessionCheckpoint] = [:]
    private var gathering = Batch()
    private var committing: Batch?
    private var isAdvancing = false
    /// Whether the journal has yet to say when the next batch begins, or has said so.
    private var gatheringState = GatheringState.idle
    /// Whether the next batch has to say where the log is.
    private var needsMark: Bool
    private var now: NIODeadline

    /// Goes on where another log left the journal.
    ///
    /// Records of times after `now` count as if they were made now, so the clock of the system may be set back.
    ///
    /// - Parameters:
    ///   - options: How much to keep, and for how long.
    ///   - receiptWindow: See ``ReceiptClock/window``.
    ///   - journal: Where it is kept.
    ///   - entries: All that the journal holds, in order; nothing for a new one.
    ///   - now: The present.
    ///   - nanosecondsSince1970: The present, as other processes tell it.
    ///   - newEpoch: For a journal that is new, or makes no sense; any, if it is not said.
    public init(
        options: ConnectionStateRecovery,
        receiptWindow: TimeAmount,
        journal: any RecoveryJournal,
        entries: [JournalEntry],
        now: NIODeadline,
        nanosecondsSince1970: Int64,
        newEpoch: UInt32 = .random(in: .min ... .max)
    ) {
        let clock = JournalClock(start: now, nanoseconds: nanosecondsSince1970)
        self.journal = journal
        self.encoder = JournalEncoder(clock: clock)
        self.now = now
        let replay = try? JournalReplay(entries, clock: clock)
        self.memory = InMemoryRecoveryLog(
            options: options,
            receiptWindow: receiptWindow,
            epoch: replay?.epoch ?? newEpoch
        )
        guard let replay else {
            // Numbers go on behind whatever is there, all of which the first batch drops.
            let last = entries.map(\.serial).max() ?? 0
            self.contents = JournalContents(nextSerial: min(last, 1 << 62) + 1)
            self.needsMark = true
            return
        }
        self.contents = replay.contents
        self.needsMark = replay.epoch == nil
        self.memory.restore(replay.events, lostThrough: replay.lostThrough, lostTime: replay.lostTime, now: now)
        for (session, wasLive) in replay.takeableSessions(maximumAbsence: TimeAmount(options.maxDisconnectionDuration))
        {
            self.memory.save(session, now: now)
            // From now on time passes without its client.
            if wasLive { self.gathering.records.append(TimedRecord(time: now, record: .saved(session))) }
        }
        self.advance()
    }

    /// How many events are kept.
    public var eventCount: Int { self.memory.eventCount }

    /// What is kept, apart from the journal.
    package var inMemory: InMemoryRecoveryLog { self.memory }

    /// How many sessions of clients that are away are kept.
    public var sessionCount: Int { self.memory.sessionCount }

    /// How many records the journal holds, those of the batch that is being committed included.
    package var recordCount: Int { self.contents.count }

    // MARK: RecoveryLog

    /// It outlives the process.
    public var isDurable: Bool { true }

    /// The newest offset.
    public var current: RecoveryOffset { self.memory.current }

    /// Gives an event its place, and answers when it is committed.
    public func append(
        _ event: RecoverableEvent,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoveryOffset?) -> Void
    ) {
        let offset = self.memory.record(event, now: now)
        self.add(.event(position: offset.position, event), now: now) { whenDone($0 ? offset : nil) }
    }

    /// Keeps a session.
    public func save(_ session: RecoverySession, now: NIODeadline) {
        self.live[session.pid] = nil
        self.memory.save(session, now: now)
        self.add(.saved(session), now: now)
    }

    /// Takes a session out, and answers when that is committed: nobody else will get it.
    public func take(
        _ pid: PrivateSessionID,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoverySession?) -> Void
    ) {
        guard let session = self.memory.taken(pid, now: now) else { return self.answer { _ in whenDone(nil) } }
        self.contents.forget(pid)
        self.add(.gone(pid), now: now) { whenDone($0 ? session : nil) }
    }

    /// Finds what a session is due, and answers when all that this rests on is committed.
    public func missedEvents(
        of session: RecoverySession,
        after offset: String?,
        now: NIODeadline,
        whenDone: @escaping @Sendable (MissedEvents) -> Void
    ) {
        let missed = self.memory.missed(by: session, after: offset, now: now)
        self.answer { whenDone($0 ? missed : .incomplete) }
    }

    /// Keeps the state of a session in use.
    public func checkpoint(_ checkpoint: SessionCheckpoint, now: NIODeadline) {
        self.live[checkpoint.session.pid] = checkpoint
        self.add(.live(checkpoint), now: now)
    }

    /// Notes that a session in use is about to change, and answers when that is committed.
    public func changing(_ pid: PrivateSessionID, now: NIODeadline, whenDone: @escaping @Sendable () -> Void) {
        guard self.live.removeValue(forKey: pid) != nil else { return self.answer { _ in whenDone() } }
        self.add(.changing(pid), now: now) { _ in whenDone() }
    }

    /// Forgets a session in use.
    public func forget(_ pid: PrivateSessionID, now: NIODeadline) {
        self.live[pid] = nil
        self.contents.forget(pid)
        self.add(.gone(pid), now: now)
    }

    /// Notes that the process still runs.
    public func noteTime(now: NIODeadline) {
        self.add(self.mark, now: now)
    }

    /// Whether there are sessions that clients may come back for.
    public var hasSessions: Bool { self.memory.sessionCount > 0 }

    /// Drops all events, and says so in the journal.
    public func skipped(now: NIODeadline) {
        self.memory.skipped(now: now)
        self.add(self.mark, now: now)
    }

    /// Answers when everything is committed.
    public func flush(whenDone: @escaping @Sendable () -> Void) {
        self.answer { _ in whenDone() }
    }

    // MARK: Batches

    private var mark: JournalRecord {
        let lost = self.memory.lost
        return .mark(
            epoch: self.current.epoch,
            position: self.current.position,
            lostThrough: lost.through,
            lostTime: lost.time
        )
    }

    private func add(_ record: JournalRecord, now: NIODeadline, answer: (@Sendable (Bool) -> Void)? = nil) {
        self.now = max(self.now, now)
        self.gathering.records.append(TimedRecord(time: self.now, record: record))
        if let answer { self.gathering.answers.append(answer) }
        self.advance()
    }

    /// Answers behind everything that was asked before.
    private func answer(_ answer: @escaping @Sendable (Bool) -> Void) {
        self.gathering.answers.append(answer)
        self.advance()
    }

    /// Commits what has gathered, unless something is being committed or the turn is not over.
    private func advance() {
        guard !self.isAdvancing else { return }
        self.isAdvancing = true
        while self.committing == nil, !self.gathering.isEmpty {
            if !self.gathering.records.isEmpty, self.gatheringState != .gathered {
                self.gather()
                // The journal may have said so at once.
                if self.gatheringState == .gathering { break }
            }
            let batch = self.gathering
            self.gathering = Batch()
            if batch.records.isEmpty {
                for answer in batch.answers { answer(true) }
            } else {
                self.gatheringState = .idle
                self.commit(batch)
            }
        }
        self.isAdvancing = false
    }

    private func gather() {
        guard self.gatheringState == .idle else { return }
        self.gatheringState = .gathering
        self.journal.gather {
            self.gatheringState = .gathered
            self.advance()
        }
    }

    private func commit(_ batch: Batch) {
        self.committing = batch
        var records = batch.records
        let firstSerial = self.contents.nextSerial
        if self.needsMark {
            self.contents.clear()
            records.append(TimedRecord(time: self.now, record: self.mark))
            self.needsMark = false
        }
        let firstKept = self.contents.firstSerial
        for record in records { self.contents.added(record.record.key) }
        let rewritten = self.contents.drop(
            eventsThrough: self.memory.lost.through,
            neededCount: self.memory.eventCount + self.memory.sessionCount + self.live.count
        ) { self.record(of: $0) != nil }
        var added = rewritten.compactMap { self.record(of: $0) }
        // Whoever reads the rest has to know what went.
        let mark = self.mark
        if self.contents.firstSerial > firstKept, records.last?.record != mark { added.append(mark) }
        for record in added {
            self.contents.added(record.key)
            records.append(TimedRecord(time: self.now, record: record))
        }
        let encoded = JournalBatch(
            firstSerial: firstSerial,
            records: self.encoder.encode(records),
            dropBefore: min(self.contents.firstSerial, firstSerial)
        )
        self.journal.append(encoded) { self.committed($0) }
    }

    /// What a session's record would say; `nil` if it is not needed.
    private func record(of pid: PrivateSessionID) -> JournalRecord? {
        if let checkpoint = self.live[pid] { return .live(checkpoint) }
        return self.memory.session(pid).map { .saved($0) }
    }

    private func committed(_ isDone: Bool) {
        guard let batch = self.committing else {
            return assertionFailure("a journal answered for a batch that it was not given")
        }
        self.committing = nil
        // What the answers cause is committed behind all of them: a journal may answer at once.
        self.isAdvancing = true
        if isDone {
            for answer in batch.answers { answer(true) }
        } else {
            self.fail(batch)
        }
        self.isAdvancing = false
        self.advance()
    }

    /// Nothing of what was given out since the last commit is known to the journal: everybody has to begin anew.
    private func fail(_ batch: Batch) {
        let answers = batch.answers + self.gathering.answers
        self.gathering = Batch()
        self.live = [:]
        self.memory.beginAnew(now: self.now)
        self.needsMark = true
        for answer in answers { answer(false) }
    }
}
