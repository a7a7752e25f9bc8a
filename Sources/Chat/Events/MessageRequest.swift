// Licensed under the MIT licence.

package import NIOCore
package import WireJSON

/// What `message` asks for: `{"room_id":"r1","content":"Hello","type":"text","title":null,"payload":{…},…}`.
///
/// The hot path: one walk over the object, and the parts that receivers get are copied as they are into one buffer
/// (``MessageBody``), so that the buffer the event was received in is free again.
package struct MessageRequest: Sendable {
    /// The room to send to.
    package let room: RoomID
    /// What to send.
    package let body: MessageBody
    /// The sender's own name for the message; a repeat of it within the store's window is the same message.
    package let clientID: ExactText?

    /// - Parameters:
    ///   - payload: The event's first argument.
    ///   - attachments: The binary attachments that placeholders in the `payload` field refer to.
    ///   - limits: How long each field may be.
    ///   - recentRoom: The room that the same socket last sent to (``ChatSession/recentRoom``); only ever saves time.
    /// - Throws: `INVALID_PAYLOAD`, `MISSING_ROOM_ID`, `INVALID_ROOM_ID`, `INVALID_CONTENT`.
    package init(
        decoding payload: JSONValue?,
        attachments: [ByteBuffer],
        limits: ChatLimits,
        recentRoom: RoomID? = nil
    ) throws(ChatError) {
        guard let payload, payload.kind == .object else { throw .notAnObject }
        var fields = Fields()
        payload.forEachMember(named: Self.fieldNames) { fields.take($1, at: $0) }
        try self.init(fields, typeName: "type", attachments, limits, recentRoom)
    }

    /// The same from what members were sent, where `type` is called `message_type`: the request that became that message.
    init(decodingEvent payload: JSONValue, attachments: [ByteBuffer], limits: ChatLimits) throws(ChatError) {
        guard payload.kind == .object else { throw .notAnObject }
        var fields = Fields()
        payload.forEachMember(named: Self.eventFieldNames) { fields.take($1, at: $0) }
        try self.init(fields, typeName: "message_type", attachments, limits, nil)
    }

    @inline(__always)
    private init(
        _ fields: Fields,
        typeName: String,
        _ attachments: [ByteBuffer],
        _ limits: ChatLimits,
        _ recentRoom: RoomID?
    ) throws(ChatError) {
        self.room = try EventPayload.roomID(fields.roomID, recent: recentRoom)
        self.clientID = try fields.checked(limits, typeName: typeName)
        self.body = MessageBody.copying(
            content: fields.content,
            type: fields.type,
            title: fields.title,
            payload: fields.payload,
            attachmentURLs: fields.attachmentURLs,
            attachments: attachments
        )
    }
}

extension MessageRequest {
    private static let fieldNames = JSONNames(
        "room_id",
        "content",
        "type",
        "title",
        "payload",
        "attachment_urls",
        "client_id"
    )
    /// In the same order.
    private static let eventFieldNames = JSONNames(
        "room_id",
        "content",
        "message_type",
        "title",
        "payload",
        "attachment_urls",
        "client_id"
    )

    /// The fields that matter, found in one walk.
    ///
    /// Of duplicates the last counts; `null` counts as absent.
    private struct Fields {
        var roomID: JSONValue?
        var content = JSONValue.null
        var type: JSONValue?
        var title: JSONValue?
        var payload: JSONValue?
        var attachmentURLs: JSONValue?
        var clientID: JSONValue?

        /// Keeps the value of the field whose name is at `index` in ``MessageRequest/fieldNames``.
        @inline(__always)
        mutating func take(_ value: JSONValue, at index: Int) {
            let present = value.kind == .null ? nil : value
            switch index {
            case 0: self.roomID = present
            case 1: self.content = value
            case 2: self.type = present
            case 3: self.title = present
            case 4: self.payload = present
            case 5: self.attachmentURLs = present
            default: self.clientID = present
            }
        }

        /// Checks everything but the room, and returns the client id.
        func checked(_ limits: ChatLimits, typeName: String) throws(ChatError) -> ExactText? {
            try self.checkContent(limits)
            if let type, !type.isString(maximumBytes: limits.maximumTypeBytes) {
                throw .wrongType(typeName, "a string of at most \(limits.maximumTypeBytes) bytes")
            }
            if let title, !title.isString(maximumBytes: limits.maximumTitleBytes) {
                throw .wrongType("title", "null or a string of at most \(limits.maximumTitleBytes) bytes")
            }
            if let payload, payload.kind != .object {
                throw .wrongType("payload", "null or an object")
            }
            if let attachmentURLs { try self.check(attachmentURLs: attachmentURLs, limits) }
            return try self.checkedClientID(limits)
        }

        private func checkContent(_ limits: ChatLimits) throws(ChatError) {
            guard self.content.kind == .string, !self.content.isBlankString else { throw .invalidContent }
            // A scalar takes at least one byte, so that short content need not be counted.
            if self.content.bytes.readableBytes - 2 <= limits.maximumMessageLength { return }
            guard self.content.unicodeScalarCount ?? .max <= limits.maximumMessageLength else {
                throw ChatError(
                    .invalidContent,
                    "content must have at most \(limits.maximumMessageLength) characters (Unicode scalars)."
                )
            }
        }

        private func check(attachmentURLs: JSONValue, _ limits: ChatLimits) throws(ChatError) {
            guard attachmentURLs.kind == .array else { throw Self.badURLs(limits) }
            var count = 0
            for url in attachmentURLs.elements {
                count += 1
                guard
                    count <= limits.maximumAttachmentURLs,
                    url.isString(maximumBytes: limits.maximumAttachmentURLBytes)
                else { throw Self.badURLs(limits) }
            }
        }

        private static func badURLs(_ limits: ChatLimits) -> ChatError {
            .wrongType(
                "attachment_urls",
                "null or an array of at most \(limits.maximumAttachmentURLs) strings of "
                    + "at most \(limits.maximumAttachmentURLBytes) bytes"
            )
        }

        private func checkedClientID(_ limits: ChatLimits) throws(ChatError) -> ExactText? {
            guard let clientID else { return nil }
            guard clientID.kind == .string, let text = clientID.text(maximumBytes: limits.maximumClientIDBytes) else {
                throw .wrongType("client_id", "a string of at most \(limits.maximumClientIDBytes) bytes")
            }
            // An empty one would make all messages of a careless client one message.
            guard !text.isEmpty else { throw .wrongType("client_id", "absent or a string that is not empty") }
            return ExactText(text)
        }
    }
}
