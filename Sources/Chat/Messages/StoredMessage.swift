// Licensed under the MIT licence.

/// A message in its place.
package struct StoredMessage: Equatable, Sendable {
    /// Its place in the room: 1 for the first message, one more for each.
    package let seq: Int
    /// The message.
    package let message: ChatMessage

    /// Puts a message in its place.
    package init(seq: Int, message: ChatMessage) {
        self.seq = seq
        self.message = message
    }

    /// What its sender is told.
    package var receipt: MessageReceipt {
        MessageReceipt(id: self.message.id, seq: self.seq, timestamp: self.message.timestamp)
    }
}

/// What a sender is told about a message that is stored.
package struct MessageReceipt: Hashable, Sendable {
    /// The message's id.
    package let id: MessageID
    /// Its place in the room.
    package let seq: Int
    /// When the server accepted it.
    package let timestamp: Timestamp

    /// What a store remembers of a message.
    package init(id: MessageID, seq: Int, timestamp: Timestamp) {
        self.id = id
        self.seq = seq
        self.timestamp = timestamp
    }
}
