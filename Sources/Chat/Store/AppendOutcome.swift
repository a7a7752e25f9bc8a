// Licensed under the MIT licence.

/// What became of a message that a store was given, when nothing failed.
package enum AppendOutcome: Equatable, Sendable {
    /// It is stored, under a `seq` of its own.
    case stored(StoredMessage)
    /// The same user gave the same `client_id` in the same room shortly before: this is that first message's receipt.
    /// Nothing was stored.
    case repeated(MessageReceipt)

    /// What the sender is told.
    package var receipt: MessageReceipt {
        switch self {
        case .stored(let stored): stored.receipt
        case .repeated(let receipt): receipt
        }
    }
}
