// Licensed under the MIT licence.

package import NIOCore

/// Base64 over byte buffers (RFC 4648 §4).
///
/// Our own because the standard library has none and this target imports no Foundation.
package enum Base64 {
    /// Decodes strictly: standard alphabet, padding required, no white space, unused bits zero (RFC 4648 §3.5).
    ///
    /// Strictness costs no client anything (browsers and Node pad what they send) and leaves each value one spelling.
    /// - Returns: The bytes, or `nil` if the text is not base64. An empty text is an empty buffer.
    package static func decode(_ text: ByteBuffer) -> ByteBuffer? {
        let count = text.readableBytes
        guard count > 0 else { return ByteBuffer() }
        guard count.isMultiple(of: 4) else { return nil }
        return text.withUnsafeReadableBytes { input -> ByteBuffer? in
            var padding = 0
            if input[count - 1] == pad { padding += 1 }
            if padding == 1, input[count - 2] == pad { padding += 1 }
            let outputCount = count / 4 * 3 - padding
            var isValid = true
            var output = ByteBuffer()
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: outputCount) { target in
                isValid = decode(input, padding: padding, into: target)
                return isValid ? outputCount : 0
            }
            return isValid ? output : nil
        }
    }

    /// Appends the base64 of `bytes`, padded.
    package static func encode(_ bytes: ByteBuffer, into buffer: inout ByteBuffer) {
        let count = encodedCount(bytes.readableBytes)
        bytes.withUnsafeReadableBytes { input in
            _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                encode(input, into: target)
                return count
            }
        }
    }

    /// How many characters the base64 of `count` bytes has.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    private static let pad = UInt8(ascii: "=")

    /// The value of each byte as a base64 digit; 0xff for the others.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Decodes whole groups; `input` is a multiple of 4 long and `target` has room for all but the padding.
    private static func decode(
        _ input: UnsafeRawBufferPointer,
        padding: Int,
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        values.withUnsafeBufferPointer { values in
            var read = 0
            var written = 0
            let wholeEnd = padding == 0 ? input.count : input.count - 4
            while read < wholeEnd {
                let a = values[Int(input[read])]
                let b = values[Int(input[read + 1])]
                let c = values[Int(input[read + 2])]
                let d = values[Int(input[read + 3])]
                // Digits are at most 63, so a set top bit tells that one of the four is none.
                guard (a | b | c | d) & 0x80 == 0 else { return false }
                target[written] = a << 2 | b >> 4
                target[written + 1] = b << 4 | c >> 2
                target[written + 2] = c << 6 | d
                read += 4
                written += 3
            }
            guard padding > 0 else { return true }
            let a = values[Int(input[read])]
            let b = values[Int(input[read + 1])]
            guard (a | b) & 0x80 == 0 else { return false }
            target[written] = a << 2 | b >> 4
            if padding == 2 { return b & 0x0f == 0 }
            let c = values[Int(input[read + 2])]
            guard c & 0x80 == 0 else { return false }
            target[written + 1] = b << 4 | c >> 2
            return c & 0x03 == 0
        }
    }

    private static func encode(_ input: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        digits.withUnsafeBufferPointer { digits in
            var read = 0
            var written = 0
            while read + 3 <= input.count {
                let (a, b, c) = (input[read], input[read + 1], input[read + 2])
                target[written] = digits[Int(a >> 2)]
                target[written + 1] = digits[Int((a & 0x03) << 4 | b >> 4)]
                target[written + 2] = digits[Int((b & 0x0f) << 2 | c >> 6)]
                target[written + 3] = digits[Int(c & 0x3f)]
                read += 3
                written += 4
            }
            switch input.count - read {
            case 1:
                let a = input[read]
                target[written] = digits[Int(a >> 2)]
                target[written + 1] = digits[Int((a & 0x03) << 4)]
                target[written + 2] = pad
                target[written + 3] = pad
            case 2:
                let (a, b) = (input[read], input[read + 1])
                target[written] = digits[Int(a >> 2)]
                target[written + 1] = digits[Int((a & 0x03) << 4 | b >> 4)]
                target[written + 2] = digits[Int((b & 0x0f) << 2)]
                target[written + 3] = pad
            default:
                break
            }
        }
    }
}
