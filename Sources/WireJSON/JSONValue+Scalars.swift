// Licensed under the MIT licence.

import NIOCore

extension JSONValue {
    /// The value of a number written as an integer that fits; nil for anything else, `1.0`, `1e3` and `"1"` included.
    ///
    /// `-0` is 0.
    public var intValue: Int? {
        guard self.kind == .number else { return nil }
        return self.bytes.withUnsafeReadableBytes { bytes in
            let isNegative = bytes.first == UInt8(ascii: "-")
            var value = 0
            for byte in bytes.dropFirst(isNegative ? 1 : 0) {
                let digit = Int(byte) &- Int(UInt8(ascii: "0"))
                guard 0...9 ~= digit else { return nil }
                // Built from the far side of zero, because `Int.min` has no positive twin.
                let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowedToo) =
                    isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
                guard !overflowed, !overflowedToo else { return nil }
                value = sum
            }
            return value
        }
    }

    /// The value of `true` or `false`; nil for anything else.
    public var boolValue: Bool? {
        guard self.kind == .bool else { return nil }
        return self.bytes.readableBytes == 4
    }
}
