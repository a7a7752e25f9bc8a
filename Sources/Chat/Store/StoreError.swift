// Licensed under the MIT licence.

/// Why a store could not do what it was asked.
///
/// Who sent a message learns no more than `UNAVAILABLE`; the text is for our own log.
package struct StoreError: Error, Equatable, Sendable {
    /// How much is known about what was asked.
    package enum Outcome: Sendable {
        /// It was not done, and never will be.
        case notDone
        /// It may have been done, or may yet be: the connection broke, or a deadline passed, before the answer came.
        case unknown
    }

    /// Whether what was asked may have happened all the same.
    package let outcome: Outcome
    /// What went wrong, in words for an operator.
    ///
    /// Never holds what a user sent.
    package let reason: String

    /// A failure in a store's own words.
    package init(_ outcome: Outcome, reason: String) {
        self.outcome = outcome
        self.reason = reason
    }

    /// A room has come to the greatest `seq` that the store can count to.
    package static let noSequenceLeft = Self(.notDone, reason: "a room has no seq left")
}
