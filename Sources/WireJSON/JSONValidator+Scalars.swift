// Licensed under the MIT licence.

// Each of these starts at the first byte of a string, number or literal and stops after its last.
extension JSONValidator {
    mutating func string() throws(JSONError) {
        self.position &+= 1
        while true {
            self.position = ByteScan.firstSpecial(in: self.bytes, from: self.position)
            switch try self.peek() {
            case UInt8(ascii: "\""):
                self.position &+= 1
                return
            case UInt8(ascii: "\\"):
                try self.escape()
            case 0..<0x20:
                throw self.error(.control)
            default:
                try self.nonASCII()
            }
        }
    }

    /// RFC 8259 §7.
    ///
    /// The four digits after `\u` may be any: half of a surrogate pair is text to JSON's grammar.
    private mutating func escape() throws(JSONError) {
        self.position &+= 1
        switch try self.peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position &+= 1
        case UInt8(ascii: "u"):
            self.position &+= 1
            for _ in 0..<4 {
                switch try self.peek() {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    self.position &+= 1
                default:
                    throw self.error(.escape)
                }
            }
        default:
            throw self.error(.escape)
        }
    }

    /// A run of characters outside ASCII.
    ///
    /// What is wrong is reported at the first byte of its sequence.
    private mutating func nonASCII() throws(JSONError) {
        var position = self.position
        while position < self.end {
            if self.byte(position) < 0x80 {
                // A single space between two words is not worth going back to the search by blocks.
                guard
                    self.byte(position) == 0x20, position &+ 1 < self.end, self.byte(position &+ 1) >= 0x80
                else { break }
                position &+= 1
            }
            let length = UTF8Sequence.length(in: self.bytes, at: position)
            guard length > 0 else {
                self.position = position
                throw self.error(.utf8)
            }
            position &+= length
        }
        self.position = position
    }

    /// RFC 8259 §6.
    mutating func number() throws(JSONError) {
        if self.byte(self.position) == UInt8(ascii: "-") { self.position &+= 1 }
        if try self.peek() == UInt8(ascii: "0") {
            self.position &+= 1
            if self.isAtDigit { throw self.error(.number) }
        } else {
            try self.digits()
        }
        if self.position < self.end, self.byte(self.position) == UInt8(ascii: ".") {
            self.position &+= 1
            try self.digits()
        }
        if self.position < self.end, self.byte(self.position) | 0x20 == UInt8(ascii: "e") {
            self.position &+= 1
            let sign = try self.peek()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { self.position &+= 1 }
            try self.digits()
        }
    }

    /// One digit or more.
    private mutating func digits() throws(JSONError) {
        guard self.isAtDigit else {
            throw self.error(self.position < self.end ? .number : .end)
        }
        repeat { self.position &+= 1 } while self.isAtDigit
    }

    private var isAtDigit: Bool {
        self.position < self.end && self.byte(self.position) &- UInt8(ascii: "0") < 10
    }

    mutating func literal(_ expected: StaticString) throws(JSONError) {
        for index in 0..<expected.utf8CodeUnitCount {
            guard try self.peek() == expected.utf8Start[index] else { throw self.error(.literal) }
            self.position &+= 1
        }
    }
}
