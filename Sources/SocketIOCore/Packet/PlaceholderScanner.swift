// Licensed under the MIT licence.

/// Finds the placeholders in valid JSON, in one pass and without recursion.
///
/// Arrays need no attention: a placeholder is known by the members of one object, and a string followed by a colon is a
/// key of the innermost object that is open. Bytes that are not JSON give meaningless finds, but neither a trap nor an
/// endless loop.
struct PlaceholderScanner {
    struct Placeholder {
        /// The value of the member `num` if it is digits and nothing else.
        var index: Int?
        /// Where that value stands; empty if there is none.
        var number: Range<Int>
    }

    private struct OpenObject {
        var isPlaceholder = false
        var number = 0..<0
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var open: [OpenObject] = []

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next placeholder, in the order in which their objects end.
    mutating func next() -> Placeholder? {
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                self.string()
            case UInt8(ascii: "{"):
                self.open.append(OpenObject())
                self.position += 1
            case UInt8(ascii: "}"):
                self.position += 1
                if let object = self.open.popLast(), object.isPlaceholder {
                    return Placeholder(index: self.index(object.number), number: object.number)
                }
            default:
                self.position += 1
            }
        }
        return nil
    }

    /// Goes past a string; if it is a key of interest, notes the value behind it, and stops in front of that value.
    private mutating func string() {
        let start = self.position + 1
        var end = start
        while end < self.bytes.count, self.bytes[end] != UInt8(ascii: "\"") {
            end += self.bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        self.position = min(end + 1, self.bytes.count)
        let colon = self.bytes.skippingWhiteSpace(from: self.position)
        guard colon < self.bytes.count, self.bytes[colon] == UInt8(ascii: ":") else { return }
        guard let top = self.open.indices.last else { return }
        let value = self.bytes.skippingWhiteSpace(from: colon + 1)
        self.position = value
        guard value < self.bytes.count else { return }
        let key = start..<end
        if self.isKey(key, "_placeholder") {
            self.open[top].isPlaceholder = self.bytes[value] == UInt8(ascii: "t")
        } else if self.isKey(key, "num") {
            var valueEnd = value
            switch self.bytes[value] {
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                while valueEnd < self.bytes.count, !self.bytes.isEndOfNumber(at: valueEnd) { valueEnd += 1 }
            default: break
            }
            self.open[top].number = value..<valueEnd
        }
    }

    /// The number as an index; nine digits are more than any packet has attachments.
    private func index(_ number: Range<Int>) -> Int? {
        guard 1...9 ~= number.count else { return nil }
        var index = 0
        for byte in self.bytes[number] {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            index = index * 10 + Int(digit)
        }
        return index
    }

    /// Whether the inside of a string is `expected`, which is ASCII without anything that must be escaped.
    private func isKey(_ range: Range<Int>, _ expected: StaticString) -> Bool {
        guard range.count >= expected.utf8CodeUnitCount, range.upperBound <= self.bytes.count else { return false }
        var position = range.lowerBound
        for character in UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount) {
            guard position < range.upperBound else { return false }
            if self.bytes[position] == character {
                position += 1
            } else if self.escapedCharacter(at: position, before: range.upperBound) == UInt16(character) {
                position += 6
            } else {
                return false
            }
        }
        return position == range.upperBound
    }

    /// The code unit that `\uXXXX` at `position` stands for; no shorter escape stands for a character of our keys.
    private func escapedCharacter(at position: Int, before end: Int) -> UInt16? {
        guard
            position + 6 <= end,
            self.bytes[position] == UInt8(ascii: "\\"),
            self.bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for byte in self.bytes[position + 2..<position + 6] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
