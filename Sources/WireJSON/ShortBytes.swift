// Licensed under the MIT licence.

/// Up to sixteen bytes as a value, padded with zeros: names are compared without going back to where they came from.
struct ShortBytes: Equatable, Sendable {
    static let capacity = 16

    private let low: UInt64
    private let high: UInt64
    private let count: UInt64

    /// Stands for any bytes that are not kept.
    static var tooLong: ShortBytes { ShortBytes(low: 0, high: 0, count: .max) }

    /// Whether these bytes are not kept: comparing them says nothing.
    var isTooLong: Bool { self.count > Self.capacity }

    /// Whether one of the bytes is `byte`, which must not be 0.
    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        (Self.zeros(self.low ^ Self.repeating(byte)) | Self.zeros(self.high ^ Self.repeating(byte))) != 0
    }

    /// Not 0 if one of the eight bytes of `word` is 0.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- Self.repeating(1)) & ~word & Self.repeating(0x80)
    }

    @inline(__always)
    private static func repeating(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    @inline(__always)
    private init(low: UInt64, high: UInt64, count: UInt64) {
        self.low = low
        self.high = high
        self.count = count
    }

    /// ``tooLong`` if there are more than sixteen.
    @inline(__always)
    init(_ bytes: RawBytes) {
        let count = bytes.count
        var (low, high): (UInt64, UInt64) = (0, 0)
        if count > Self.capacity {
            self = .tooLong
            return
        } else if count >= 8 {
            low = bytes.load(UInt64.self, at: 0).littleEndian
            // Drops what `low` has already; a shift by 64, at eight bytes, leaves nothing.
            let last = bytes.load(UInt64.self, at: count &- 8).littleEndian
            high = last >> UInt64(truncatingIfNeeded: (Self.capacity &- count) &* 8)
        } else if count >= 4 {
            // The two halves overlap in bytes that are the same in both.
            let first = UInt64(bytes.load(UInt32.self, at: 0).littleEndian)
            let last = UInt64(bytes.load(UInt32.self, at: count &- 4).littleEndian)
            low = first | last &<< UInt64(truncatingIfNeeded: (count &- 4) &* 8)
        } else {
            for index in 0..<count { low |= UInt64(bytes[index]) &<< UInt64(truncatingIfNeeded: index &* 8) }
        }
        self.init(low: low, high: high, count: UInt64(truncatingIfNeeded: count))
    }

    @inline(__always)
    static func == (left: ShortBytes, right: ShortBytes) -> Bool {
        (left.low ^ right.low) | (left.high ^ right.high) | (left.count ^ right.count) == 0
    }
}
