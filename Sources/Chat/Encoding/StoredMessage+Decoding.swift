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

    /// What its sender would have been told.
    fileprivate init(_ error: ChatError) {
        self.init(error.sentence.hasSuffix(".") ? String(error.sentence.dropLast()) : error.sentence)
    }
}

extension StoredMessage {
    /// Reads what ``encoded`` has written; what a sender gave is kept byte for byte.
    ///
    /// Every field must be there, once, and what a sender gave must be what a sender may give. Members that are not of a message
    /// are ignored.
    ///
    /// - Parameters:
    ///   - payload: The object.
    ///   - attachments: The binary attachments that placeholders in it refer to.
    ///   - limits: How long each field may be.
    /// - Throws: What is wrong with the first member that is missing or is not what it must be.
    package init(decoding payload: JSONValue, attachments: [ByteBuffer], limits: ChatLimits) throws(MessageFlaw) {
        let fields = try Fields(payload)
        guard fields.value("type")?.isString("message") == true else { throw MessageFlaw("type must be \"message\"") }
        let seq = try fields.seq()
        let sender = try fields.checked { payload throws(ChatError) in
            ChatUser(
                id: try payload.userID("user_id", missing: .missingSender),
                name: try payload.username(maximumBytes: limits.maximumUsernameBytes) ?? ExactText("")
            )
        }
        // A sender who gives none gets one.
        guard sender.name.utf8Count > 0 else { throw MessageFlaw("username must be a string that is not empty") }
        guard let timestamp = Timestamp(try fields.text("created_at")) else {
            throw MessageFlaw("created_at must be a time such as 2026-01-02T03:04:05.678Z")
        }
        let id = try fields.id()
        try fields.require("content", [.string])
        try fields.require("message_type", [.string])
        try fields.require("title", [.null, .string])
        try fields.require("payload", [.null, .object])
        try fields.require("attachment_urls", [.array])
        if fields.value("client_id") != nil { try fields.require("client_id", [.string]) }
        let request = try fields.checked { _ throws(ChatError) in
            try MessageRequest(decodingEvent: payload, attachments: attachments, limits: limits)
        }
        let message = ChatMessage(request, id: id, timestamp: timestamp, sender: sender)
        self.init(seq: seq, message: message)
    }

    /// Reads no more of it than where the message stands.
    ///
    /// - Parameter payload: The object.
    /// - Returns: The room, and the place in it.
    /// - Throws: What is wrong with them.
    package static func place(decoding payload: JSONValue) throws(MessageFlaw) -> (room: RoomID, seq: Int) {
        let fields = try Fields(payload)
        return (try fields.checked { payload throws(ChatError) in try payload.roomID() }, try fields.seq())
    }

    private struct Fields {
        private let object: JSONValue
        private let payload: EventPayload

        init(_ object: JSONValue) throws(MessageFlaw) {
            guard let payload = try? EventPayload(object) else { throw MessageFlaw("it must be one JSON object") }
            self.object = object
            self.payload = payload
            var names: Set<ExactText> = []
            for member in object.members {
                guard let name = member.key.stringValue else { continue }
                guard names.insert(ExactText(name)).inserted else {
                    let isOurs = name.utf8.count <= 32 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
                    throw MessageFlaw("\(isOurs ? name : "a member") is there twice")
                }
            }
        }

        func value(_ name: String) -> JSONValue? { self.object.member(name) }

        func require(_ name: String, _ kinds: [JSONValue.Kind]) throws(MessageFlaw) {
            guard let value = self.value(name), kinds.contains(value.kind) else {
                throw MessageFlaw("\(name) must be \(kinds.map { "\($0)" }.joined(separator: " or "))")
            }
        }

        func text(_ name: String) throws(MessageFlaw) -> String {
            guard let text = self.value(name)?.stringValue else { throw MessageFlaw("\(name) must be a string") }
            return text
        }

        func seq() throws(MessageFlaw) -> Int {
            guard let seq = self.value("seq")?.intValue, seq >= 1 else {
                throw MessageFlaw("seq must be an integer from 1 up")
            }
            return seq
        }

        func id() throws(MessageFlaw) -> MessageID {
            let maximumBytes = IdentifierRule.maximumBytes
            guard let value = self.value("id"), value.kind == .string,
                let text = value.text(maximumBytes: maximumBytes),
                let id = try? IdentifierRule.check(text, maximumBytes: maximumBytes)
            else { throw MessageFlaw("id must be a string of 1 to \(maximumBytes) bytes without control characters") }
            return MessageID(id.string)
        }

        /// Reads a field as an event's is read.
        func checked<Value>(_ body: (EventPayload) throws(ChatError) -> Value) throws(MessageFlaw) -> Value {
            do throws(ChatError) {
                return try body(self.payload)
            } catch {
                throw MessageFlaw(error)
            }
        }
    }
}

extension ChatError {
    fileprivate static let missingSender = Self.wrongType("user_id", "a string that is not empty")
}
