// Licensed under the MIT licence.

import EngineIOCore

extension Base64URL {
    /// The bytes of a text without padding, the only form that tokens have (RFC 7515 §2).
    ///
    /// Nothing if any of it is not of the alphabet, or if another text would give the same bytes.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            guard let value = self.value(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        // A lone character is no byte, and what is left over must be zero.
        guard count < 6, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }
}
