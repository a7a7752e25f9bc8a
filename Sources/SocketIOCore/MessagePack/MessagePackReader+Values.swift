// Licensed under the MIT licence.

package import NIOCore

/// What the ranges of tokens mean.
extension MessagePackReader {
    /// What an extension stands for.
    ///
    /// Sources: `lib/encode.js` and `lib/decode.js` of notepack.io 2.2, which gives type 0 several meanings; the MessagePack
    /// specification, "Timestamp extension type".
    package enum Extension: Sendable, Equatable {
        /// JavaScript's `undefined`: `d4 00 00`.
        case undefined
        /// Bytes that were no `Buffer` to the sender: type 0 in any form but the two that mean something else.
        case binary(Range<Int>)
        /// A moment: type 0 in eight bytes, or the official type −1; `nil` beyond what JavaScript's dates can hold.
        case date(JavaScriptDate?)
        /// Anything else.
        case other
    }

    /// The same bytes as a buffer of their own, shared, not copied.
    package func slice(_ range: Range<Int>) -> ByteBuffer {
        self.bytes.getSlice(at: self.bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    /// The text of a string.
    package func text(_ range: Range<Int>) throws(MessagePackError) -> String {
        let text = self.bytes.withUnsafeReadableBytes { bytes in
            String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        }
        guard let text else { throw MessagePackError(.utf8, offset: range.lowerBound) }
        return text
    }

    /// Whether the bytes are those of `expected`; allocates nothing.
    package func isText(_ range: Range<Int>, _ expected: StaticString) -> Bool {
        guard range.count == expected.utf8CodeUnitCount else { return false }
        return self.bytes.withUnsafeReadableBytes { bytes in
            expected.withUTF8Buffer {
                UnsafeRawBufferPointer($0).hasSameBytes(as: UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
        }
    }

    /// Whether the next value is JavaScript's `undefined`, which is then passed over.
    package mutating func takeUndefined() throws(MessagePackError) -> Bool {
        let start = self.bytes.readerIndex + self.offset
        guard
            let head: UInt16 = self.bytes.getInteger(at: start), head == 0xd400,
            self.remaining >= 3
        else { return false }
        try self.skip()
        return true
    }

    /// Says what an extension stands for.
    package func meaning(
        ofExtension type: Int8,
        _ range: Range<Int>,
        isFixed: Bool
    ) throws(MessagePackError) -> Extension {
        switch (type, range.count) {
        case (0, 1) where isFixed: return .undefined
        case (0, 8) where isFixed: return .date(JavaScriptDate(milliseconds: self.integer(range.lowerBound)))
        case (0, _): return .binary(range)
        case (-1, 4):
            let seconds: UInt32 = self.integer(range.lowerBound)
            return .date(JavaScriptDate(seconds: Int64(seconds), nanoseconds: 0))
        case (-1, 8):
            let both: UInt64 = self.integer(range.lowerBound)
            return try self.date(Int64(both & 0x3_ffff_ffff), UInt32(both &>> 34), range)
        case (-1, 12):
            let nanoseconds: UInt32 = self.integer(range.lowerBound)
            return try self.date(self.integer(range.lowerBound + 4), nanoseconds, range)
        case (-1, _):
            throw MessagePackError(.timestamp, offset: range.lowerBound)
        default:
            return .other
        }
    }

    private func date(
        _ seconds: Int64,
        _ nanoseconds: UInt32,
        _ range: Range<Int>
    ) throws(MessagePackError) -> Extension {
        guard nanoseconds < 1_000_000_000 else { throw MessagePackError(.timestamp, offset: range.lowerBound) }
        return .date(JavaScriptDate(seconds: seconds, nanoseconds: nanoseconds))
    }

    /// A number in bytes that a token has found to be there.
    private func integer<Number: FixedWidthInteger>(_ offset: Int) -> Number {
        self.bytes.getInteger(at: self.bytes.readerIndex + offset) ?? 0
    }
}
