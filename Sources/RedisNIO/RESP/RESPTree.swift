// Licensed under the MIT licence.

import NIOCore

/// Makes the value of a complete reply's tokens, as slices of its bytes.
///
/// It goes as deep into itself as the reply is nested, which the decoder has bounded.
struct RESPTree {
    private let tokens: [RESPToken]
    private let bytes: ByteBuffer
    private var index = 0

    init(tokens: [RESPToken], bytes: ByteBuffer) {
        self.tokens = tokens
        self.bytes = bytes
    }

    mutating func value() -> RESPValue {
        // The decoder only hands over what is complete.
        guard self.index < self.tokens.count else { return .null }
        let token = self.tokens[self.index]
        self.index += 1
        guard case .aggregate(let type, let parts) = token else { return Self.scalar(token, in: self.bytes) }
        switch type {
        case .array: return .array(self.values(parts))
        case .set: return .set(self.values(parts))
        case .push: return .push(self.values(parts))
        case .map: return .map(self.entries(parts / 2))
        case .attribute:
            let attributes = self.entries(parts / 2)
            return .attributed(attributes, self.value())
        }
    }

    private mutating func values(_ count: Int) -> [RESPValue] {
        var values: [RESPValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(self.value()) }
        return values
    }

    private mutating func entries(_ count: Int) -> [RESPEntry] {
        var entries: [RESPEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let key = self.value()
            entries.append(RESPEntry(key: key, value: self.value()))
        }
        return entries
    }

    static func scalar(_ token: RESPToken, in bytes: ByteBuffer) -> RESPValue {
        switch token {
        case .integer(let number): return .integer(number)
        case .double(let number): return .double(number)
        case .boolean(let flag): return .boolean(flag)
        case .null, .aggregate: return .null
        case .string(let type, let offset, let length):
            var slice = bytes.getSlice(at: bytes.readerIndex + offset, length: length) ?? ByteBuffer()
            switch type {
            case .simple: return .simpleString(slice)
            case .bulk: return .bulkString(slice)
            case .simpleError: return .simpleError(slice)
            case .bulkError: return .bulkError(slice)
            case .bigNumber: return .bigNumber(slice)
            case .verbatim:
                let format = slice.readString(length: 3) ?? ""
                slice.moveReaderIndex(forwardBy: 1)
                return .verbatimString(format: format, slice)
            }
        }
    }
}
