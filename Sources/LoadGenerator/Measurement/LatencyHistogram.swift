// Licensed under the MIT licence.

/// A histogram of durations with buckets that grow with the value: 128 per power of two, so every figure is right
/// within 0.8%.
///
/// Ours, because recording happens for every delivery on the receive path: it must be one shift and one increment, in
/// memory that never grows (35 KiB), and a dependency for sixty lines is none to carry.
struct LatencyHistogram: Sendable, Equatable {
    private static let subBucketBits = 7
    private static let subBuckets = 1 << subBucketBits
    /// Longer durations count as this one: 2⁴⁰ ns, 18 minutes.
    static let highestNanoseconds: UInt64 = 1 << 40 - 1

    private var counts = [UInt64](repeating: 0, count: (40 - subBucketBits + 1) * subBuckets)
    private(set) var count: UInt64 = 0
    /// Exact, not a bucket's.
    private(set) var maximumNanoseconds: UInt64 = 0
    private var total: UInt64 = 0

    @inline(__always)
    mutating func record(nanoseconds: UInt64) {
        self.counts[Self.index(min(nanoseconds, Self.highestNanoseconds))] &+= 1
        self.count &+= 1
        self.total &+= nanoseconds
        if nanoseconds > self.maximumNanoseconds { self.maximumNanoseconds = nanoseconds }
    }

    mutating func merge(_ other: LatencyHistogram) {
        for index in self.counts.indices { self.counts[index] += other.counts[index] }
        self.count += other.count
        self.total &+= other.total
        self.maximumNanoseconds = max(self.maximumNanoseconds, other.maximumNanoseconds)
    }

    /// The duration that `percent` of the recorded ones do not exceed; 0 when nothing was recorded.
    ///
    /// Rounded up within a bucket, never above the maximum.
    func percentile(_ percent: Double) -> UInt64 {
        guard self.count > 0 else { return 0 }
        let wanted = max(1, UInt64((Double(self.count) * min(max(percent, 0), 100) / 100).rounded(.up)))
        var seen: UInt64 = 0
        for (index, count) in self.counts.enumerated() {
            seen += count
            if seen >= wanted { return min(Self.highestValue(ofBucket: index), self.maximumNanoseconds) }
        }
        return self.maximumNanoseconds
    }

    var meanNanoseconds: Double { self.count == 0 ? 0 : Double(self.total) / Double(self.count) }

    /// Values below 128 have a bucket each; above, the seven bits after the leading one choose it.
    @inline(__always)
    private static func index(_ value: UInt64) -> Int {
        guard value >= UInt64(self.subBuckets) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - self.subBucketBits
        return (shift << self.subBucketBits) + Int(value >> UInt64(shift))
    }

    private static func highestValue(ofBucket index: Int) -> UInt64 {
        guard index >= 2 * self.subBuckets else { return UInt64(index) }
        let shift = (index >> self.subBucketBits) - 1
        let leading = UInt64(index - (shift << self.subBucketBits))
        return (leading + 1) << UInt64(shift) - 1
    }
}
