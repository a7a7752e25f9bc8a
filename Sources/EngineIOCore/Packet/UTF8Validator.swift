// Licensed under the MIT licence.

package import NIOCore

/// Checks that bytes are UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF, nothing cut.
///
/// The bytes may come in pieces cut anywhere, so that a WebSocket message can be checked fragment by fragment and
/// refused at the first wrong byte (RFC 6455 §8.1).
package struct UTF8Validator: Sendable {
    /// How many continuation bytes the character begun needs still.
    private var pending = 0
    /// The bounds of the next continuation byte; narrower than 0x80…0xbf only after a lead byte that could begin an
    /// overlong form, a surrogate or a number too high (Unicode 16.0, table 3-7).
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xbf

    package init() {}

    /// Whether the bytes so far end with a whole character.
    package var isComplete: Bool { self.pending == 0 }

    /// Takes the next bytes.
    /// - Returns: Whether all bytes so far can be the beginning of UTF-8. Once false, the validator is of no more use.
    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        let end = bytes.count
        while index < end {
            if self.pending == 0 {
                while index + 8 <= end,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < end else { break }
                let byte = bytes[index]
                index += 1
                if byte >= 0x80, !self.begin(byte) { return false }
            } else {
                let byte = bytes[index]
                index += 1
                guard byte >= self.lowest, byte <= self.highest else { return false }
                self.pending -= 1
                self.lowest = 0x80
                self.highest = 0xbf
            }
        }
        return true
    }

    /// Whether the whole buffer is UTF-8.
    package static func isValid(_ buffer: ByteBuffer) -> Bool {
        buffer.withUnsafeReadableBytes { bytes in
            var validator = Self()
            return validator.consume(bytes) && validator.isComplete
        }
    }

    private mutating func begin(_ lead: UInt8) -> Bool {
        switch lead {
        case 0xc2...0xdf: self.pending = 1
        case 0xe0...0xef:
            self.pending = 2
            if lead == 0xe0 { self.lowest = 0xa0 }
            if lead == 0xed { self.highest = 0x9f }
        case 0xf0...0xf4:
            self.pending = 3
            if lead == 0xf0 { self.lowest = 0x90 }
            if lead == 0xf4 { self.highest = 0x8f }
        default: return false
        }
        return true
    }
}
