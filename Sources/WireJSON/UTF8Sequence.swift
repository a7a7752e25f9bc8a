// Licensed under the MIT licence.

/// Well-formed UTF-8 as RFC 3629 §4 lists it: no overlong form, no surrogate, nothing over U+10FFFF.
enum UTF8Sequence {
    /// How many bytes the sequence outside ASCII that starts at `start` has, or 0 if it is not well-formed.
    @inline(__always)
    static func length(in bytes: RawBytes, at start: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[start] {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)  // below: overlong
        case 0xed: (length, second) = (3, 0x80...0x9f)  // above: surrogates
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)  // below: overlong
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)  // above: over U+10FFFF
        default: return 0
        }
        guard
            start &+ length <= bytes.count,
            second.contains(bytes[start &+ 1]),
            length < 3 || bytes[start &+ 2] & 0xc0 == 0x80,
            length < 4 || bytes[start &+ 3] & 0xc0 == 0x80
        else { return 0 }
        return length
    }

    /// Whether all of `bytes` is well-formed.
    static func isWellFormed(_ bytes: RawBytes) -> Bool {
        var offset = 0
        while true {
            offset = ByteScan.firstNonASCII(in: bytes, from: offset)
            guard offset < bytes.count else { return true }
            let length = self.length(in: bytes, at: offset)
            guard length > 0 else { return false }
            offset &+= length
        }
    }
}
