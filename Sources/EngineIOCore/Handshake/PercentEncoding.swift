// Licensed under the MIT licence.

import NIOCore

/// Percent-encoding of queries and forms (WHATWG URL standard, "application/x-www-form-urlencoded").
enum PercentEncoding {
    /// Appends decoded bytes: `+` is a space, `%41` is `A`; a `%` that no two hexadecimal digits follow stays as it is.
    static func decodeForm(_ bytes: some Collection<UInt8>, into buffer: inout ByteBuffer) {
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            switch byte {
            case UInt8(ascii: "+"):
                buffer.writeInteger(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let rest = bytes[index...].prefix(2)
                if rest.count == 2, let high = rest.first.flatMap(value(ofHexDigit:)),
                    let low = rest.dropFirst().first.flatMap(value(ofHexDigit:))
                {
                    buffer.writeInteger(high << 4 | low)
                    index = rest.endIndex
                } else {
                    buffer.writeInteger(byte)
                }
            default:
                buffer.writeInteger(byte)
            }
        }
    }

    /// The two hexadecimal digits of a byte.
    static func hexDigits(of byte: UInt8) -> [UInt8] {
        [byte >> 4, byte & 0x0f].map { $0 + ($0 < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
    }

    private static func value(ofHexDigit byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
