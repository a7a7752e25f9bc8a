// Licensed under the MIT licence.

/// A second reading of RFC 8259, as plain as it can be, to judge the first by: it recurses, copies and looks at one
/// byte at a time, and leaves UTF-8 to the standard library.
struct ReferenceJSON {
    private var rest: ArraySlice<UInt8>
    private let maximumDepth: Int

    static func accepts(_ bytes: [UInt8], maximumDepth: Int = 64) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var parser = ReferenceJSON(rest: bytes[...], maximumDepth: maximumDepth)
        return parser.value(depth: 0) && parser.rest.isEmpty
    }

    /// A value and the white space around it.
    private mutating func value(depth: Int) -> Bool {
        self.whiteSpace()
        defer { self.whiteSpace() }
        if self.take("{") { return self.list(depth: depth + 1, end: "}") { $0.member(depth: depth + 1) } }
        if self.take("[") { return self.list(depth: depth + 1, end: "]") { $0.value(depth: depth + 1) } }
        if self.rest.first == UInt8(ascii: "\"") { return self.string() }
        return self.take("true") || self.take("false") || self.take("null") || self.number()
    }

    private mutating func list(depth: Int, end: String, item: (inout Self) -> Bool) -> Bool {
        guard depth <= self.maximumDepth else { return false }
        self.whiteSpace()
        if self.take(end) { return true }
        repeat {
            guard item(&self) else { return false }
        } while self.take(",")
        return self.take(end)
    }

    private mutating func member(depth: Int) -> Bool {
        self.whiteSpace()
        guard self.string() else { return false }
        self.whiteSpace()
        return self.take(":") && self.value(depth: depth)
    }

    private mutating func string() -> Bool {
        guard self.take("\"") else { return false }
        while let byte = self.rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case 0..<0x20: return false
            case UInt8(ascii: "\\"):
                guard let letter = self.rest.popFirst() else { return false }
                if letter == UInt8(ascii: "u") {
                    let digits = self.rest.prefix(4)
                    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                        return false
                    }
                    self.rest.removeFirst(4)
                } else if !"\"\\/bfnrt".utf8.contains(letter) {
                    return false
                }
            default: break
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = self.take("-")
        if !self.take("0") {
            guard self.digits() else { return false }
        }
        if self.take(".") {
            guard self.digits() else { return false }
        }
        if self.take("e") || self.take("E") {
            _ = self.take("+") || self.take("-")
            return self.digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let digits = self.rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        self.rest = self.rest.dropFirst(digits.count)
        return !digits.isEmpty
    }

    private mutating func whiteSpace() {
        self.rest = self.rest.drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
    }

    private mutating func take(_ text: String) -> Bool {
        guard self.rest.starts(with: text.utf8) else { return false }
        self.rest = self.rest.dropFirst(text.utf8.count)
        return true
    }
}
