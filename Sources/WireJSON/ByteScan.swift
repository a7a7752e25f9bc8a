// Licensed under the MIT licence.

/// Searches that look at sixteen bytes at a time.
///
/// A test turns a block into flags: the highest bit of each byte says whether the test holds there, the other bits are
/// noise. The arithmetic wraps within each byte (`0 - 1` is 0xff, whose highest bit is set), so flags are exact.
/// Comparing vectors would say the same more plainly, but the standard library compares element by element.
enum ByteScan {
    typealias Block = SIMD16<UInt8>

    static let blockSize = 16

    /// The first byte that is not plain string content: a quote, a backslash, a control character, anything outside
    /// ASCII; or the end.
    @inline(__always)
    static func firstSpecial(in bytes: RawBytes, from start: Int) -> Int {
        self.first(in: bytes, from: start) {
            self.quoteOrBackslash($0) | (($0 &- Block(repeating: 0x20)) | $0)
        } byte: {
            $0 < 0x20 || $0 >= 0x80 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        }
    }

    /// The first byte that a JSON string must escape: a quote, a backslash, a control character; or the end.
    @inline(__always)
    static func firstEscaped(in bytes: RawBytes, from start: Int) -> Int {
        self.first(in: bytes, from: start) {
            (self.quoteOrBackslash($0) | ($0 &- Block(repeating: 0x20))) & ~$0
        } byte: {
            $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        }
    }

    /// The first quote or backslash, or the end.
    @inline(__always)
    static func firstQuoteOrBackslash(in bytes: RawBytes, from start: Int) -> Int {
        self.first(in: bytes, from: start) {
            self.quoteOrBackslash($0) & ~$0
        } byte: {
            $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        }
    }

    /// The first backslash, or the end.
    @inline(__always)
    static func firstBackslash(in bytes: RawBytes, from start: Int) -> Int {
        self.first(in: bytes, from: start) {
            (($0 ^ Block(repeating: UInt8(ascii: "\\"))) &- Block(repeating: 1)) & ~$0
        } byte: {
            $0 == UInt8(ascii: "\\")
        }
    }

    /// The first byte that is a backslash or outside ASCII, or the end.
    @inline(__always)
    static func firstBackslashOrNonASCII(in bytes: RawBytes, from start: Int) -> Int {
        self.first(in: bytes, from: start) {
            (($0 ^ Block(repeating: UInt8(ascii: "\\"))) &- Block(repeating: 1)) | $0
        } byte: {
            $0 == UInt8(ascii: "\\") || $0 >= 0x80
        }
    }

    /// The first byte outside ASCII, or the end.
    @inline(__always)
    static func firstNonASCII(in bytes: RawBytes, from start: Int) -> Int {
        self.first(in: bytes, from: start) {
            $0
        } byte: {
            $0 >= 0x80
        }
    }

    /// Exact for bytes inside ASCII only.
    @inline(__always)
    private static func quoteOrBackslash(_ block: Block) -> Block {
        let quote = (block ^ Block(repeating: UInt8(ascii: "\""))) &- Block(repeating: 1)
        let backslash = (block ^ Block(repeating: UInt8(ascii: "\\"))) &- Block(repeating: 1)
        return quote | backslash
    }

    @inline(__always)
    private static func first(
        in bytes: RawBytes,
        from start: Int,
        block test: (Block) -> Block,
        byte testByte: (UInt8) -> Bool
    ) -> Int {
        var offset = start
        while offset &+ self.blockSize <= bytes.count {
            let flags = self.flags(test(bytes.load(Block.self, at: offset)))
            if flags.low | flags.high != 0 { return offset &+ self.firstIndex(flags) }
            offset &+= self.blockSize
        }
        guard offset < bytes.count else { return bytes.count }
        guard bytes.count >= self.blockSize else {
            while offset < bytes.count, !testByte(bytes[offset]) { offset &+= 1 }
            return offset
        }
        // Less than a block is left: look at the last whole block again, and past what has been searched already.
        let last = bytes.count &- self.blockSize
        var flags = self.flags(test(bytes.load(Block.self, at: last)))
        let searched = UInt64(truncatingIfNeeded: (offset &- last) &* 8)
        // A shift by 64 or more leaves nothing.
        flags.low &= UInt64.max << searched
        if searched > 64 { flags.high &= UInt64.max << (searched &- 64) }
        return flags.low | flags.high != 0 ? last &+ self.firstIndex(flags) : bytes.count
    }

    /// The flags of the lower and the higher eight bytes of a block, without the noise.
    @inline(__always)
    private static func flags(_ block: Block) -> (low: UInt64, high: UInt64) {
        let words = unsafeBitCast(block, to: SIMD2<UInt64>.self)
        return (
            UInt64(littleEndian: words[0]) & 0x8080_8080_8080_8080,
            UInt64(littleEndian: words[1]) & 0x8080_8080_8080_8080
        )
    }

    @inline(__always)
    private static func firstIndex(_ flags: (low: UInt64, high: UInt64)) -> Int {
        (flags.low != 0 ? flags.low.trailingZeroBitCount : 64 &+ flags.high.trailingZeroBitCount) &>> 3
    }
}
