// Licensed under the MIT licence.

import NIOCore

extension ByteBuffer {
    /// Writes `TYPE NUMBER CR LF`, the head of a bulk string or an array.
    mutating func writeRESPHead(_ type: UInt8, _ number: Int) {
        self.writeInteger(type)
        self.writeDecimal(number)
        self.writeInteger(0x0D0A as UInt16)
    }

    /// Writes a number as its digits.
    mutating func writeDecimal(_ number: Int) {
        if (0..<10).contains(number) {
            self.writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
        } else {
            // Never on the heap: even the longest number has 20 signs, and most fit a small string.
            self.writeString(String(number))
        }
    }

    mutating func writeRESPBulkString(_ string: String) {
        self.writeRESPHead(UInt8(ascii: "$"), string.utf8.count)
        self.writeString(string)
        self.writeInteger(0x0D0A as UInt16)
    }

    mutating func writeRESPBulkString(_ bytes: ByteBuffer) {
        self.writeRESPHead(UInt8(ascii: "$"), bytes.readableBytes)
        self.writeImmutableBuffer(bytes)
        self.writeInteger(0x0D0A as UInt16)
    }

    mutating func writeRESPBulkString(_ number: Int) {
        self.writeRESPBulkString(String(number))
    }
}
