// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import WireJSON

/// A message as one line of a file: the payload of its `message` event, and its binary attachments in base64 if it has any.
///
///     {"type":"message","id":"…","seq":7,"room_id":"r1",…,"created_at":"…","attachments":["AAEC"]}
///
/// What the sender gave is there byte for byte, but for line breaks between tokens, which become spaces. Reading a line gives the
/// very message that was written.
enum MessageLine {
    /// A line may hold a message's attachments, and they as much as `MAX_PAYLOAD_BYTES` allows.
    static let maximumBytes = 1_500_000_000
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

    /// Reads a line, without its end.
    static func decode(_ line: ByteBuffer) throws(MessageFlaw) -> StoredMessage {
        let value: JSONValue
        do {
            value = try JSONValue(validating: line, maximumDepth: self.maximumDepth)
        } catch {
            throw MessageFlaw("it is no JSON (\(error.code) at byte \(error.offset + 1))")
        }
        return try StoredMessage(decoding: value, attachments: self.attachments(value.member("attachments")))
    }

    private static func attachments(_ value: JSONValue?) throws(MessageFlaw) -> [ByteBuffer] {
        guard let value else { return [] }
        let flaw = MessageFlaw("attachments must be an array of strings in base64")
        guard value.kind == .array else { throw flaw }
        var attachments: [ByteBuffer] = []
        for element in value.elements {
            guard let text = element.stringValue, let bytes = Base64.decode(ByteBuffer(string: text)) else {
                throw flaw
            }
            attachments.append(bytes)
        }
        return attachments
    }
}
