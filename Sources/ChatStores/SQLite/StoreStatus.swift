// Licensed under the MIT licence.

import Chat
import Synchronization

/// How the store is, for all of its threads and those who call it.
///
/// The writer decides; a reader may only find that the file is broken.
final class StoreStatus: Sendable {
    private let condition = Mutex(StoreCondition.working)
    /// Read on every call, hence apart from the lock.
    private let works = Atomic(true)
    /// What ``onChange`` was told last; held while it is told, so that the last word is the last one's.
    private let reported = Mutex(StoreCondition.working)
    private let onChange: @Sendable (StoreCondition) -> Void

    init(onChange: @escaping @Sendable (StoreCondition) -> Void) {
        self.onChange = onChange
    }

    /// Whether the store is believed to store.
    var isWorking: Bool { self.works.load(ordering: .relaxed) }

    var isBroken: Bool {
        if case .broken = self.condition.withLock({ $0 }) { true } else { false }
    }

    /// Why calls are refused; nil if they are not.
    var refusal: StoreError? {
        if self.isWorking { return nil }
        switch self.condition.withLock({ $0 }) {
        case .working: return nil
        case .failing(let reason), .broken(let reason): return StoreError(.notDone, reason: reason)
        }
    }

    /// Something could not be written.
    func failed(_ failure: SQLiteFailure) {
        self.change(to: failure.isCorruption ? .broken(failure.reason) : .failing(failure.reason))
    }

    /// A transaction has been under way for too long.
    func hung(_ reason: String) { self.change(to: .failing(reason)) }

    /// Something could not be read, which matters to others only if the file is broken.
    func readFailed(_ failure: SQLiteFailure) {
        if failure.isCorruption { self.change(to: .broken(failure.reason)) }
    }

    /// What is written goes where nobody will find it: the file was removed, or another is in its place.
    ///
    /// - Returns: What to answer about what was written last.
    func lost(_ path: String) -> StoreError {
        let reason =
            "the file \(path) was removed or replaced while it was in use; put it back and start the server anew"
        self.change(to: .broken(reason))
        return StoreError(.unknown, reason: reason)
    }

    /// Something was written.
    func recovered() { self.change(to: .working) }

    /// From one failure to the next is no news, and from a broken file nothing leads away.
    private func change(to new: StoreCondition) {
        let isNews = self.condition.withLock { condition in
            switch (condition, new) {
            case (.broken, _), (.working, .working), (.failing, .failing): return false
            case (.working, _), (.failing, _):
                condition = new
                self.works.store(new == .working, ordering: .relaxed)
                return true
            }
        }
        if isNews { self.report() }
    }

    private func report() {
        self.reported.withLock { reported in
            let condition = self.condition.withLock { $0 }
            guard condition != reported else { return }
            reported = condition
            self.onChange(condition)
        }
    }
}
