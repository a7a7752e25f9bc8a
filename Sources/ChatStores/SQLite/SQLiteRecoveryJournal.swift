// Licensed under the MIT licence.

import Dispatch
import Foundation
package import SocketIOCore
import Synchronization

/// A recovery journal in a file of its own, beside the messages of a store: `recovery.sqlite`.
///
/// Batches are written by a thread of the journal's own, one at a time; nobody waits for the disk to have them
/// (``RecoveryJournalFile``). A journal that cannot be written, or not within two seconds, is taken away, so that what it held does not
/// come back, and begun anew about once a second until that works.
///
/// `@unchecked Sendable`: `init` sets every `var` before anybody else knows of the journal. After that `file` and `nextAttempt` are
/// touched on the thread only; `timer` stays what it is and is only asked and cancelled, which may be done on any thread.
package final class SQLiteRecoveryJournal: RecoveryJournal, @unchecked Sendable {
    /// Runs what it is given on the shard of the log that the journal belongs to.
    package typealias Executor = @Sendable (@escaping @Sendable () -> Void) -> Void

    /// Where answers go.
    ///
    /// A closure of its own in a `Mutex` would be wrapped in another one whenever the lock is taken, without end: it is stored in the form
    /// that generic code calls, and converted to and fro. In a structure it stays as it is.
    private struct Route {
        var executor: Executor?
    }

    private static let pause: UInt64 = 1_000_000_000
    /// How long a batch may take: much less than ``ReceiptClock/reserve``, since its events wait to be sent meanwhile.
    private static let timeLimit: UInt64 = 2_000_000_000

    /// How many batches may be under way: behind a disk that does not answer more would only be taken away again.
    private static let maximumBatches = 4

    private let path: String
    private let line = WorkLine<JournalWork>(.init(count: .max, bytes: .max))
    /// Looks after the batch under way, twice a second.
    ///
    /// Set in `init` only.
    private var timer: (any DispatchSourceTimer)?
    private let underWay = Mutex<(answer: Answer, since: DispatchTime)?>(nil)
    private let route = Mutex(Route())
    private let found: Mutex<[JournalEntry]>
    private var file: RecoveryJournalFile?
    private var nextAttempt = DispatchTime.now()
    private let isThreadRunning = Atomic(true)

    /// Whether its thread or its timer goes on; behind ``close(completion:)`` they end.
    package var isRunning: Bool {
        self.isThreadRunning.load(ordering: .acquiring) || self.timer?.isCancelled == false
    }

    /// Opens the journal of a directory, which is there and held by this process.
    ///
    /// - Throws: That the file is another program's; it is left alone then.
    package init(directory: String) throws(StoreOpeningError) {
        self.path = Self.path(in: directory)
        do {
            let file = try RecoveryJournalFile(self.path)
            self.found = Mutex(try file.entries())
            self.file = file
        } catch let error as StoreOpeningError {
            throw error
        } catch {
            // Damaged, or the disk is full. Clients begin anew.
            RecoveryJournalFile.remove(self.path)
            self.found = Mutex([])
        }
        self.watch()
        self.start()
    }

    deinit {
        self.timer?.cancel()
        self.line.close()
    }

    private func start() {
        let thread = Thread { [line, weak self] in
            while case .work(let pieces) = line.take(1) {
                // Every piece keeps the journal until it is carried out.
                for piece in pieces { self?.carryOut(piece) }
                line.done(count: pieces.count, bytes: 0)
            }
            self?.isThreadRunning.store(false, ordering: .releasing)
        }
        thread.name = "recovery-write"
        thread.start()
    }

    private func watch() {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "martlet recovery journal, time"))
        timer.schedule(deadline: .now(), repeating: .milliseconds(500))
        timer.setEventHandler { [weak self] in self?.giveUpIfLate() }
        timer.activate()
        self.timer = timer
    }

    private func giveUpIfLate() {
        guard let (answer, since) = self.underWay.withLock({ $0 }) else { return }
        guard DispatchTime.now().uptimeNanoseconds > since.uptimeNanoseconds + Self.timeLimit else { return }
        _ = self.give(answer, false)
    }

    /// - Returns: Whether it was this answer that counted.
    private func give(_ answer: Answer, _ isDone: Bool) -> Bool {
        // The answer holds the journal; the next batch may be under way already, or begin by this.
        self.underWay.withLock { if $0?.answer === answer { $0 = nil } }
        return answer.give(isDone)
    }

    /// Takes a directory's journal away: nobody can come back for what it holds once events go out that it does not know.
    package static func discard(directory: String) {
        RecoveryJournalFile.remove(self.path(in: directory))
    }

    private static func path(in directory: String) -> String { directory + "/recovery.sqlite" }

    /// All records that were there at the start, in order; once.
    package func takeEntries() -> [JournalEntry] {
        self.found.withLock { entries in
            defer { entries = [] }
            return entries
        }
    }

    /// Says where answers go; to be called before the first batch.
    package func answer(on executor: @escaping Executor) {
        self.route.withLock { $0.executor = executor }
    }

    package func append(_ batch: JournalBatch, whenDone: @escaping @Sendable (Bool) -> Void) {
        let answer = Answer { isDone in
            if let executor = self.route.withLock({ $0.executor }) {
                executor { whenDone(isDone) }
            } else {
                whenDone(isDone)
            }
        }
        self.underWay.withLock { $0 = (answer, .now()) }
        if self.line.count >= Self.maximumBatches || !self.line.put(.batch(batch, answer), bytes: 0) {
            _ = self.give(answer, false)
        }
    }

    /// At the end of the turn of the log's shard.
    package func gather(_ whenDone: @escaping @Sendable () -> Void) {
        if let executor = self.route.withLock({ $0.executor }) { executor(whenDone) } else { whenDone() }
    }

    /// Closes the file, and ends the journal's thread and timer; what was appended before is in it, and what comes later is refused.
    package func close(completion: @escaping @Sendable () -> Void) {
        let end = JournalWork.end { withExtendedLifetime(self) { completion() } }
        if !self.line.put(end, bytes: 0) { completion() }
    }

    private func carryOut(_ work: JournalWork) {
        switch work {
        case .batch(let batch, let answer):
            let isDone = self.commit(batch)
            // The log has gone on without it.
            if !self.give(answer, isDone), isDone { self.takeAway() }
        case .end(let completion):
            self.file?.close()
            self.file = nil
            self.nextAttempt = .distantFuture
            self.timer?.cancel()
            self.line.close()
            completion()
        }
    }

    private func commit(_ batch: JournalBatch) -> Bool {
        guard self.file != nil || DispatchTime.now() >= self.nextAttempt else { return false }
        do {
            let file = try self.file ?? RecoveryJournalFile(self.path)
            self.file = file
            try file.commit(batch)
            return true
        } catch {
            self.takeAway()
            return false
        }
    }

    /// What was there must not come back.
    private func takeAway() {
        self.file?.close()
        self.file = nil
        RecoveryJournalFile.remove(self.path)
        self.nextAttempt = DispatchTime(uptimeNanoseconds: DispatchTime.now().uptimeNanoseconds + Self.pause)
    }
}

/// What a journal's thread is given.
private enum JournalWork: Sendable {
    case batch(JournalBatch, Answer)
    case end(@Sendable () -> Void)
}

/// An answer that is given once.
private final class Answer: Sendable {
    private let body: @Sendable (Bool) -> Void
    private let isGiven = Atomic(false)

    init(_ body: @escaping @Sendable (Bool) -> Void) {
        self.body = body
    }

    /// - Returns: Whether it was this one that counted.
    func give(_ isDone: Bool) -> Bool {
        guard !self.isGiven.exchange(true, ordering: .relaxed) else { return false }
        self.body(isDone)
        return true
    }
}
