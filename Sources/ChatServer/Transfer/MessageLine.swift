// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

/// A message as one line of a file: the payload of its `message` event, and its binary attachments in base64 if it has any.
///
///     {"type":"message","id":"…","seq":7,"room_id":"r1",…,"created_at":"…","attachments":["AAEC"]}
///
/// What the sender gave is there byte for byte, but for line breaks between tokens, which become spaces. Reading a line gives the
/// very message that was written.
enum MessageLine {
    /// The longest line that an export goes on behind: what the greatest `MAX_PAYLOAD_BYTES` allows.
    static let maximumBytes = 2_400_000_000
    /// What every line begins with.
    static let beginning = Array(#"{"type":"message","id":""#.utf8)
    /// The payload of an event may be this deep, and lies two levels further down in the line.
    private static let maximumDepth = JSONValue.defaultMaximumDepth + 2

    /// The line, with its end.
    static func encode(_ stored: StoredMessage) -> ByteBuffer {
        var line = stored.encoded
        let attachments = stored.message.body.attachments
        if !attachments.isEmpty {
            line.moveWriterIndex(to: line.writerIndex - 1)
            line.writeStaticString(",\"attachments\":[")
            for (index, attachment) in attachments.enumerated() {
                line.writeStaticString(index == 0 ? "\"" : ",\"")
                Base64.encode(attachment, into: &line)
                line.writeStaticString("\"")
            }
            line.writeStaticString("]}")
        }
        line.withUnsafeMutableReadableBytes { bytes in
            // JSON has line breaks between tokens only: in a string they are escaped.
            for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: "\r") {
                bytes[index] = UInt8(ascii: " ")
            }
        }
        line.writeStaticString("\n")
        return line
    }

    /// Reads a line, without its end, and checks it as a message is checked that somebody sends.
    static func decode(_ line: ByteBuffer, limits: MessageLineLimits) throws(MessageFlaw) -> StoredMessage {
        let value = try self.value(line)
        let attachments = try self.attachments(value.member("attachments"), limits)
        let stored = try StoredMessage(decoding: value, attachments: attachments, limits: limits.fields)
        guard stored.message.body.members.readableBytes <= limits.maximumBodyBytes else {
            throw MessageFlaw("it is longer than \(limits.maximumPayloadBytes) bytes (MAX_PAYLOAD_BYTES)")
        }
        if !attachments.isEmpty, let payload = value.member("payload") {
            do {
                try BinaryPlaceholders.validate(payload, attachmentCount: attachments.count)
            } catch {
                throw MessageFlaw(
                    """
                    the placeholders in payload must count the \(attachments.count) \
                    attachment\(attachments.count == 1 ? "" : "s") from 0, each once
                    """
                )
            }
        }
        return stored
    }

    /// Reads no more of a line, without its end, than where its message stands.
    static func place(_ line: ByteBuffer) throws(MessageFlaw) -> (room: RoomID, seq: Int) {
        try StoredMessage.place(decoding: self.value(line))
    }

    private static func value(_ line: ByteBuffer) throws(MessageFlaw) -> JSONValue {
        do {
            return try JSONValue(validating: line, maximumDepth: self.maximumDepth)
        } catch {
            throw MessageFlaw("it is no JSON (\(error.code) at byte \(error.offset + 1))")
        }
    }

    private static func attachments(
        _ value: JSONValue?,
        _ limits: MessageLineLimits
    ) throws(MessageFlaw) -> [ByteBuffer] {
        guard let value else { return [] }
        let flaw = MessageFlaw("attachments must be an array of strings in base64")
        guard value.kind == .array else { throw flaw }
        var attachments: [ByteBuffer] = []
        var byteCount = 0
        for element in value.elements {
            guard attachments.count < limits.maximumAttachments else {
                throw MessageFlaw("it has more than \(limits.maximumAttachments) attachments")
            }
            guard let text = element.stringValue, let bytes = Base64.decode(ByteBuffer(string: text)) else {
                throw flaw
            }
            byteCount += bytes.readableBytes
            guard byteCount <= limits.maximumPayloadBytes else {
                throw MessageFlaw(
                    "its attachments are longer than \(limits.maximumPayloadBytes) bytes (MAX_PAYLOAD_BYTES)"
                )
            }
            attachments.append(bytes)
        }
        return attachments
    }
}
