// Licensed under the MIT licence.

/// Finds where values end in bytes that are known to be valid JSON.
///
/// It relies on that for its answers, not for its safety: an end that is not there is taken to be the end of the bytes.
struct JSONScanner {
    /// A value in the bytes.
    struct Found {
        var range: Range<Int>
        var kind: JSONValue.Kind
        /// For an array, where its last element starts, counted from its own start, if that is known; otherwise not
        /// more than 0.
        var lastElement = 0
    }

    /// A member in the bytes.
    ///
    /// `key` has its quotes.
    struct FoundMember {
        var key: Range<Int>
        var keyHasEscapes: Bool
        var value: Found

        /// The name; ``ShortBytes/tooLong`` if it is, or if it has escapes.
        @inline(__always)
        func shortName(in bytes: RawBytes) -> ShortBytes {
            self.keyHasEscapes ? .tooLong : ShortBytes(JSONText(bytes, quoted: self.key).content)
        }
    }

    private let bytes: RawBytes
    private let end: Int

    init(_ bytes: RawBytes) {
        self.bytes = bytes
        self.end = bytes.count
    }

    /// The element after `position`, which is behind an opening bracket or another element.
    ///
    /// `last`: where the last element starts, if that is known: what it holds need not be looked through.
    func element(after position: Int, last: Int) -> Found? {
        let start = self.skip(UInt8(ascii: ","), from: position)
        guard start < self.end, self.bytes[start] != UInt8(ascii: "]") else { return nil }
        guard start == last else { return self.value(at: start) }
        var end = self.end &- 1
        while end > start &+ 1, self.bytes[end &- 1] <= 0x20 { end &-= 1 }
        return Found(range: start..<end, kind: JSONValue.Kind(firstByte: self.bytes[start]))
    }

    /// The member after `position`, which is behind an opening brace or another member.
    @inline(__always)
    func member(after position: Int) -> FoundMember? {
        let start = self.skip(UInt8(ascii: ","), from: position)
        guard start < self.end, self.bytes[start] == UInt8(ascii: "\"") else { return nil }
        let key = self.string(at: start)
        let value = self.skip(UInt8(ascii: ":"), from: key.end)
        guard value < self.end else { return nil }
        return FoundMember(key: start..<key.end, keyHasEscapes: key.hasEscapes, value: self.value(at: value))
    }

    /// The first byte at or after `offset` that is neither white space nor `separator`.
    @inline(__always)
    private func skip(_ separator: UInt8, from offset: Int) -> Int {
        var offset = offset
        while offset < self.end {
            let byte = self.bytes[offset]
            guard byte <= 0x20 || byte == separator else { break }
            offset &+= 1
        }
        return offset
    }

    private func value(at start: Int) -> Found {
        let kind = JSONValue.Kind(firstByte: self.bytes[start])
        let end =
            switch kind {
            case .string: self.string(at: start).end
            case .array, .object: self.containerEnd(start)
            case .null, .bool, .number: self.scalarEnd(start)
            }
        return Found(range: start..<end, kind: kind)
    }

    /// The string whose opening quote is at `start`; its end is behind the closing one.
    private func string(at start: Int) -> (end: Int, hasEscapes: Bool) {
        var offset = start &+ 1
        var hasEscapes = false
        while true {
            offset = ByteScan.firstQuoteOrBackslash(in: self.bytes, from: offset)
            guard offset < self.end else { return (self.end, hasEscapes) }
            if self.bytes[offset] == UInt8(ascii: "\"") { return (offset &+ 1, hasEscapes) }
            hasEscapes = true
            offset &+= 2
        }
    }

    private func scalarEnd(_ start: Int) -> Int {
        var offset = start &+ 1
        while offset < self.end {
            switch self.bytes[offset] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...0x20: return offset
            default: offset &+= 1
            }
        }
        return offset
    }

    private func containerEnd(_ start: Int) -> Int {
        var offset = start
        var depth = 0
        while offset < self.end {
            switch self.bytes[offset] {
            case UInt8(ascii: "\""):
                offset = self.string(at: offset).end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth &-= 1
                if depth == 0 { return offset &+ 1 }
            default:
                break
            }
            offset &+= 1
        }
        return self.end
    }
}
