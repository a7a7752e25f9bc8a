// Licensed under the MIT licence.

package import NIOCore

/// Reads MessagePack token by token, each from where the last one ended.
///
/// A container is one token, its count; the values in it are the tokens that follow. Nothing is copied: strings and binary
/// data are ranges of the bytes, counted from the first readable one. Every length and count is compared with what is left
/// before it is believed (no value is shorter than a byte), so whatever a caller sets aside for it is bounded by the input.
/// How deep containers nest is the caller's to bound; ``skip()`` does not recurse. After an error the reader is of no more
/// use.
///
/// Source: the MessagePack specification (github.com/msgpack/msgpack, spec.md), "Formats".
package struct MessagePackReader: Sendable {
    /// A value, or the beginning of a container.
    package enum Token: Sendable, Equatable {
        /// Nothing.
        case null
        /// True or false.
        case bool(Bool)
        /// A whole number, signed or not on the wire.
        case integer(Int64)
        /// A whole number beyond what `Int64` can hold.
        case large(UInt64)
        /// A number of either floating-point width.
        case double(Double)
        /// Text, not checked yet: see ``MessagePackReader/text(_:)``.
        case string(Range<Int>)
        /// Bytes.
        case binary(Range<Int>)
        /// So many values follow.
        case array(Int)
        /// So many pairs of key and value follow.
        case map(Int)
        /// Bytes of an application's type; `isFixed` tells the forms whose length is in their first byte.
        case `extension`(type: Int8, Range<Int>, isFixed: Bool)
    }

    /// What is read.
    package let bytes: ByteBuffer
    /// How much has been read.
    package private(set) var offset = 0

    /// Reads the readable bytes, which are shared, not copied.
    package init(_ bytes: ByteBuffer) {
        self.bytes = bytes
    }

    /// How many bytes are left.
    package var remaining: Int { self.bytes.readableBytes - self.offset }

    /// Reads the next token.
    package mutating func next() throws(MessagePackError) -> Token {
        let start = self.offset
        let first: UInt8 = try self.integer(start)
        switch first {
        case 0x00...0x7f: return .integer(Int64(first))
        case 0x80...0x8f: return try self.map(first & 0x0f, start)
        case 0x90...0x9f: return try self.array(first & 0x0f, start)
        case 0xa0...0xbf: return .string(try self.take(first & 0x1f, start))
        case 0xc0: return .null
        case 0xc2: return .bool(false)
        case 0xc3: return .bool(true)
        case 0xc4: return .binary(try self.take(try self.integer(start) as UInt8, start))
        case 0xc5: return .binary(try self.take(try self.integer(start) as UInt16, start))
        case 0xc6: return .binary(try self.take(try self.integer(start) as UInt32, start))
        case 0xc7: return try self.extension(try self.integer(start) as UInt8, isFixed: false, start)
        case 0xc8: return try self.extension(try self.integer(start) as UInt16, isFixed: false, start)
        case 0xc9: return try self.extension(try self.integer(start) as UInt32, isFixed: false, start)
        case 0xca: return .double(Double(Float(bitPattern: try self.integer(start))))
        case 0xcb: return .double(Double(bitPattern: try self.integer(start)))
        case 0xcc: return .integer(Int64(try self.integer(start) as UInt8))
        case 0xcd: return .integer(Int64(try self.integer(start) as UInt16))
        case 0xce: return .integer(Int64(try self.integer(start) as UInt32))
        case 0xcf:
            let number: UInt64 = try self.integer(start)
            return Int64(exactly: number).map { .integer($0) } ?? .large(number)
        case 0xd0: return .integer(Int64(try self.integer(start) as Int8))
        case 0xd1: return .integer(Int64(try self.integer(start) as Int16))
        case 0xd2: return .integer(Int64(try self.integer(start) as Int32))
        case 0xd3: return .integer(try self.integer(start))
        case 0xd4...0xd8: return try self.extension(1 as UInt8 &<< (first &- 0xd4), isFixed: true, start)
        case 0xd9: return .string(try self.take(try self.integer(start) as UInt8, start))
        case 0xda: return .string(try self.take(try self.integer(start) as UInt16, start))
        case 0xdb: return .string(try self.take(try self.integer(start) as UInt32, start))
        case 0xdc: return try self.array(try self.integer(start) as UInt16, start)
        case 0xdd: return try self.array(try self.integer(start) as UInt32, start)
        case 0xde: return try self.map(try self.integer(start) as UInt16, start)
        case 0xdf: return try self.map(try self.integer(start) as UInt32, start)
        case 0xe0...0xff: return .integer(Int64(Int8(bitPattern: first)))
        default: throw MessagePackError(.reserved, offset: start)
        }
    }

    /// Passes over the next value and all that it holds, in time that is in proportion to its length.
    package mutating func skip() throws(MessagePackError) {
        let start = self.offset
        var pending = 1
        while pending > 0 {
            pending -= 1
            switch try self.next() {
            case .array(let count): pending += count
            case .map(let count): pending += 2 * count
            case .null, .bool, .integer, .large, .double, .string, .binary, .extension: break
            }
            guard pending <= self.remaining else { throw MessagePackError(.end, offset: start) }
        }
    }

    // MARK: Parts

    private mutating func integer<Number: FixedWidthInteger>(_ start: Int) throws(MessagePackError) -> Number {
        guard let number: Number = self.bytes.getInteger(at: self.bytes.readerIndex + self.offset) else {
            throw MessagePackError(.end, offset: start)
        }
        self.offset += MemoryLayout<Number>.size
        return number
    }

    private mutating func take(_ count: some FixedWidthInteger, _ start: Int) throws(MessagePackError) -> Range<Int> {
        guard count <= self.remaining else { throw MessagePackError(.end, offset: start) }
        let begin = self.offset
        self.offset += Int(count)
        return begin..<self.offset
    }

    private func array(_ count: some FixedWidthInteger, _ start: Int) throws(MessagePackError) -> Token {
        guard count <= self.remaining else { throw MessagePackError(.end, offset: start) }
        return .array(Int(count))
    }

    private func map(_ count: some FixedWidthInteger, _ start: Int) throws(MessagePackError) -> Token {
        guard count <= self.remaining / 2 else { throw MessagePackError(.end, offset: start) }
        return .map(Int(count))
    }

    private mutating func `extension`(
        _ count: some FixedWidthInteger,
        isFixed: Bool,
        _ start: Int
    ) throws(MessagePackError) -> Token {
        let type: Int8 = try self.integer(start)
        return .extension(type: type, try self.take(count, start), isFixed: isFixed)
    }
}
