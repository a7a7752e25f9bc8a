// Licensed under the MIT licence.

/// The events that the server emits, by the contract's names.
///
/// Their payloads are made by ``ServerPayload``.
package enum ServerEvent: String, CaseIterable, Sendable {
    /// To the socket that has authenticated.
    case authenticated
    /// To every socket in the room, the sender's included.
    case message
    /// To the sending socket, once the message is stored.
    case messageAck = "message_ack"
    /// To the user's watchers.
    case userOnline = "user_online"
    /// To the user's watchers.
    case userOffline = "user_offline"
    /// To the socket that has joined.
    case roomUsers = "room_users"
    /// To the others in the room.
    case userJoined = "user_joined"
    /// To the others in the room.
    case userLeft = "user_left"
    /// To the others in the room, volatile.
    case typing
    /// To the others in the room, and to all other devices of the user.
    case read
    /// To the socket whose event was refused.
    case error
}
