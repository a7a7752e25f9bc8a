// Licensed under the MIT licence.

import NIOCore

extension ByteBuffer {
    /// Bytes written in tables as `"93 a1 61"`; the digits must be right.
    init(hexadecimal text: String) {
        self.init()
        var high: UInt8?
        for digit in text where digit != " " {
            let value = UInt8(digit.hexDigitValue ?? 0)
            if let first = high {
                self.writeInteger(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
    }

    /// The readable bytes as `93a161`.
    var hexadecimal: String {
        self.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
