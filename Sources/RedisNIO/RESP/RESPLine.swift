// Licensed under the MIT licence.

import NIOCore

/// A line of RESP without its end: a type and what follows it.
struct RESPLine {
    enum Parsed {
        case token(RESPToken)
        case stringFollows(RESPToken.StringType, length: Int)
    }

    let type: UInt8
    /// Where the text behind the type begins, in the view that is parsed.
    let offset: Int
    let length: Int

    func parse(in bytes: ByteBufferView) throws(RESPDecodingError) -> Parsed {
        switch self.type {
        case UInt8(ascii: "+"): return .token(try self.plain(.simple, in: bytes))
        case UInt8(ascii: "-"): return .token(try self.plain(.simpleError, in: bytes))
        case UInt8(ascii: ":"): return .token(.integer(try self.integer(in: bytes)))
        case UInt8(ascii: "$"): return try self.stringHead(.bulk, in: bytes)
        case UInt8(ascii: "!"): return try self.stringHead(.bulkError, in: bytes)
        case UInt8(ascii: "="): return try self.stringHead(.verbatim, in: bytes)
        case UInt8(ascii: "*"): return .token(try self.aggregateHead(.array, in: bytes))
        case UInt8(ascii: "~"): return .token(try self.aggregateHead(.set, in: bytes))
        case UInt8(ascii: "%"): return .token(try self.aggregateHead(.map, in: bytes))
        case UInt8(ascii: ">"): return .token(try self.aggregateHead(.push, in: bytes))
        case UInt8(ascii: "|"): return .token(try self.aggregateHead(.attribute, in: bytes))
        case UInt8(ascii: ","): return .token(.double(try self.double(in: bytes)))
        case UInt8(ascii: "#"): return .token(.boolean(try self.boolean(in: bytes)))
        case UInt8(ascii: "("): return .token(try self.bigNumber(in: bytes))
        case UInt8(ascii: "_"):
            guard self.length == 0 else { throw .malformedNull }
            return .token(.null)
        default:
            throw .unknownType(self.type)
        }
    }

    private func text(in bytes: ByteBufferView) -> ByteBufferView.SubSequence {
        let start = bytes.startIndex + self.offset
        return bytes[start..<(start + self.length)]
    }

    private func plain(_ type: RESPToken.StringType, in bytes: ByteBufferView) throws(RESPDecodingError) -> RESPToken {
        guard !self.text(in: bytes).contains(0x0D) else { throw .missingTerminator }
        return .string(type, offset: self.offset, length: self.length)
    }

    /// An optional sign and digits, within 64 bits.
    private func integer(in bytes: ByteBufferView) throws(RESPDecodingError) -> Int {
        var digits = self.text(in: bytes)
        var isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty, digits.count <= 19 else { throw .malformedInteger }
        // Counted below zero, where there is one number more.
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw .malformedInteger }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (difference, underflow) = product.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !overflow, !underflow else { throw .malformedInteger }
            number = difference
        }
        if isNegative { return number }
        guard number != Int.min else { throw .malformedInteger }
        return -number
    }

    /// A length that is not negative, or `nil` for the null of RESP2, `-1`.
    private func count(in bytes: ByteBufferView) throws(RESPDecodingError) -> Int? {
        let text = self.text(in: bytes)
        guard !text.elementsEqual("?".utf8) else { throw .streamedValue }
        let count = try self.integer(in: bytes)
        if count == -1 { return nil }
        guard count >= 0 else { throw .negativeLength }
        return count
    }

    private func stringHead(_ type: RESPToken.StringType, in bytes: ByteBufferView) throws(RESPDecodingError) -> Parsed
    {
        guard let length = try self.count(in: bytes) else {
            guard type == .bulk else { throw .negativeLength }
            return .token(.null)
        }
        return .stringFollows(type, length: length)
    }

    private func aggregateHead(
        _ type: RESPToken.AggregateType,
        in bytes: ByteBufferView
    ) throws(RESPDecodingError) -> RESPToken {
        guard let count = try self.count(in: bytes) else {
            guard type == .array else { throw .negativeLength }
            return .null
        }
        guard count <= Int(Int32.max) else { throw .tooManyElements }
        switch type {
        case .array, .set, .push: return .aggregate(type, parts: count)
        case .map: return .aggregate(type, parts: 2 * count)
        case .attribute: return .aggregate(type, parts: 2 * count + 1)
        }
    }

    private func double(in bytes: ByteBufferView) throws(RESPDecodingError) -> Double {
        let text = self.text(in: bytes)
        if text.elementsEqual("inf".utf8) || text.elementsEqual("+inf".utf8) { return .infinity }
        if text.elementsEqual("-inf".utf8) { return -.infinity }
        if text.elementsEqual("nan".utf8) || text.elementsEqual("-nan".utf8) { return .nan }
        // What the standard library takes beyond this, such as "0x1p3", is no number here.
        let isPlausible = text.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default:
                false
            }
        }
        guard isPlausible, let number = Double(String(decoding: text, as: UTF8.self)) else { throw .malformedDouble }
        return number
    }

    private func boolean(in bytes: ByteBufferView) throws(RESPDecodingError) -> Bool {
        let text = self.text(in: bytes)
        if text.elementsEqual("t".utf8) { return true }
        if text.elementsEqual("f".utf8) { return false }
        throw .malformedBoolean
    }

    private func bigNumber(in bytes: ByteBufferView) throws(RESPDecodingError) -> RESPToken {
        var digits = self.text(in: bytes)
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .malformedBigNumber
        }
        return .string(.bigNumber, offset: self.offset, length: self.length)
    }
}
