// Licensed under the MIT licence.

/// What must be known of JSON before it can be written in a form that counts: how many values there are, and how many each
/// array and object holds.
///
/// Made in one pass and without recursion from one value, or several joined by commas. The JSON is taken to be valid; of
/// other bytes it makes a meaningless outline, but neither a trap nor an endless loop.
struct JSONOutline {
    /// An array or an object.
    ///
    /// Two bytes of JSON can be one, so it is kept small; a buffer's indices are 32 bits wide.
    struct Container {
        /// How many values, or pairs of key and value, it holds.
        var count: UInt32 = 0
        /// Which attachment it stands for, if it is a placeholder; -1 otherwise.
        var attachment: Int32 = -1
        /// Behind its closing bracket.
        var end: UInt32
        /// The next container that is not inside this one.
        var next: UInt32 = .max
        /// The container that it is in; -1 at the outermost level.
        var parent: Int32
    }

    /// How many values there are side by side at the outermost level.
    private(set) var valueCount = 0
    /// In the order in which they begin.
    private(set) var containers: [Container] = []

    /// Outlines `bytes`; looks for placeholders if there are attachments.
    init(_ bytes: UnsafeRawBufferPointer, attachmentCount: Int) {
        var placeholders = attachmentCount > 0 ? Self.placeholders(in: bytes, attachmentCount)[...] : []
        var top = -1
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09, UInt8(ascii: ":"):
                position += 1
            case UInt8(ascii: ","):
                if top < 0 { self.valueCount += 1 } else { self.containers[top].count += 1 }
                position += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                self.valueBegan(in: top)
                self.containers.append(Container(end: UInt32(clamping: bytes.count), parent: Int32(clamping: top)))
                top = self.containers.count - 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                position += 1
                guard top >= 0 else { continue }
                self.containers[top].end = UInt32(clamping: position)
                self.containers[top].next = UInt32(clamping: self.containers.count)
                top = Int(self.containers[top].parent)
            case UInt8(ascii: "\""):
                self.valueBegan(in: top)
                position = bytes.endOfJSONString(at: position).end
            default:
                self.valueBegan(in: top)
                while let first = placeholders.first, first.number <= position {
                    placeholders.removeFirst()
                    if first.number == position, top >= 0 {
                        self.containers[top].attachment = Int32(clamping: first.index)
                    }
                }
                position = bytes.endOfJSONScalar(at: position)
            }
        }
    }

    /// The first value of a container has no comma in front of it.
    private mutating func valueBegan(in top: Int) {
        if top < 0 {
            self.valueCount = max(self.valueCount, 1)
        } else {
            self.containers[top].count = max(self.containers[top].count, 1)
        }
    }

    /// Where the numbers of the placeholders stand that refer to an attachment, from left to right.
    private static func placeholders(
        in bytes: UnsafeRawBufferPointer,
        _ attachmentCount: Int
    ) -> [(number: Int, index: Int)] {
        var found: [(number: Int, index: Int)] = []
        var scanner = PlaceholderScanner(bytes)
        while let placeholder = scanner.next() {
            guard let index = placeholder.index, index < attachmentCount else { continue }
            found.append((placeholder.number.lowerBound, index))
        }
        // An object is found where it ends, so one inside another comes first although its number may stand later.
        found.sort { $0.number < $1.number }
        return found
    }
}

extension UnsafeRawBufferPointer {
    /// Behind the closing quote of the string whose opening one is at `start`, and whether anything in it is escaped.
    func endOfJSONString(at start: Int) -> (end: Int, hasEscapes: Bool) {
        var offset = start + 1
        var hasEscapes = false
        while offset < self.count {
            switch self[offset] {
            case UInt8(ascii: "\""):
                return (offset + 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                offset += 2
            default:
                offset += 1
            }
        }
        return (self.count, hasEscapes)
    }

    /// Behind the number or literal that starts at `start`.
    func endOfJSONScalar(at start: Int) -> Int {
        var offset = start + 1
        while offset < self.count, !self.isEndOfNumber(at: offset) { offset += 1 }
        return offset
    }
}
