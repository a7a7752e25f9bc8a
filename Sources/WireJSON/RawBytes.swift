// Licensed under the MIT licence.

/// Bytes in memory, valid while whoever made this holds them: an `UnsafeRawBufferPointer` that always has an address.
///
/// Bounds are checked in debug builds only; every caller compares with ``count`` first.
struct RawBytes {
    let base: UnsafeRawPointer
    let count: Int

    @inline(__always)
    init(_ buffer: UnsafeRawBufferPointer) {
        // A buffer without bytes may have no address; nothing is ever read through the one used instead.
        self.base = buffer.baseAddress ?? UnsafeRawPointer(("" as StaticString).utf8Start)
        self.count = buffer.baseAddress == nil ? 0 : buffer.count
    }

    @inline(__always)
    private init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    @inline(__always)
    subscript(offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < self.count)
        return self.base.load(fromByteOffset: offset, as: UInt8.self)
    }

    @inline(__always)
    subscript(range: Range<Int>) -> RawBytes {
        assert(range.lowerBound >= 0 && range.upperBound <= self.count)
        return RawBytes(base: self.base + range.lowerBound, count: range.upperBound &- range.lowerBound)
    }

    /// A number in the machine's byte order, or a vector.
    @inline(__always)
    func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
        assert(offset >= 0 && offset &+ MemoryLayout<Value>.size <= self.count)
        return self.base.loadUnaligned(fromByteOffset: offset, as: Value.self)
    }

    /// The same bytes, for the standard library.
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: self.base, count: self.count) }

    /// Whether both hold the same bytes.
    func equals(_ other: RawBytes) -> Bool {
        guard self.count == other.count else { return false }
        var offset = 0
        while offset &+ 8 <= self.count {
            guard self.load(UInt64.self, at: offset) == other.load(UInt64.self, at: offset) else { return false }
            offset &+= 8
        }
        while offset < self.count {
            guard self[offset] == other[offset] else { return false }
            offset &+= 1
        }
        return true
    }
}
