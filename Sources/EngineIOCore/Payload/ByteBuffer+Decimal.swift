// Licensed under the MIT licence.

import NIOCore

extension ByteBuffer {
    /// Appends a number as decimal digits.
    /// - Parameters:
    ///   - number: At least 0.
    ///   - zero: The byte for the digit 0; the others follow it.
    mutating func writeDecimal(_ number: Int, zero: UInt8 = UInt8(ascii: "0")) {
        var power = 1
        while number / power >= 10 { power *= 10 }
        while power > 0 {
            self.writeInteger(zero + UInt8(truncatingIfNeeded: number / power % 10))
            power /= 10
        }
    }
}
