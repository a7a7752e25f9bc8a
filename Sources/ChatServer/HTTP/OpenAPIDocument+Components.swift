// Licensed under the MIT licence.

import Chat

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
            "description": "FORBIDDEN: this key may not do that.",
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

    static let schemas = """
        {\(SharedSchemas.members),\(Self.error),\(Self.bodies)}
        """

    /// The codes are the chat's, and those that only HTTP has.
    private static var error: String {
        let codes = (ChatErrorCode.allCases.map(\.rawValue) + HTTPFailure.ownCodes).map { "\"\($0)\"" }
        return """
            "Error": {
              "type": "object", "required": ["error", "code"],
              "properties": {
                "error": { "type": "string", "description": "One sentence." },
                "code": { "type": "string", "enum": [\(codes.joined(separator: ", "))] }
              }
            }
            """
    }

    /// What only the HTTP interface takes and answers.
    private static let bodies = #"""
        "Health": {
          "type": "object", "required": ["status"],
          "properties": { "status": { "type": "string", "const": "ok" } }
        },
        "Readiness": {
          "type": "object", "required": ["status", "access", "components"],
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
        }
        """#
}
