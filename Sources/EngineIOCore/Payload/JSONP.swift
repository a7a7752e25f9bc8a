// Licensed under the MIT licence.

public import NIOCore

/// The JSONP form of polling: answers are scripts that call `___eio[N]("…");`, requests are posted by a hidden form
/// (Engine.IO protocol v3, "JSONP").
public enum JSONP {
    /// The number of the client's callback, from the parameter `j`.
    ///
    /// It goes into a script, so it is kept as a number: nothing but digits can ever be written.
    public struct Index: Sendable, Hashable {
        /// The most digits taken; clients count from 0.
        public static let maximumDigits = 9

        let value: Int

        /// Reads the value of `j`: one to ``maximumDigits`` ASCII digits, anything else is `nil`.
        ///
        /// The reference server strips other characters instead (`engine.io/lib/transports/polling-jsonp.ts`, 6.6).
        public init?(parameter: String) {
            let digits = parameter.utf8
            guard (1...Self.maximumDigits).contains(digits.count) else { return nil }
            var value = 0
            for digit in digits {
                guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int(digit - UInt8(ascii: "0"))
            }
            self.value = value
        }
    }

    /// What to send as `Content-Type` with ``wrap(_:index:into:)``; always together with `X-Content-Type-Options:
    /// nosniff`.
    ///
    /// The reference server says `text/plain`, which a browser told not to sniff does not run as a script.
    public static let contentType = "text/javascript; charset=UTF-8"

    /// Appends the script that hands a payload to the client: `___eio[0]("2:40");`.
    ///
    /// The payload is escaped as a JSON string. U+2028 and U+2029, which older JavaScript takes for line ends, and
    /// `</`, which ends an inline script, are escaped as well.
    /// - Parameters:
    ///   - payload: An encoded payload in text form.
    ///   - index: The client's callback.
    ///   - buffer: Where to append.
    public static func wrap(_ payload: ByteBuffer, index: Index, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("___eio[")
        buffer.writeDecimal(index.value)
        buffer.writeStaticString("](\"")
        payload.withUnsafeReadableBytes { bytes in
            var start = 0
            var position = 0
            while position < bytes.count {
                let length = escapedLength(at: position, in: bytes)
                guard length > 0 else {
                    position += 1
                    continue
                }
                buffer.writeBytes(bytes[start..<position])
                writeEscape(of: bytes[position..<position + length], into: &buffer)
                position += length
                start = position
            }
            buffer.writeBytes(bytes[start...])
        }
        buffer.writeStaticString("\");")
    }

    /// How many bytes from here on are replaced by one escape; 0 if the byte stays as it is.
    private static func escapedLength(at position: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        switch bytes[position] {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"):
            return 1
        case UInt8(ascii: "<"):
            return position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "/") ? 2 : 0
        case 0xe2:
            // U+2028 is e2 80 a8, U+2029 is e2 80 a9.
            return position + 2 < bytes.count && bytes[position + 1] == 0x80 && bytes[position + 2] & 0xfe == 0xa8
                ? 3 : 0
        default:
            return 0
        }
    }

    private static func writeEscape(of bytes: UnsafeRawBufferPointer.SubSequence, into buffer: inout ByteBuffer) {
        switch (bytes.first, bytes.last) {
        case (UInt8(ascii: "\""), _): buffer.writeStaticString("\\\"")
        case (UInt8(ascii: "\\"), _): buffer.writeStaticString("\\\\")
        case (UInt8(ascii: "\n"), _): buffer.writeStaticString("\\n")
        case (UInt8(ascii: "<"), _): buffer.writeStaticString("<\\/")
        case (0xe2, 0xa8): buffer.writeStaticString("\\u2028")
        case (0xe2, _): buffer.writeStaticString("\\u2029")
        case (let control, _):
            buffer.writeStaticString("\\u00")
            buffer.writeBytes(PercentEncoding.hexDigits(of: control ?? 0))
        }
    }
}
