// Licensed under the MIT licence.

/// One message before it has its place in the room: everything but the `seq`, which the store assigns.
///
/// Immutable, and a class only so that handing it on costs one reference count.
package final class ChatMessage: Sendable {
    /// The room it is for.
    package let room: RoomID
    /// Unique among all messages of all nodes.
    package let id: MessageID
    /// When the server accepted it.
    package let timestamp: Timestamp
    /// Who sent it, by the name used then.
    package let sender: ChatUser
    /// What was sent.
    package let body: MessageBody
    /// The sender's own name for it, by which repeats are known.
    package let clientID: ExactText?

    /// A message that has been accepted, or was read from a store.
    package init(
        room: RoomID,
        id: MessageID,
        timestamp: Timestamp,
        sender: ChatUser,
        body: MessageBody,
        clientID: ExactText?
    ) {
        self.room = room
        self.id = id
        self.timestamp = timestamp
        self.sender = sender
        self.body = body
        self.clientID = clientID
    }

    /// A message that has just been asked for.
    package convenience init(_ request: MessageRequest, id: MessageID, timestamp: Timestamp, sender: ChatUser) {
        self.init(
            room: request.room,
            id: id,
            timestamp: timestamp,
            sender: sender,
            body: request.body,
            clientID: request.clientID
        )
    }
}

extension ChatMessage: Equatable {
    package static func == (left: ChatMessage, right: ChatMessage) -> Bool {
        left.room == right.room && left.id == right.id && left.timestamp == right.timestamp
            && left.sender == right.sender && left.body == right.body && left.clientID == right.clientID
    }
}
