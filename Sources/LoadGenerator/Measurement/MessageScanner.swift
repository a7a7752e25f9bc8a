// Licensed under the MIT licence.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Finds the stamp and the `seq` in a received message by searching bytes.
///
/// Decoding JSON for every delivery would make the load tool dearer than the server that it measures. Messages of one
/// run look alike, so the places found last are tried first.
struct MessageScanner {
    private let marker: UInt64
    private var stampHint = 0
    private var sequenceHint = 0
    private var sequenceMisses = 0
    /// A server that has not numbered so many messages in a row numbers none.
    private static let maximumMisses = 1_000

    init(marker: UInt64) {
        self.marker = marker
    }

    /// The stamp of a message of this run; `nil` for any other text.
    @inline(__always)
    mutating func stamp(in text: UnsafeRawBufferPointer) -> MessageStamp? {
        let hint = self.stampHint
        if hint + 8 <= text.count, text.loadUnaligned(fromByteOffset: hint, as: UInt64.self) == self.marker {
            return MessageStamp(text, at: hint)
        }
        return self.searchStamp(in: text)
    }

    private mutating func searchStamp(in text: UnsafeRawBufferPointer) -> MessageStamp? {
        guard let base = text.baseAddress else { return nil }
        var offset = 0
        while offset + 8 <= text.count {
            guard let found = memchr(base + offset, Int32(UInt8(ascii: "~")), text.count - offset - 7) else {
                return nil
            }
            offset = UnsafeRawPointer(found) - base
            if text.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == self.marker {
                self.stampHint = offset
                return MessageStamp(text, at: offset)
            }
            offset += 1
        }
        return nil
    }

    /// The value of the first member `"seq"`; `nil` for servers that number nothing.
    @inline(__always)
    mutating func sequence(in text: UnsafeRawBufferPointer) -> UInt64? {
        guard let position = self.sequencePosition(in: text) else { return nil }
        var index = position
        if index < text.count, text[index] == UInt8(ascii: " ") { index += 1 }
        var value: UInt64 = 0
        var digits = 0
        while index < text.count, digits < 19 {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value &* 10 &+ UInt64(digit)
            digits += 1
            index += 1
        }
        return digits > 0 ? value : nil
    }

    /// Where the value starts.
    @inline(__always)
    private mutating func sequencePosition(in text: UnsafeRawBufferPointer) -> Int? {
        let hint = self.sequenceHint
        if hint + 6 <= text.count, Self.isSequenceKey(text, at: hint) { return hint + 6 }
        return self.searchSequence(in: text)
    }

    private mutating func searchSequence(in text: UnsafeRawBufferPointer) -> Int? {
        guard self.sequenceMisses < Self.maximumMisses, let base = text.baseAddress else { return nil }
        var offset = 0
        while offset + 6 <= text.count {
            guard let found = memchr(base + offset, Int32(UInt8(ascii: "\"")), text.count - offset - 5) else { break }
            offset = UnsafeRawPointer(found) - base
            if Self.isSequenceKey(text, at: offset) {
                self.sequenceHint = offset
                self.sequenceMisses = 0
                return offset + 6
            }
            offset += 1
        }
        self.sequenceMisses += 1
        return nil
    }

    @inline(__always)
    private static func isSequenceKey(_ text: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        // `"seq` and `":` as little-endian words.
        UInt32(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) == 0x7165_7322
            && UInt16(littleEndian: text.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)) == 0x3A22
    }
}
