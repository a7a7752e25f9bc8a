// Licensed under the MIT licence.

/// JSON schemas that the descriptions of the HTTP interface and of the events have in common: members of `components.schemas`,
/// without braces around them.
enum SharedSchemas {
    /// What messages, rooms and users look like.
    static let members = #"""
        "Identifier": {
          "type": "string", "minLength": 1, "maxLength": 128,
          "description": "1 to 128 bytes of UTF-8 without control characters.", "examples": ["lobby"]
        },
        "Timestamp": {
          "type": "string", "format": "date-time", "description": "RFC 3339, UTC, milliseconds.",
          "examples": ["2026-01-31T12:00:00.000Z"]
        },
        "Sequence": {
          "type": "integer", "format": "int64", "minimum": 1,
          "description": "The message's number in its room: 1, 2, 3, and so on."
        },
        "Message": {
          "type": "object",
          "required": [
            "type", "id", "seq", "room_id", "user_id", "username", "content", "message_type", "title", "payload",
            "attachment_urls", "created_at"
          ],
          "properties": {
            "type": { "type": "string", "const": "message" },
            "id": { "type": "string" },
            "seq": { "$ref": "#/components/schemas/Sequence" },
            "room_id": { "$ref": "#/components/schemas/Identifier" },
            "user_id": { "$ref": "#/components/schemas/Identifier" },
            "username": { "type": "string" },
            "content": { "type": "string" },
            "message_type": { "type": "string", "description": "The sender's type." },
            "title": { "type": ["string", "null"] },
            "payload": { "type": ["object", "null"] },
            "attachment_urls": { "type": "array", "items": { "type": "string" } },
            "client_id": { "type": "string", "description": "Only if the sender gave one." },
            "created_at": { "$ref": "#/components/schemas/Timestamp" }
          }
        },
        "MessagePage": {
          "type": "object", "required": ["messages", "has_more"],
          "properties": {
            "messages": { "type": "array", "maxItems": 200, "items": { "$ref": "#/components/schemas/Message" } },
            "has_more": {
              "type": "boolean", "description": "Newer messages with after, older ones without."
            }
          }
        },
        "RoomUsers": {
          "type": "object", "required": ["room_id", "users"],
          "properties": {
            "room_id": { "$ref": "#/components/schemas/Identifier" },
            "users": {
              "type": "array", "uniqueItems": true, "description": "Sorted.",
              "items": { "$ref": "#/components/schemas/Identifier" }
            }
          }
        },
        "UserStatus": {
          "type": "object",
          "required": ["type", "user_id", "username", "is_online", "last_seen", "timestamp"],
          "properties": {
            "type": { "type": "string", "enum": ["user_online", "user_offline"] },
            "user_id": { "$ref": "#/components/schemas/Identifier" },
            "username": { "type": "string" },
            "is_online": { "type": "boolean" },
            "last_seen": {
              "description": "The last disconnect, or the last activity while online; null if never seen.",
              "oneOf": [{ "$ref": "#/components/schemas/Timestamp" }, { "type": "null" }]
            },
            "timestamp": { "$ref": "#/components/schemas/Timestamp" }
          }
        }
        """#
}
