// Licensed under the MIT licence.

public import NIOCore
package import WireJSON

/// The objects that stand for binary attachments in JSON: `{"_placeholder":true,"num":0}` is the first attachment.
///
/// As in the reference, any object is one whose member `_placeholder` is `true`, whatever else it holds; of members
/// with the same key the last counts, and keys may be written with escapes.
///
/// Source: Socket.IO protocol v5, "Sending and receiving data"; `_reconstructPacket` of socket.io-parser 4.2.6.
public enum BinaryPlaceholders {
    /// Checks that every placeholder refers to one of `attachmentCount` attachments, and no two to the same.
    ///
    /// An attachment without a placeholder is allowed, as in the reference.
    package static func validate(_ payload: JSONValue, attachmentCount: Int) throws(PacketError) {
        try payload.bytes.withUnsafeReadableBytes { bytes throws(PacketError) in
            var seen = [Bool](repeating: false, count: attachmentCount)
            var scanner = PlaceholderScanner(bytes)
            while let placeholder = scanner.next() {
                guard let index = placeholder.index, index < attachmentCount else { throw .invalidPlaceholder }
                guard !seen[index] else { throw .repeatedPlaceholder }
                seen[index] = true
            }
        }
    }

    /// Whether `json` holds anything that a receiver would take for a placeholder, were it sent with attachments.
    ///
    /// An event without attachments may hold such objects, and there they are mere data. Ask before its JSON goes into
    /// one packet together with somebody else's attachments. `json` is valid JSON: one value, or several joined by
    /// commas.
    public static func appear(in json: ByteBuffer) -> Bool {
        json.withUnsafeReadableBytes { bytes in
            var scanner = PlaceholderScanner(bytes)
            return scanner.next() != nil
        }
    }

    /// Appends a placeholder for the attachment at `index`.
    public static func write(_ index: Int, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"_placeholder\":true,\"num\":")
        buffer.writeDecimal(index)
        buffer.writeInteger(UInt8(ascii: "}"))
    }

    /// Appends `json` with the index of every placeholder raised by `offset`: for several payloads in one packet, each
    /// with its attachments behind those of the payloads before it.
    ///
    /// - Parameters:
    ///   - json: Valid JSON, one value or several joined by commas, whose placeholders the decoder has checked.
    ///   - offset: How many attachments come before those of `json`.
    ///   - buffer: Receives the JSON; all other bytes are as they were.
    public static func write(_ json: ByteBuffer, raisedBy offset: Int, into buffer: inout ByteBuffer) {
        guard offset != 0 else {
            buffer.writeImmutableBuffer(json)
            return
        }
        json.withUnsafeReadableBytes { bytes in
            var placeholders: [PlaceholderScanner.Placeholder] = []
            var scanner = PlaceholderScanner(bytes)
            while let placeholder = scanner.next() { placeholders.append(placeholder) }
            // An object is found where it ends, so one inside another comes first although its number may stand later.
            placeholders.sort { $0.number.lowerBound < $1.number.lowerBound }
            var written = 0
            for placeholder in placeholders {
                guard let index = placeholder.index else { continue }
                buffer.writeBytes(bytes[written..<placeholder.number.lowerBound])
                buffer.writeDecimal(index + offset)
                written = placeholder.number.upperBound
            }
            buffer.writeBytes(bytes[written...])
        }
    }
}
