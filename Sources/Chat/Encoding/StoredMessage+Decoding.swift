// Licensed under the MIT licence.

package import NIOCore
package import WireJSON

/// Why JSON is not the payload of a `message` event: a sentence without a full stop, for whoever has the JSON.
package struct MessageFlaw: Error, Equatable, Sendable {
    /// Such as `seq must be an integer from 1 up`.
    package let reason: String

    /// A flaw in our own words.
    package init(_ reason: String) {
        self.reason = reason
    }
}

extension StoredMessage {
    /// Reads what ``encoded`` has written; what a sender gave is kept byte for byte.
    ///
    /// Members that are not of a message are ignored, of duplicates the last counts.
    ///
    /// - Parameters:
    ///   - payload: The object.
    ///   - attachments: The binary attachments that placeholders in it refer to.
    /// - Throws: What is wrong with the first member that is missing or is not what it must be.
    package init(decoding payload: JSONValue, attachments: [ByteBuffer]) throws(MessageFlaw) {
        guard payload.kind == .object else { throw MessageFlaw("it must be one JSON object") }
        let fields = Fields(payload)
        guard fields.value("type")?.isString("message") == true else { throw MessageFlaw("type must be \"message\"") }
        guard let seq = fields.value("seq")?.intValue, seq >= 1 else {
            throw MessageFlaw("seq must be an integer from 1 up")
        }
        let room = RoomID(unchecked: try fields.identifier("room_id"))
        let user = UserID(unchecked: try fields.identifier("user_id"))
        guard let timestamp = Timestamp(try fields.text("created_at")) else {
            throw MessageFlaw("created_at must be a time such as 2026-01-02T03:04:05.678Z")
        }
        let id = try fields.text("id")
        guard !id.isEmpty else { throw MessageFlaw("id must not be empty") }
        let clientID = fields.value("client_id") == nil ? nil : ExactText(try fields.text("client_id"))
        let body = MessageBody.copying(
            content: try fields.required("content", [.string]),
            type: try fields.required("message_type", [.string]),
            title: try fields.required("title", [.null, .string]),
            payload: try fields.required("payload", [.null, .object]),
            attachmentURLs: try fields.required("attachment_urls", [.array]),
            attachments: attachments
        )
        let message = ChatMessage(
            room: room,
            id: MessageID(id),
            timestamp: timestamp,
            sender: ChatUser(id: user, name: ExactText(try fields.text("username"))),
            body: body,
            clientID: clientID
        )
        self.init(seq: seq, message: message)
    }

    private struct Fields {
        private let payload: JSONValue

        init(_ payload: JSONValue) {
            self.payload = payload
        }

        func value(_ name: String) -> JSONValue? { self.payload.member(name) }

        func required(_ name: String, _ kinds: [JSONValue.Kind]) throws(MessageFlaw) -> JSONValue {
            guard let value = self.value(name), kinds.contains(value.kind) else {
                throw MessageFlaw("\(name) must be \(kinds.map { "\($0)" }.joined(separator: " or "))")
            }
            return value
        }

        func text(_ name: String) throws(MessageFlaw) -> String {
            guard let text = self.value(name)?.stringValue else { throw MessageFlaw("\(name) must be a string") }
            return text
        }

        func identifier(_ name: String) throws(MessageFlaw) -> ExactText {
            do {
                return try IdentifierRule.check(self.text(name), maximumBytes: IdentifierRule.maximumBytes)
            } catch let flaw as MessageFlaw {
                throw flaw
            } catch {
                throw MessageFlaw(
                    "\(name) must be a string of 1 to \(IdentifierRule.maximumBytes) bytes without control characters"
                )
            }
        }
    }
}
