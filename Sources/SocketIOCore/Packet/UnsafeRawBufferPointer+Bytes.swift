// Licensed under the MIT licence.

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes; several times faster than `elementsEqual` on the short names it is used for.
    @inline(__always)
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard self.count == other.count else { return false }
        for index in 0..<self.count where self[index] != other[index] { return false }
        return true
    }

    /// The offset of the first byte from `offset` on that is not JSON white space; `count` if there is none.
    @inline(__always)
    func skippingWhiteSpace(from offset: Int) -> Int {
        var offset = offset
        while offset < self.count {
            switch self[offset] {
            case 0x20, 0x0a, 0x0d, 0x09: offset += 1
            default: return offset
            }
        }
        return offset
    }

    /// Whether the byte at `offset` cannot belong to a number that began before it.
    @inline(__always)
    func isEndOfNumber(at offset: Int) -> Bool {
        switch self[offset] {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0a, 0x0d, 0x09: true
        default: false
        }
    }
}
