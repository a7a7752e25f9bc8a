// Licensed under the MIT licence.

import Chat
import NIOCore

/// The description of the Socket.IO events (AsyncAPI 3.0): what `/asyncapi.json` answers.
///
/// Made from ``/Chat/ClientEvent``, ``/Chat/ServerEvent`` and ``/Chat/ChatErrorCode``, so that an event or code that is added is either
/// described or does not compile. `receive` is what the server receives.
enum AsyncAPIDocument {
    /// The document.
    static var json: ByteBuffer {
        ByteBuffer(
            string: """
                {"asyncapi":"3.0.0","info":\(self.info),"defaultContentType":"application/json",\
                "channels":{"chat":{"address":"/","title":"Namespace /",\
                "description":\(self.channel),"messages":{\(self.channelMessages)}}},\
                "operations":{\(self.operations)},\
                "components":{"messages":{\(self.messages)},"schemas":{\(SharedSchemas.members),\(self.schemas)}}}
                """
        )
    }

    private static let info = """
        {
          "title": "Martlet",
          "version": "\(Version.current)",
          "description": "The events of a chat server for Socket.IO clients of v2, v3 and v4. Clients connect to /socket.io/ of the port that the HTTP interface (/openapi.json) is on.",
          "license": { "name": "MIT" }
        }
        """

    private static let channel = #"""
        "The name of an event is the first member of the Socket.IO packet's array, the payload described here the second. Every event of a client may ask for an acknowledgement and then gets exactly one: the reply described here. An event that is refused is answered with an error event as well."
        """#

    // MARK: Messages

    private static var channelMessages: String {
        self.keys.map { ##""\##($0)":{"$ref":"#/components/messages/\##($0)"}"## }.joined(separator: ",")
    }

    private static var keys: [String] {
        ClientEvent.allCases.flatMap { [self.key($0), self.replyKey($0)] } + ["reply-refused"]
            + ServerEvent.allCases.map { self.key($0) }
    }

    private static func key(_ event: ClientEvent) -> String { "client-\(event.rawValue)" }
    private static func key(_ event: ServerEvent) -> String { "server-\(event.rawValue)" }
    private static func replyKey(_ event: ClientEvent) -> String { "reply-\(event.rawValue)" }

    private static var messages: String {
        var messages: [String] = []
        for event in ClientEvent.allCases {
            messages.append(self.message(self.key(event), event.rawValue, event.summary, event.payloadSchema))
            let reply = self.reply(event.replySchema)
            messages.append(
                self.message(self.replyKey(event), "acknowledgement", "The answer to \(event.rawValue).", reply)
            )
        }
        messages.append(
            self.message(
                "reply-refused",
                "acknowledgement",
                "The answer to any event that was refused.",
                ##"{ "$ref": "#/components/schemas/Refusal" }"##
            )
        )
        for event in ServerEvent.allCases {
            messages.append(self.message(self.key(event), event.rawValue, event.summary, event.payloadSchema))
        }
        return messages.joined(separator: ",")
    }

    /// Summaries are ours and have nothing that JSON would need escaped.
    private static func message(_ key: String, _ name: String, _ summary: String, _ payload: String) -> String {
        #""\#(key)":{"name":"\#(name)","summary":"\#(summary)","payload":\#(payload)}"#
    }

    private static func reply(_ schema: String) -> String {
        """
        {"allOf":[{"type":"object","required":["status"],"properties":{"status":{"type":"string","const":"ok"}}},\(schema)]}
        """
    }

    // MARK: Operations

    private static var operations: String {
        let received = ClientEvent.allCases.map { event in
            """
            "receive-\(event.rawValue)":{"action":"receive","channel":\(self.channelReference),\
            "summary":"\(event.summary)","messages":[\(self.reference(self.key(event)))],\
            "reply":{"channel":\(self.channelReference),\
            "messages":[\(self.reference(self.replyKey(event))),\(self.reference("reply-refused"))]}}
            """
        }
        let sent = ServerEvent.allCases.map { event in
            """
            "send-\(event.rawValue)":{"action":"send","channel":\(self.channelReference),\
            "summary":"\(event.summary)","messages":[\(self.reference(self.key(event)))]}
            """
        }
        return (received + sent).joined(separator: ",")
    }

    private static let channelReference = ##"{"$ref":"#/channels/chat"}"##

    private static func reference(_ key: String) -> String { ##"{"$ref":"#/channels/chat/messages/\##(key)"}"## }

    // MARK: Schemas

    private static var schemas: String {
        let codes = ChatErrorCode.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
        return """
            "ErrorCode":{"type":"string","enum":[\(codes)]},\
            "Refusal":{"type":"object","required":["status","code","error"],"properties":{\
            "status":{"type":"string","const":"error"},"code":{"$ref":"#/components/schemas/ErrorCode"},\
            "error":{"type":"string","description":"One sentence."}}},\(self.requests)
            """
    }

    private static let requests = #"""
        "Room": {
          "type": "object", "required": ["room_id"],
          "properties": { "room_id": { "$ref": "#/components/schemas/Identifier" } }
        },
        "Target": {
          "type": "object", "required": ["target_user_id"],
          "properties": { "target_user_id": { "$ref": "#/components/schemas/Identifier" } }
        },
        "User": {
          "type": "object", "required": ["user_id", "username"],
          "properties": {
            "user_id": { "$ref": "#/components/schemas/Identifier" },
            "username": { "type": "string" }
          }
        },
        "Membership": {
          "type": "object", "required": ["type", "room_id", "user_id", "username"],
          "properties": {
            "type": { "type": "string", "enum": ["user_joined", "user_left"] },
            "room_id": { "$ref": "#/components/schemas/Identifier" },
            "user_id": { "$ref": "#/components/schemas/Identifier" },
            "username": { "type": "string" }
          }
        }
        """#
}
