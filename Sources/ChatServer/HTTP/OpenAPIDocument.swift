// Licensed under the MIT licence.

import NIOCore

/// The description of the HTTP interface (OpenAPI 3.1), kept beside the code that serves it: whoever changes ``Endpoint``,
/// ``ChatAPI`` or ``HTTPFailure`` changes this too.
enum OpenAPIDocument {
    /// The document.
    /// - Parameter takesKeys: Whether requests need an API key here.
    /// - Returns: JSON.
    static func json(takesKeys: Bool) -> ByteBuffer {
        let security = takesKeys ? #"{"bearer":[]},{"apiKey":[]}"# : #"{"bearer":[]},{"apiKey":[]},{}"#
        return ByteBuffer(
            string: """
                {"openapi":"3.1.0","info":\(self.info),"servers":[{"url":"/"}],"security":[\(security)],\
                "tags":[{"name":"chat"},{"name":"operation"}],\
                "paths":\(self.paths),"components":{\
                "securitySchemes":\(self.securitySchemes),"parameters":\(self.parameters),\
                "responses":\(self.responses),"schemas":\(self.schemas)}}
                """
        )
    }

    private static let info = """
        {
          "title": "Martlet",
          "version": "\(Version.current)",
          "summary": "The HTTP side of a chat server for Socket.IO clients.",
          "description": "Chat clients connect by Socket.IO to /socket.io/ on the same port. This interface posts messages from outside the chat, and reads history, members and presence. Where the server has API keys, everything but /health and /ready needs one.",
          "license": { "name": "MIT", "identifier": "MIT" }
        }
        """

    private static let securitySchemes = #"""
        {
          "bearer": { "type": "http", "scheme": "bearer", "description": "An API key: Authorization: Bearer <key>." },
          "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key." }
        }
        """#

    private static let paths = #"""
        {
          "/health": {
            "get": {
              "operationId": "getHealth", "tags": ["operation"], "security": [],
              "summary": "Whether the process serves (liveness)",
              "responses": {
                "200": {
                  "description": "It does.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Health" } } }
                }
              }
            }
          },
          "/ready": {
            "get": {
              "operationId": "getReadiness", "tags": ["operation"], "security": [],
              "summary": "Whether clients should be sent here (readiness), component by component",
              "responses": {
                "200": {
                  "description": "They should.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Readiness" } } }
                },
                "503": {
                  "description": "They should not: the server is about to stop, or a component fails.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Readiness" } } }
                }
              }
            }
          },
          "/messages": {
            "post": {
              "operationId": "postMessage", "tags": ["chat"],
              "summary": "Send a message to a room",
              "description": "Every socket in the room gets it, and it is stored like any other. The room need not have members.",
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": { "$ref": "#/components/schemas/NewMessage" },
                    "example": { "room_id": "lobby", "content": "Maintenance at 10", "username": "Operations" }
                  }
                }
              },
              "responses": {
                "200": {
                  "description": "The message is stored and sent.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Receipt" } } }
                },
                "400": { "$ref": "#/components/responses/BadRequest" },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" },
                "413": { "$ref": "#/components/responses/PayloadTooLarge" },
                "415": { "$ref": "#/components/responses/UnsupportedMediaType" },
                "500": { "$ref": "#/components/responses/Internal" },
                "503": { "$ref": "#/components/responses/Unavailable" }
              }
            }
          },
          "/rooms/{room_id}/messages": {
            "parameters": [{ "$ref": "#/components/parameters/RoomID" }],
            "get": {
              "operationId": "getRoomMessages", "tags": ["chat"],
              "summary": "Read the retained messages of a room",
              "description": "In ascending order of seq. With after, the oldest behind it; otherwise the newest, before `before` if that is given. A page may hold fewer messages than asked for when they are large; has_more tells.",
              "parameters": [
                { "$ref": "#/components/parameters/After" },
                { "$ref": "#/components/parameters/Before" },
                { "$ref": "#/components/parameters/Limit" }
              ],
              "responses": {
                "200": {
                  "description": "A page; empty if the room is unknown.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/MessagePage" } } }
                },
                "400": { "$ref": "#/components/responses/BadRequest" },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" },
                "500": { "$ref": "#/components/responses/Internal" },
                "503": { "$ref": "#/components/responses/Unavailable" }
              }
            }
          },
          "/rooms/{room_id}/users": {
            "parameters": [{ "$ref": "#/components/parameters/RoomID" }],
            "get": {
              "operationId": "getRoomUsers", "tags": ["chat"],
              "summary": "Who is in a room",
              "responses": {
                "200": {
                  "description": "The users; none if the room is unknown.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/RoomUsers" } } }
                },
                "400": { "$ref": "#/components/responses/BadRequest" },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" },
                "500": { "$ref": "#/components/responses/Internal" },
                "503": { "$ref": "#/components/responses/Unavailable" }
              }
            }
          },
          "/users/{user_id}/status": {
            "parameters": [{ "$ref": "#/components/parameters/UserID" }],
            "get": {
              "operationId": "getUserStatus", "tags": ["chat"],
              "summary": "Whether a user is online",
              "responses": {
                "200": {
                  "description": "The status; unknown users are offline and were never seen.",
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/UserStatus" } } }
                },
                "400": { "$ref": "#/components/responses/BadRequest" },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" },
                "500": { "$ref": "#/components/responses/Internal" },
                "503": { "$ref": "#/components/responses/Unavailable" }
              }
            }
          },
          "/metrics": {
            "get": {
              "operationId": "getMetrics", "tags": ["operation"],
              "summary": "What the server counts and measures, for Prometheus",
              "responses": {
                "200": {
                  "description": "Prometheus's text format, version 0.0.4.",
                  "content": { "text/plain": { "schema": { "type": "string" } } }
                },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" }
              }
            }
          },
          "/asyncapi.json": {
            "get": {
              "operationId": "getAsyncAPI", "tags": ["operation"],
              "summary": "The description of the Socket.IO events",
              "responses": {
                "200": {
                  "description": "AsyncAPI 3.0.",
                  "content": { "application/json": { "schema": { "type": "object" } } }
                },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" }
              }
            }
          },
          "/openapi.json": {
            "get": {
              "operationId": "getOpenAPI", "tags": ["operation"],
              "summary": "This document",
              "responses": {
                "200": {
                  "description": "OpenAPI 3.1.",
                  "content": { "application/json": { "schema": { "type": "object" } } }
                },
                "401": { "$ref": "#/components/responses/Unauthorized" },
                "403": { "$ref": "#/components/responses/Forbidden" }
              }
            }
          }
        }
        """#
}
