// Licensed under the MIT licence.

import NIOCore
import SocketIOCore

/// Values that may be of several kinds, for what writes them is many.
extension MessagePackReader {
    mutating func token() throws(RedisWireError) -> Token {
        do throws(MessagePackError) {
            return try self.next()
        } catch {
            throw RedisWireError(.malformed)
        }
    }

    /// Passes over a value.
    mutating func pass() throws(RedisWireError) {
        do throws(MessagePackError) {
            try self.skip()
        } catch {
            throw RedisWireError(.malformed)
        }
    }

    /// A string, which old packers write as bytes; anything else is passed over.
    mutating func range() throws(RedisWireError) -> Range<Int>? {
        let start = self
        switch try self.token() {
        case .string(let range), .binary(let range):
            return range
        default:
            self = start
            try self.pass()
            return nil
        }
    }

    /// A string, or a number as JavaScript writes it; anything else is passed over.
    mutating func textIfAny() throws(RedisWireError) -> String? {
        let start = self
        switch try self.token() {
        case .string(let range), .binary(let range):
            do throws(MessagePackError) {
                return try self.text(range)
            } catch {
                throw RedisWireError(.malformed)
            }
        case .integer(let number): return String(number)
        case .large(let number): return String(number)
        case .double(let number): return Int64(exactly: number).map { String($0) } ?? String(number)
        case .null, .bool, .extension, .array, .map:
            self = start
            try self.pass()
            return nil
        }
    }

    /// A whole number; anything else is passed over.
    mutating func numberIfAny() throws(RedisWireError) -> Int64? {
        let start = self
        switch try self.token() {
        case .integer(let number): return number
        case .double(let number): return Int64(exactly: number)
        default:
            self = start
            try self.pass()
            return nil
        }
    }

    /// The count of a map; anything else is passed over.
    mutating func mapIfAny() throws(RedisWireError) -> Int? {
        let start = self
        if case .map(let count) = try self.token() { return count }
        self = start
        try self.pass()
        return nil
    }
}
