// Licensed under the MIT licence.

import Chat

/// What may go wrong with a call of a store.
package enum StoreFault: CaseIterable, Hashable, Sendable {
    /// Nothing is done, and the caller is told so.
    case notDone
    /// Nothing is done, but the caller is told that nobody knows.
    case lostBefore
    /// It is done, but the caller is told that nobody knows: failing after it stored.
    case lostAfter

    /// Out of 100 calls, how many fail in which way.
    ///
    /// Their sum is at most 100; the rest succeed.
    package struct Odds: Hashable, Sendable {
        /// ``StoreFault/notDone``.
        package var notDone: Int
        /// ``StoreFault/lostBefore``.
        package var lostBefore: Int
        /// ``StoreFault/lostAfter``.
        package var lostAfter: Int

        /// By default nothing fails.
        package init(notDone: Int = 0, lostBefore: Int = 0, lostAfter: Int = 0) {
            self.notDone = notDone
            self.lostBefore = lostBefore
            self.lostAfter = lostAfter
        }

        func fault(using generator: inout some RandomNumberGenerator) -> StoreFault? {
            var number = Int.random(in: 0..<100, using: &generator)
            for (fault, share) in [
                (StoreFault.notDone, self.notDone), (.lostBefore, self.lostBefore), (.lostAfter, self.lostAfter),
            ] {
                if number < share { return fault }
                number -= share
            }
            return nil
        }
    }

    var isCarriedOut: Bool { self == .lostAfter }

    var error: StoreError {
        switch self {
        case .notDone: StoreError(.notDone, reason: "the store is down")
        case .lostBefore, .lostAfter: StoreError(.unknown, reason: "the answer was lost")
        }
    }
}
