// Licensed under the MIT licence.

/// Looks at well-formed UTF-8 in memory, eight bytes at a time where that can be.
struct TextScan {
    private let bytes: UnsafeRawBufferPointer
    /// Whether all is printable ASCII without quote and backslash: what nearly every identifier is.
    private let isSimple: Bool

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = UnsafeRawBufferPointer(bytes)
        self.isSimple = Self.isSimple(self.bytes)
    }

    /// Whether JSON can have the text as it is: no quote, no backslash, nothing below U+0020.
    var isPlain: Bool {
        if self.isSimple { return true }
        return self.bytes.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    /// Whether there is a control character: U+0000 to U+001F, or U+007F to U+009F.
    var hasControl: Bool {
        if self.isSimple { return false }
        var previous: UInt8 = 0
        for byte in self.bytes {
            if byte < 0x20 || byte == 0x7f { return true }
            // U+0080 to U+009F are C2 80 to C2 9F; C2 starts no other sequence with such a second byte.
            if previous == 0xc2, byte < 0xa0 { return true }
            previous = byte
        }
        return false
    }

    static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        let left = UnsafeRawBufferPointer(left)
        let right = UnsafeRawBufferPointer(right)
        var offset = 0
        while offset &+ 8 <= left.count {
            guard Self.word(left, offset) == Self.word(right, offset) else { return false }
            offset &+= 8
        }
        while offset < left.count {
            guard left[offset] == right[offset] else { return false }
            offset &+= 1
        }
        return true
    }

    private static func isSimple(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var odd: UInt64 = 0
        var offset = 0
        while offset &+ 8 <= bytes.count {
            odd |= Self.odd(Self.word(bytes, offset))
            offset &+= 8
        }
        var rest: UInt64 = 0x2020_2020_2020_2020
        while offset < bytes.count {
            rest = rest &<< 8 | UInt64(bytes[offset])
            offset &+= 1
        }
        return (odd | Self.odd(rest)) & 0x8080_8080_8080_8080 == 0
    }

    /// Sets the highest bit of some byte if any byte is below 0x20, a quote, a backslash, 0x7f or outside ASCII.
    @inline(__always)
    private static func odd(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let control = word &- 0x20 &* ones
        let quote = (word ^ UInt64(UInt8(ascii: "\"")) &* ones) &- ones
        let backslash = (word ^ UInt64(UInt8(ascii: "\\")) &* ones) &- ones
        let delete = (word ^ 0x7f &* ones) &- ones
        return word | control | quote | backslash | delete
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
