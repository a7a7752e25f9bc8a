// Licensed under the MIT licence.

extension OpenAPIDocument {
    static let parameters = #"""
        {
          "RoomID": {
            "name": "room_id", "in": "path", "required": true, "description": "Percent-encoded.",
            "schema": { "$ref": "#/components/schemas/Identifier" }
          },
          "UserID": {
            "name": "user_id", "in": "path", "required": true, "description": "Percent-encoded.",
            "schema": { "$ref": "#/components/schemas/Identifier" }
          },
          "After": {
            "name": "after", "in": "query", "description": "Only messages with a greater seq.",
            "schema": { "type": "integer", "minimum": 0 }
          },
          "Before": {
            "name": "before", "in": "query", "description": "Only messages with a smaller seq.",
            "schema": { "type": "integer", "minimum": 0 }
          },
          "Limit": {
            "name": "limit", "in": "query", "description": "At most so many messages; more than 200 count as 200.",
            "schema": { "type": "integer", "minimum": 1, "default": 50 }
          }
        }
        """#

    static let responses = #"""
        {
          "BadRequest": {
            "description": "INVALID_PAYLOAD, MISSING_ROOM_ID, INVALID_ROOM_ID or INVALID_CONTENT.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "Unauthorized": {
            "description": "NOT_AUTHENTICATED: there is no API key, or it is none of the server's.",
            "headers": { "WWW-Authenticate": { "schema": { "type": "string" }, "description": "Bearer" } },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "Forbidden": {
            "description": "FORBIDDEN.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "PayloadTooLarge": {
            "description": "PAYLOAD_TOO_LARGE: the body is longer than the server's limit, 1,000,000 bytes by default.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "UnsupportedMediaType": {
            "description": "UNSUPPORTED_MEDIA_TYPE: the body is not application/json.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "TooManyRequests": {
            "description": "RATE_LIMITED.",
            "headers": { "Retry-After": { "schema": { "type": "integer" }, "description": "Seconds." } },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "Internal": {
            "description": "INTERNAL.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          },
          "Unavailable": {
            "description": "UNAVAILABLE: the store cannot be reached or cannot write; nothing was acknowledged.",
            "headers": { "Retry-After": { "schema": { "type": "integer" }, "description": "Seconds." } },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } }
          }
        }
        """#

    static let schemas = #"""
        {
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
          "Error": {
            "type": "object", "required": ["error", "code"],
            "properties": {
              "error": { "type": "string", "description": "One sentence." },
              "code": {
                "type": "string",
                "enum": [
                  "INVALID_PAYLOAD", "MISSING_ROOM_ID", "INVALID_ROOM_ID", "INVALID_CONTENT", "MISSING_USER_ID",
                  "NOT_AUTHENTICATED", "INVALID_TOKEN", "FORBIDDEN", "NOT_ROOM_MEMBER", "RATE_LIMITED", "UNAVAILABLE",
                  "INTERNAL", "NOT_FOUND", "METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"
                ]
              }
            }
          },
          "Health": {
            "type": "object", "required": ["status"],
            "properties": { "status": { "type": "string", "const": "ok" } }
          },
          "Readiness": {
            "type": "object", "required": ["status", "components"],
            "properties": {
              "status": { "type": "string", "enum": ["ready", "draining", "failing"] },
              "components": {
                "type": "object", "required": ["store", "bus"],
                "properties": {
                  "store": { "$ref": "#/components/schemas/Component" },
                  "bus": { "$ref": "#/components/schemas/Component" }
                }
              }
            }
          },
          "Component": {
            "type": "object", "required": ["status", "kind"],
            "properties": {
              "status": { "type": "string", "enum": ["ok", "failing"] },
              "kind": { "type": "string", "examples": ["memory", "local"] }
            }
          },
          "NewMessage": {
            "type": "object", "required": ["room_id", "content"],
            "properties": {
              "room_id": { "$ref": "#/components/schemas/Identifier" },
              "content": {
                "type": "string", "minLength": 1,
                "description": "Not blank; at most 10,000 Unicode scalars unless the server was told otherwise. Delivered as it is."
              },
              "user_id": {
                "description": "Who speaks.", "default": "system",
                "oneOf": [{ "$ref": "#/components/schemas/Identifier" }, { "type": "null" }]
              },
              "username": {
                "type": ["string", "null"], "maxLength": 256, "default": "System", "description": "At most 256 bytes."
              },
              "type": { "type": ["string", "null"], "maxLength": 128, "default": "text", "description": "At most 128 bytes." },
              "title": { "type": ["string", "null"], "maxLength": 4096, "description": "At most 4,096 bytes." },
              "payload": {
                "type": ["object", "null"],
                "description": "Any object; delivered as it is, numbers and the order of keys included."
              },
              "attachment_urls": {
                "type": ["array", "null"], "maxItems": 64, "items": { "type": "string", "maxLength": 4096 }
              },
              "client_id": {
                "type": ["string", "null"], "minLength": 1, "maxLength": 128,
                "description": "The sender's own name for the message: a repeat from the same user in the same room within 10 minutes is answered with the first's receipt and not sent again."
              }
            }
          },
          "Receipt": {
            "type": "object", "required": ["status", "message_id", "seq", "timestamp"],
            "properties": {
              "status": { "type": "string", "const": "sent" },
              "message_id": { "type": "string" },
              "seq": { "$ref": "#/components/schemas/Sequence" },
              "timestamp": { "$ref": "#/components/schemas/Timestamp" }
            }
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
        }
        """#
}
