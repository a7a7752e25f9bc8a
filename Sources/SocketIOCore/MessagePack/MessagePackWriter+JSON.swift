// Licensed under the MIT licence.

package import NIOCore
import WireJSON

/// Writes JSON as the MessagePack of the same values, straight from its bytes.
///
/// Whole numbers without a fraction or an exponent become integers if 64 bits can hold them, all others doubles, as
/// JavaScript would read them. Members keep their order and their duplicates. The half of a surrogate pair, which UTF-8 cannot
/// hold, becomes U+FFFD. Objects that are placeholders for one of the attachments become `bin`; other objects are data,
/// whatever they look like. Bytes that are not JSON give a meaningless result, but neither a trap nor an endless loop.
extension MessagePackWriter {
    /// Writes the values of `json`, one or several joined by commas, one after the other.
    package mutating func write(json: ByteBuffer, attachments: [ByteBuffer] = []) {
        json.withUnsafeReadableBytes { bytes in
            let outline = JSONOutline(bytes, attachmentCount: attachments.count)
            self.writeValues(of: json, bytes, outline, attachments)
        }
    }

    /// Writes an array of the values of `json`, none, one or several joined by commas.
    ///
    /// - Parameters:
    ///   - first: A string to stand in front of them.
    ///   - json: The values.
    ///   - attachments: What their placeholders stand for.
    package mutating func writeArray(
        beginningWith first: String? = nil,
        json: ByteBuffer,
        attachments: [ByteBuffer] = []
    ) {
        json.withUnsafeReadableBytes { bytes in
            let outline = JSONOutline(bytes, attachmentCount: attachments.count)
            self.writeArrayHeader(outline.valueCount + (first == nil ? 0 : 1))
            if let first { self.write(first) }
            self.writeValues(of: json, bytes, outline, attachments)
        }
    }

    /// Containers need no end in MessagePack, so nothing has to be remembered on the way.
    private mutating func writeValues(
        of json: ByteBuffer,
        _ bytes: UnsafeRawBufferPointer,
        _ outline: JSONOutline,
        _ attachments: [ByteBuffer]
    ) {
        var containers = 0
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09, UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
                position += 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                guard outline.containers.indices.contains(containers) else { return }
                let container = outline.containers[containers]
                if attachments.indices.contains(Int(container.attachment)) {
                    self.write(binary: attachments[Int(container.attachment)])
                    (position, containers) = (Int(container.end), Int(container.next))
                } else {
                    if bytes[position] == UInt8(ascii: "[") {
                        self.writeArrayHeader(Int(container.count))
                    } else {
                        self.writeMapHeader(Int(container.count))
                    }
                    position += 1
                    containers += 1
                }
            case UInt8(ascii: "\""):
                let (end, hasEscapes) = bytes.endOfJSONString(at: position)
                if hasEscapes {
                    let slice = json.getSlice(at: json.readerIndex + position, length: end - position)
                    self.write(slice.flatMap { try? JSONValue(validating: $0) }?.stringValue ?? "")
                } else {
                    let text = position + 1..<max(position + 1, end - 1)
                    self.write(utf8: UnsafeRawBufferPointer(rebasing: bytes[text]))
                }
                position = end
            default:
                let end = bytes.endOfJSONScalar(at: position)
                self.writeScalar(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                position = end
            }
        }
    }

    /// Writes a number or a literal.
    private mutating func writeScalar(_ text: UnsafeRawBufferPointer) {
        switch text[0] {
        case UInt8(ascii: "t"): return self.write(true)
        case UInt8(ascii: "f"): return self.write(false)
        case UInt8(ascii: "n"): return self.writeNull()
        default: break
        }
        let isNegative = text[0] == UInt8(ascii: "-")
        if let magnitude = text.decimalMagnitude(from: isNegative ? 1 : 0) {
            guard isNegative else { return self.write(magnitude) }
            // As far from zero as the least number there is, which has no positive twin.
            if magnitude <= UInt64(Int64.max) + 1 { return self.write(Int64(truncatingIfNeeded: 0 &- magnitude)) }
        }
        if let number = Double(String(decoding: text, as: UTF8.self)) {
            self.write(number)
        } else {
            self.writeNull()
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The value of decimal digits and nothing else; `nil` if 64 bits cannot hold it.
    fileprivate func decimalMagnitude(from start: Int) -> UInt64? {
        guard start < self.count else { return nil }
        var value: UInt64 = 0
        for byte in self[start...] {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }
}
