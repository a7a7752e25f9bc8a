// Licensed under the MIT licence.

/// Reads bytes once, from left to right, and says where the one JSON value in them lies (RFC 8259).
///
/// Theory of operation: the only state besides the position is, for each open array or object, which of the two it is:
/// one bit each. The 64 innermost live in a word; with a limit over 64, outer words are set aside in an array.
struct JSONValidator {
    let bytes: RawBytes
    let end: Int
    var position = 0
    private let maximumDepth: Int
    private var depth = 0
    /// Bit 0 is the innermost container: 1 for an object.
    private var containers: UInt64 = 0
    private var outerContainers: [UInt64] = []
    /// Where the last element of the outermost array starts.
    private var lastElement = 0

    init(_ bytes: RawBytes, maximumDepth: Int) {
        self.bytes = bytes
        self.end = bytes.count
        self.maximumDepth = maximumDepth
    }

    /// The one value, without the white space around it.
    mutating func validate() throws(JSONError) -> JSONScanner.Found {
        self.skipWhiteSpace()
        let start = self.position
        try self.value()
        let end = self.position
        self.skipWhiteSpace()
        guard self.position == self.end else { throw self.error(.trailing) }
        let kind = JSONValue.Kind(firstByte: self.byte(start))
        let lastElement = kind == .array ? self.lastElement &- start : 0
        return JSONScanner.Found(range: start..<end, kind: kind, lastElement: lastElement)
    }

    // MARK: Structure

    private mutating func value() throws(JSONError) {
        while true {
            // At the first byte of a value.
            switch try self.peek() {
            case UInt8(ascii: "\""):
                try self.string()
            case UInt8(ascii: "{"):
                try self.open(object: true)
                if try self.peekAfterWhiteSpace() != UInt8(ascii: "}") {
                    try self.key()
                    continue
                }
                self.close()
            case UInt8(ascii: "["):
                try self.open(object: false)
                if try self.peekAfterWhiteSpace() != UInt8(ascii: "]") {
                    if self.depth == 1 { self.lastElement = self.position }
                    continue
                }
                self.close()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try self.number()
            case UInt8(ascii: "t"):
                try self.literal("true")
            case UInt8(ascii: "f"):
                try self.literal("false")
            case UInt8(ascii: "n"):
                try self.literal("null")
            default:
                throw self.error(.syntax)
            }
            // After a value: close what ends here, stop at the next value or at the end of the outermost.
            next: while true {
                guard self.depth > 0 else { return }
                let byte = try self.peekAfterWhiteSpace()
                let inObject = self.containers & 1 == 1
                if byte == UInt8(ascii: ",") {
                    self.position &+= 1
                    let byte = try self.peekAfterWhiteSpace()
                    if inObject {
                        guard byte == UInt8(ascii: "\"") else { throw self.error(.syntax) }
                        try self.key()
                    } else if self.depth == 1 {
                        self.lastElement = self.position
                    }
                    break next
                }
                guard byte == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw self.error(.syntax) }
                self.close()
            }
        }
    }

    @inline(__always)
    private mutating func open(object: Bool) throws(JSONError) {
        guard self.depth < self.maximumDepth else { throw self.error(.depth) }
        if self.depth & 63 == 0, self.depth > 0 { self.outerContainers.append(self.containers) }
        self.depth &+= 1
        self.containers = self.containers &<< 1 | (object ? 1 : 0)
        self.position &+= 1
    }

    @inline(__always)
    private mutating func close() {
        self.depth &-= 1
        self.containers &>>= 1
        if self.depth & 63 == 0, self.depth > 0 { self.containers = self.outerContainers.popLast() ?? 0 }
        self.position &+= 1
    }

    /// A key and the colon after it; stops at the first byte of the member's value.
    private mutating func key() throws(JSONError) {
        guard try self.peek() == UInt8(ascii: "\"") else { throw self.error(.syntax) }
        try self.string()
        guard try self.peekAfterWhiteSpace() == UInt8(ascii: ":") else { throw self.error(.syntax) }
        self.position &+= 1
        self.skipWhiteSpace()
    }

    @inline(__always)
    private mutating func skipWhiteSpace() {
        while self.position < self.end {
            switch self.byte(self.position) {
            case 0x20, 0x0a, 0x0d, 0x09: self.position &+= 1
            default: return
            }
        }
    }

    @inline(__always)
    private mutating func peekAfterWhiteSpace() throws(JSONError) -> UInt8 {
        self.skipWhiteSpace()
        return try self.peek()
    }

    @inline(__always)
    func peek() throws(JSONError) -> UInt8 {
        guard self.position < self.end else { throw self.error(.end) }
        return self.byte(self.position)
    }

    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        self.bytes[offset]
    }

    @inline(__always)
    func error(_ code: JSONError.Code) -> JSONError { JSONError(code, offset: self.position) }
}
