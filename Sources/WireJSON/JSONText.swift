// Licensed under the MIT licence.

/// What stands between the quotes of a valid JSON string, read as the text it means.
///
/// Yields runs of UTF-8 without escapes, and the scalars that escapes stand for. Half of a surrogate pair, which no
/// text can hold, reads as U+FFFD.
struct JSONText {
    enum Piece {
        case run(RawBytes)
        case scalar(Unicode.Scalar)
    }

    /// What stands between the quotes.
    let content: RawBytes
    private var position = 0

    /// `range`: from the opening quote to behind the closing one.
    @inline(__always)
    init(_ bytes: RawBytes, quoted range: Range<Int>) {
        let start = Swift.min(range.lowerBound &+ 1, bytes.count)
        let end = Swift.max(start, Swift.min(range.upperBound &- 1, bytes.count))
        self.content = bytes[start..<end]
    }

    /// The content as it stands, if there is nothing to decode in it.
    var literal: RawBytes? {
        ByteScan.firstBackslash(in: self.content, from: 0) == self.content.count ? self.content : nil
    }

    /// Whether the text's bytes are those of `expected`.
    @inline(__always)
    func equals(_ expected: String) -> Bool {
        var expected = expected
        return expected.withUTF8 { self.equals(RawBytes(UnsafeRawBufferPointer($0))) }
    }

    /// Whether the text's bytes are `expected`.
    func equals(_ expected: RawBytes) -> Bool {
        // What an escape stands for is always shorter than the escape. So with escapes the content is the longer one,
        // and content of the same length equals the text only if it has none.
        guard self.content.count <= expected.count else { return self.decodedEquals(expected) }
        guard self.content.count == expected.count else { return false }
        guard self.content.count > ShortBytes.capacity else {
            let short = ShortBytes(self.content)
            return short == ShortBytes(expected) && !short.contains(UInt8(ascii: "\\"))
        }
        return self.content.equals(expected) && self.literal != nil
    }

    private func decodedEquals(_ expected: RawBytes) -> Bool {
        guard self.literal == nil else { return false }
        var text = self
        var offset = 0
        while let piece = text.next() {
            switch piece {
            case .run(let run):
                guard
                    run.count <= expected.count &- offset,
                    run.equals(expected[offset..<offset &+ run.count])
                else { return false }
                offset &+= run.count
            case .scalar(let scalar):
                for byte in String(scalar).utf8 {
                    guard offset < expected.count, expected[offset] == byte else { return false }
                    offset &+= 1
                }
            }
        }
        return offset == expected.count
    }

    /// How many Unicode scalars the text has.
    var scalarCount: Int {
        var text = self
        text.position = ByteScan.firstBackslashOrNonASCII(in: self.content, from: 0)
        var count = text.position
        while let piece = text.next() {
            switch piece {
            case .run(let run): count &+= Self.scalarCount(run)
            case .scalar: count &+= 1
            }
        }
        return count
    }

    /// Whether the text is nothing but white space.
    var isBlank: Bool {
        if self.content.count > 0 {
            // Nearly every text says so with its first byte.
            let first = self.content[0]
            if first > 0x20, first < 0x80, first != UInt8(ascii: "\\") { return false }
        }
        var text = self
        while let piece = text.next() {
            switch piece {
            case .run(let run):
                var decoder = UTF8()
                var bytes = run.buffer.makeIterator()
                while case .scalarValue(let scalar) = decoder.decode(&bytes) {
                    guard scalar.isWhiteSpace else { return false }
                }
            case .scalar(let scalar):
                guard scalar.isWhiteSpace else { return false }
            }
        }
        return true
    }

    /// The next piece; runs are never empty.
    mutating func next() -> Piece? {
        guard self.position < self.content.count else { return nil }
        if self.content[self.position] != UInt8(ascii: "\\") {
            let end = ByteScan.firstBackslash(in: self.content, from: self.position)
            defer { self.position = end }
            return .run(self.content[self.position..<end])
        }
        guard let unit = self.escape() else { return nil }
        if let scalar = Unicode.Scalar(unit) { return .scalar(scalar) }
        if UTF16.isLeadSurrogate(unit) {
            let mark = self.position
            if let low = self.escape(), UTF16.isTrailSurrogate(low) {
                return .scalar(UTF16.decode(UTF16.EncodedScalar([unit, low])))
            }
            self.position = mark
        }
        return .scalar("\u{fffd}")
    }

    /// The UTF-16 unit of the escape at the position, if there is one there.
    private mutating func escape() -> UInt16? {
        guard
            self.position &+ 1 < self.content.count,
            self.content[self.position] == UInt8(ascii: "\\")
        else { return nil }
        let letter = self.content[self.position &+ 1]
        self.position &+= 2
        switch letter {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0a
        case UInt8(ascii: "f"): return 0x0c
        case UInt8(ascii: "r"): return 0x0d
        case UInt8(ascii: "u"): break
        default: return UInt16(letter)
        }
        guard self.position &+ 4 <= self.content.count else { return nil }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit = self.content[self.position]
            // '0'…'9' have bit 6 clear, letters have it set and count from 1 in their low bits.
            unit = unit &<< 4 | UInt16((digit & 0x0f) &+ (digit & 0x40 == 0 ? 0 : 9))
            self.position &+= 1
        }
        return unit
    }

    /// How many scalars start in well-formed UTF-8: the bytes that continue none.
    private static func scalarCount(_ run: RawBytes) -> Int {
        var count = 0
        // Plain enough for the compiler to look at many bytes at once.
        for byte in run.buffer { count &+= byte & 0xc0 == 0x80 ? 0 : 1 }
        return count
    }
}

extension Unicode.Scalar {
    /// Unicode 16, PropList.txt, White_Space; the property has not changed since Unicode 6.3.
    fileprivate var isWhiteSpace: Bool {
        switch self.value {
        case 0x09...0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
        default: false
        }
    }
}
