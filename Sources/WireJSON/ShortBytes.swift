// Licensed under the MIT licence.

/// Up to sixteen bytes as a value, padded with zeros: names are compared without going back to where they came from.
struct ShortBytes: Equatable, Sendable {
    static let capacity = 16

    private let low: UInt64
    private let high: UInt64
    private let count: UInt8

    /// Whether there were more than sixteen bytes: they are not kept, and their comparison says nothing.
    var isLong: Bool { self.count > Self.capacity }

    /// More than sixteen bytes.
    static let long = ShortBytes(low: 0, high: 0, count: .max)

    private init(low: UInt64, high: UInt64, count: UInt8) {
        self.low = low
        self.high = high
        self.count = count
    }

    /// ``long`` if there are more than sixteen.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        switch count {
        case 8...Self.capacity:
            self.low = bytes.loadUnaligned(as: UInt64.self).littleEndian
            let last = bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self).littleEndian
            // The shift drops what `low` has already; by 64, at eight bytes, it leaves nothing.
            self.high = last >> UInt64(truncatingIfNeeded: (16 &- count) &* 8)
        case 4..<8:
            let first = UInt64(bytes.loadUnaligned(as: UInt32.self).littleEndian)
            let last = UInt64(bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self).littleEndian)
            self.low = first | last &<< UInt64(truncatingIfNeeded: (count &- 4) &* 8)
            self.high = 0
        case 0..<4:
            var low: UInt64 = 0
            for index in 0..<count { low |= UInt64(bytes[index]) &<< UInt64(truncatingIfNeeded: index &* 8) }
            self.low = low
            self.high = 0
        default:
            self = .long
            return
        }
        self.count = UInt8(truncatingIfNeeded: count)
    }
}
