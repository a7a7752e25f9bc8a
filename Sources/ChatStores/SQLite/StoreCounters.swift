// Licensed under the MIT licence.

import Dispatch
import Synchronization

/// What tests, `check` and whoever calls want to know of a writer.
final class StoreCounters: Sendable {
    /// How long a transaction may be under way before nothing more is put behind it.
    private let patience: UInt64
    private let commits = Atomic(0)
    private let calls = Atomic(0)
    private let lastWrite = Atomic<UInt64>(0)
    /// When the transaction under way began; 0 if there is none.
    private let beginning = Atomic<UInt64>(0)

    /// - Parameter hangMilliseconds: After which time without an answer the disk is taken to hang.
    init(hangMilliseconds: Int) {
        self.patience = UInt64(max(hangMilliseconds, 0)) * 1_000_000
    }

    /// How many transactions with calls were committed.
    var commitCount: Int { self.commits.load(ordering: .relaxed) }
    /// How many calls they held.
    var callCount: Int { self.calls.load(ordering: .relaxed) }

    /// Whether something was written less than a second ago.
    var wroteOfLate: Bool {
        let last = self.lastWrite.load(ordering: .relaxed)
        // The other thread may have read the clock later than we do.
        return last != 0 && DispatchTime.now().uptimeNanoseconds < last + 1_000_000_000
    }

    /// Whether a transaction has been under way for long: the disk may never answer.
    var hangs: Bool {
        let beginning = self.beginning.load(ordering: .relaxed)
        return beginning != 0 && DispatchTime.now().uptimeNanoseconds > beginning + self.patience
    }

    func began() { self.beginning.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed) }

    func ended() { self.beginning.store(0, ordering: .relaxed) }

    /// A transaction has been committed.
    ///
    /// - Parameters:
    ///   - calls: How many calls it held.
    ///   - hasWritten: Whether it changed anything; if not, the disk was not asked.
    func committed(calls: Int, hasWritten: Bool) {
        if calls > 0 { self.commits.add(1, ordering: .relaxed) }
        self.calls.add(calls, ordering: .relaxed)
        if hasWritten { self.lastWrite.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed) }
    }
}
