// Licensed under the MIT licence.

import NIOCore
package import SocketIOCore
import Synchronization
import Testing

/// A journal in memory that can lose what is not committed, stop, and fail.
///
/// Records an issue if it is used against its contract. Touched on one shard at a time; a lock only because tests look, too.
package final class TestRecoveryJournal: RecoveryJournal {
    /// What becomes of batches.
    package enum Behaviour: Sendable, Equatable {
        /// They are committed and answered at once.
        case prompt
        /// They wait for ``TestRecoveryJournal/commit()``.
        case holding
        /// So many more are committed and answered; then nothing happens any more, as when the process has been killed.
        ///
        /// `isLastAnswered`: whether the last one is, rather than being committed without anybody's hearing of it.
        case dying(afterBatches: Int, isLastAnswered: Bool)
        /// They cannot be committed, and what was there is gone.
        case failing
    }

    private struct State {
        var entries: [JournalEntry] = []
        var behaviour = Behaviour.prompt
        var waiting: (batch: JournalBatch, answer: @Sendable (Bool) -> Void)?
        var batchCount = 0
        var lateness: UInt64 = 0
        var executor: Executor?
    }

    /// Runs what it is given on the log's shard, when its turn is over.
    package typealias Executor = @Sendable (@escaping @Sendable () -> Void) -> Void

    private let state = Mutex(State())

    /// An empty journal.
    package init() {}

    /// What is committed.
    package var entries: [JournalEntry] { self.state.withLock { $0.entries } }

    /// Whether a batch waits to be committed.
    package var isWaiting: Bool { self.state.withLock { $0.waiting != nil } }

    /// Whether a text stands in a record that is committed.
    package func holds(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return self.entries.contains { entry in
            let record = Array(entry.record.readableBytesView)
            return record.indices.contains { record[$0...].starts(with: bytes) }
        }
    }

    /// How many batches were committed.
    package var batchCount: Int { self.state.withLock { $0.batchCount } }

    /// What becomes of batches from now on.
    package var behaviour: Behaviour {
        get { self.state.withLock { $0.behaviour } }
        set { self.state.withLock { $0.behaviour = newValue } }
    }

    /// How many records it keeps that it might drop.
    package var lateness: UInt64 {
        get { self.state.withLock { $0.lateness } }
        set { self.state.withLock { $0.lateness = newValue } }
    }

    /// Has batches begin at the end of a turn from now on, instead of at once.
    package func gather(on executor: @escaping Executor) { self.state.withLock { $0.executor = executor } }

    /// The process has ended: what is not committed is lost.
    ///
    /// Returns what is there for the next one.
    package func crash() -> [JournalEntry] {
        self.state.withLock { state in
            state.waiting = nil
            state.executor = nil
            state.behaviour = .prompt
            return state.entries
        }
    }

    /// Changes what is committed, as a broken disk would.
    package func damage(_ change: (inout [JournalEntry]) -> Void) {
        self.state.withLock { change(&$0.entries) }
    }

    package func gather(_ whenDone: @escaping @Sendable () -> Void) {
        if let executor = self.state.withLock({ $0.executor }) { executor(whenDone) } else { whenDone() }
    }

    package func append(_ batch: JournalBatch, whenDone: @escaping @Sendable (Bool) -> Void) {
        let answer: Bool? = self.state.withLock { state in
            #expect(state.waiting == nil, "a batch before the last one was answered")
            #expect(!batch.records.isEmpty)
            #expect(batch.dropBefore <= batch.firstSerial)
            if let last = state.entries.last { #expect(batch.firstSerial == last.serial + 1) }
            switch state.behaviour {
            case .prompt:
                Self.commit(batch, &state)
                return true
            case .holding:
                state.waiting = (batch, whenDone)
                return nil
            case .dying(0, _):
                return nil
            case .dying(let count, let isLastAnswered):
                Self.commit(batch, &state)
                state.behaviour = .dying(afterBatches: count - 1, isLastAnswered: isLastAnswered)
                return count > 1 || isLastAnswered ? true : nil
            case .failing:
                state.entries = []
                return false
            }
        }
        if let answer { whenDone(answer) }
    }

    /// Commits the batch that waits; returns whether there was one.
    @discardableResult
    package func commit() -> Bool {
        let waiting = self.state.withLock { state in
            let waiting = state.waiting.take()
            if let waiting { Self.commit(waiting.batch, &state) }
            return waiting
        }
        waiting?.answer(true)
        return waiting != nil
    }

    private static func commit(_ batch: JournalBatch, _ state: inout State) {
        state.batchCount += 1
        let lateness = batch.dropBefore == batch.firstSerial ? 0 : min(state.lateness, batch.dropBefore)
        state.entries.removeAll { $0.serial < batch.dropBefore - lateness }
        for (index, record) in batch.records.enumerated() {
            state.entries.append(JournalEntry(serial: batch.firstSerial + UInt64(index), record: record))
        }
    }
}
