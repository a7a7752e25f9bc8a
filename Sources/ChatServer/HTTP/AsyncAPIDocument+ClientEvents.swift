// Licensed under the MIT licence.

import Chat

// What clients send, beside ``ChatService`` which takes it.
extension ClientEvent {
    /// One sentence, in plain letters.
    var summary: String {
        switch self {
        case .authenticate: "Says who the client is; the auth object of a handshake may carry the same."
        case .join: "Enters a room; with after, everything retained behind it is sent first."
        case .leave: "Leaves a room."
        case .message: "Sends a message to a room the socket is in."
        case .history: "Asks for retained messages of a room the socket is in."
        case .typing: "Says whether the user is typing."
        case .read: "Says how far the user has read."
        case .subscribeStatus: "Asks to be told when a user comes and goes."
        case .unsubscribeStatus: "Asks to be told so no more."
        }
    }

    /// The schema of the payload.
    var payloadSchema: String {
        switch self {
        case .authenticate: Self.authentication
        case .join: Self.inRoom(#""after":{"type":["integer","null"],"minimum":0}"#)
        case .leave: ##"{"$ref":"#/components/schemas/Room"}"##
        case .message: Self.newMessage
        case .history: Self.inRoom(Self.page)
        case .typing: Self.inRoom(#""is_typing":{"type":"boolean"}"#, requiring: "is_typing")
        case .read: Self.inRoom(#""seq":{"type":"integer","minimum":0}"#, requiring: "seq")
        case .subscribeStatus, .unsubscribeStatus: ##"{"$ref":"#/components/schemas/Target"}"##
        }
    }

    /// The schema of what an acknowledgement has beside `"status":"ok"`.
    var replySchema: String {
        switch self {
        case .authenticate: ##"{"$ref":"#/components/schemas/User"}"##
        case .join: Self.joined
        case .leave: ##"{"$ref":"#/components/schemas/Room"}"##
        case .message: Self.receipt
        case .history: ##"{"$ref":"#/components/schemas/MessagePage"}"##
        case .typing, .read: #"{"type":"object"}"#
        case .subscribeStatus: ##"{"$ref":"#/components/schemas/UserStatus"}"##
        case .unsubscribeStatus: ##"{"$ref":"#/components/schemas/Target"}"##
        }
    }

    /// What a message's sender is told of it.
    static let receipt = #"""
        {
          "type": "object", "required": ["message_id", "seq", "timestamp"],
          "properties": {
            "message_id": { "type": "string" },
            "seq": { "$ref": "#/components/schemas/Sequence" },
            "timestamp": { "$ref": "#/components/schemas/Timestamp" }
          }
        }
        """#

    private static func inRoom(_ properties: String, requiring required: String? = nil) -> String {
        let names = (["room_id"] + [required].compactMap { $0 }).map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"type":"object","required":[\(names)],\
            "properties":{"room_id":{"$ref":"#/components/schemas/Identifier"},\(properties)}}
            """
    }

    private static let page = #"""
        "after": { "type": ["integer", "null"], "minimum": 0, "description": "Only messages with a greater seq." },
        "before": { "type": ["integer", "null"], "minimum": 0, "description": "Only messages with a smaller seq." },
        "limit": { "type": ["integer", "null"], "minimum": 1, "default": 50, "description": "More than 200 count as 200." }
        """#

    private static let authentication = #"""
        {
          "type": "object",
          "properties": {
            "user_id": { "$ref": "#/components/schemas/Identifier" },
            "username": {
              "type": ["string", "null"], "maxLength": 256, "description": "At most 256 bytes; user_<user_id> if there is none."
            },
            "token": { "type": ["string", "null"], "description": "A JWT, where the server asks for one." }
          }
        }
        """#

    private static let newMessage = #"""
        {
          "type": "object", "required": ["room_id", "content"],
          "properties": {
            "room_id": { "$ref": "#/components/schemas/Identifier" },
            "content": {
              "type": "string", "minLength": 1,
              "description": "Not blank; at most 10,000 Unicode scalars unless the server was told otherwise. Delivered as it is."
            },
            "type": { "type": ["string", "null"], "maxLength": 128, "default": "text" },
            "title": { "type": ["string", "null"], "maxLength": 4096 },
            "payload": {
              "type": ["object", "null"], "description": "Any object; may have binary attachments. Delivered as it is."
            },
            "attachment_urls": {
              "type": ["array", "null"], "maxItems": 64, "items": { "type": "string", "maxLength": 4096 }
            },
            "client_id": {
              "type": ["string", "null"], "minLength": 1, "maxLength": 128,
              "description": "The sender's own name for the message: a repeat in the same room within 10 minutes is the same message."
            }
          }
        }
        """#

    private static let joined = #"""
        {
          "allOf": [{ "$ref": "#/components/schemas/RoomUsers" }],
          "type": "object", "required": ["last_seq", "last_read_seq", "unread"],
          "properties": {
            "last_seq": { "type": "integer", "minimum": 0, "description": "Of the room; 0 if it has no messages." },
            "last_read_seq": { "type": "integer", "minimum": 0, "description": "How far the user has read." },
            "unread": { "type": "integer", "minimum": 0 }
          }
        }
        """#
}
