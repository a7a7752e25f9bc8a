// Licensed under the MIT licence.

import Chat

// What the server emits, beside ``/Chat/ServerPayload`` which writes it.
extension ServerEvent {
    /// One sentence, in plain letters.
    var summary: String {
        switch self {
        case .authenticated: "The socket has authenticated."
        case .message: "A message in a room the socket is in, its own ones included."
        case .messageAck: "The socket's message is stored."
        case .userOnline: "A user the socket watches has come, or is there."
        case .userOffline: "A user the socket watches has gone, or is not there."
        case .roomUsers: "Who is in the room that the socket has joined."
        case .userJoined: "A user has come into a room the socket is in."
        case .userLeft: "A user has left a room the socket is in."
        case .typing: "A user is typing in a room the socket is in, or has stopped; may be dropped."
        case .read: "A user has read up to a message."
        case .error: "An event of the socket was refused."
        }
    }

    /// The schema of the payload.
    var payloadSchema: String {
        switch self {
        case .authenticated: ##"{"$ref":"#/components/schemas/User"}"##
        case .message: ##"{"$ref":"#/components/schemas/Message"}"##
        case .messageAck: Self.acknowledgement
        case .userOnline, .userOffline: ##"{"$ref":"#/components/schemas/UserStatus"}"##
        case .roomUsers: ##"{"$ref":"#/components/schemas/RoomUsers"}"##
        case .userJoined, .userLeft: ##"{"$ref":"#/components/schemas/Membership"}"##
        case .typing: Self.typing
        case .read: Self.read
        case .error: Self.refusal
        }
    }

    private static let acknowledgement = """
        {
          "allOf": [\(ClientEvent.receipt)],
          "type": "object",
          "properties": { "client_id": { "type": "string", "description": "Only if the sender gave one." } }
        }
        """

    private static let typing = #"""
        {
          "allOf": [{ "$ref": "#/components/schemas/User" }, { "$ref": "#/components/schemas/Room" }],
          "type": "object", "required": ["is_typing"],
          "properties": { "is_typing": { "type": "boolean" } }
        }
        """#

    private static let read = #"""
        {
          "type": "object", "required": ["room_id", "user_id", "seq"],
          "properties": {
            "room_id": { "$ref": "#/components/schemas/Identifier" },
            "user_id": { "$ref": "#/components/schemas/Identifier" },
            "seq": { "$ref": "#/components/schemas/Sequence" }
          }
        }
        """#

    private static let refusal = #"""
        {
          "type": "object", "required": ["error", "code", "event"],
          "properties": {
            "error": { "type": "string", "description": "One sentence." },
            "code": { "$ref": "#/components/schemas/ErrorCode" },
            "event": { "type": "string", "description": "The event that was refused." }
          }
        }
        """#
}
