// Licensed under the MIT licence.

public import NIOCore

extension ByteBuffer {
    /// Writes an integer in decimal ASCII digits, with a `-` in front if it is negative: `-42`.
    ///
    /// - Returns: The number of bytes written.
    @discardableResult
    @inlinable
    public mutating func writeDecimal<Number: FixedWidthInteger>(_ number: Number) -> Int {
        guard let magnitude = UInt64(exactly: number.magnitude) else {
            // Wider than 64 bits: never on a hot path.
            return self.writeString(String(number))
        }
        return self.writeDecimal(magnitude: magnitude, isNegative: number < 0)
    }

    /// Writes a number given as its sign and magnitude in decimal ASCII digits.
    ///
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeDecimal(magnitude: UInt64, isNegative: Bool) -> Int {
        var count = isNegative ? 2 : 1
        var rest = magnitude
        while rest >= 10 {
            rest /= 10
            count &+= 1
        }
        return self.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            var rest = magnitude
            var index = count
            repeat {
                index &-= 1
                target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if isNegative { target[0] = UInt8(ascii: "-") }
            return count
        }
    }
}
