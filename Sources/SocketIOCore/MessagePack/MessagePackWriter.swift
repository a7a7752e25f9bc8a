// Licensed under the MIT licence.

package import NIOCore

/// Writes MessagePack, every value in the shortest form there is for it.
///
/// Source: the MessagePack specification, "Formats"; which form whole numbers take as in `lib/encode.js` of notepack.io 2.2:
/// unsigned ones unless the number is negative.
package struct MessagePackWriter: Sendable {
    /// What has been written.
    package private(set) var bytes: ByteBuffer

    /// Makes a writer with room for `capacity` bytes; it grows.
    package init(capacity: Int = 0) {
        self.bytes = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// Writes nil.
    package mutating func writeNull() {
        self.bytes.writeInteger(0xc0 as UInt8)
    }

    /// Writes true or false.
    package mutating func write(_ value: Bool) {
        self.bytes.writeInteger((value ? 0xc3 : 0xc2) as UInt8)
    }

    /// Writes a whole number that is not negative.
    package mutating func write(_ number: UInt64) {
        switch number {
        case 0..<0x80: self.bytes.writeInteger(UInt8(truncatingIfNeeded: number))
        case 0..<0x100: self.bytes.writeMultipleIntegers(0xcc as UInt8, UInt8(truncatingIfNeeded: number))
        case 0..<0x1_0000: self.bytes.writeMultipleIntegers(0xcd as UInt8, UInt16(truncatingIfNeeded: number))
        case 0..<0x1_0000_0000: self.bytes.writeMultipleIntegers(0xce as UInt8, UInt32(truncatingIfNeeded: number))
        default: self.bytes.writeMultipleIntegers(0xcf as UInt8, number)
        }
    }

    /// Writes a whole number.
    package mutating func write(_ number: Int64) {
        switch number {
        case 0...: self.write(UInt64(number))
        case -0x20..<0: self.bytes.writeInteger(Int8(truncatingIfNeeded: number))
        case -0x80..<0: self.bytes.writeMultipleIntegers(0xd0 as UInt8, Int8(truncatingIfNeeded: number))
        case -0x8000..<0: self.bytes.writeMultipleIntegers(0xd1 as UInt8, Int16(truncatingIfNeeded: number))
        case -0x8000_0000..<0: self.bytes.writeMultipleIntegers(0xd2 as UInt8, Int32(truncatingIfNeeded: number))
        default: self.bytes.writeMultipleIntegers(0xd3 as UInt8, number)
        }
    }

    /// Writes a number in eight bytes, whole or not.
    package mutating func write(_ number: Double) {
        self.bytes.writeMultipleIntegers(0xcb as UInt8, number.bitPattern)
    }

    /// Writes a string.
    package mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { self.write(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// Writes a string given as UTF-8, which is not checked.
    package mutating func write(utf8 text: UnsafeRawBufferPointer) {
        switch text.count {
        case 0..<0x20: self.bytes.writeInteger(0xa0 | UInt8(truncatingIfNeeded: text.count))
        case 0..<0x100: self.bytes.writeMultipleIntegers(0xd9 as UInt8, UInt8(truncatingIfNeeded: text.count))
        case 0..<0x1_0000: self.bytes.writeMultipleIntegers(0xda as UInt8, UInt16(truncatingIfNeeded: text.count))
        default: self.bytes.writeMultipleIntegers(0xdb as UInt8, UInt32(truncatingIfNeeded: text.count))
        }
        self.bytes.writeBytes(text)
    }

    /// Writes bytes.
    package mutating func write(binary: ByteBuffer) {
        let count = binary.readableBytes
        switch count {
        case 0..<0x100: self.bytes.writeMultipleIntegers(0xc4 as UInt8, UInt8(truncatingIfNeeded: count))
        case 0..<0x1_0000: self.bytes.writeMultipleIntegers(0xc5 as UInt8, UInt16(truncatingIfNeeded: count))
        default: self.bytes.writeMultipleIntegers(0xc6 as UInt8, UInt32(truncatingIfNeeded: count))
        }
        self.bytes.writeImmutableBuffer(binary)
    }

    /// Begins an array: its `count` values are to follow.
    package mutating func writeArrayHeader(_ count: Int) {
        switch count {
        case 0..<0x10: self.bytes.writeInteger(0x90 | UInt8(truncatingIfNeeded: count))
        case 0..<0x1_0000: self.bytes.writeMultipleIntegers(0xdc as UInt8, UInt16(truncatingIfNeeded: count))
        default: self.bytes.writeMultipleIntegers(0xdd as UInt8, UInt32(truncatingIfNeeded: count))
        }
    }

    /// Begins a map: its `count` pairs of key and value are to follow.
    package mutating func writeMapHeader(_ count: Int) {
        switch count {
        case 0..<0x10: self.bytes.writeInteger(0x80 | UInt8(truncatingIfNeeded: count))
        case 0..<0x1_0000: self.bytes.writeMultipleIntegers(0xde as UInt8, UInt16(truncatingIfNeeded: count))
        default: self.bytes.writeMultipleIntegers(0xdf as UInt8, UInt32(truncatingIfNeeded: count))
        }
    }
}
