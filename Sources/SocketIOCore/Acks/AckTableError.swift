// Licensed under the MIT licence.

/// Why an acknowledgement cannot be awaited.
public enum AckTableError: Error, Equatable, Sendable {
    /// As many are pending as the table may hold: the peer does not answer.
    case full(maximumPending: Int)
}
