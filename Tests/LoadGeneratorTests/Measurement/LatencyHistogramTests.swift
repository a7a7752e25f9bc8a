// Licensed under the MIT licence.

import Testing

@testable import LoadGenerator

@Suite struct LatencyHistogramTests {
    @Test func emptyHistogramHasOnlyZeros() {
        let histogram = LatencyHistogram()
        #expect(histogram.count == 0)
        #expect(histogram.percentile(99) == 0)
        #expect(histogram.meanNanoseconds == 0)
    }

    @Test(arguments: [
        0, 1, 127, 128, 129, 255, 256, 257, 1_000, 65_535, 65_536, 123_456_789, LatencyHistogram.highestNanoseconds,
    ])
    func oneValueIsEveryPercentile(value: UInt64) {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: value)
        for percent in [0.0, 50, 99.9, 100] { #expect(histogram.percentile(percent) == value) }
        #expect(histogram.maximumNanoseconds == value)
    }

    @Test func percentilesOfAnEvenSpreadAreWithinTheBucketsWidth() {
        var histogram = LatencyHistogram()
        for value in 1...100_000 as ClosedRange<UInt64> { histogram.record(nanoseconds: value) }
        for percent in [1.0, 10, 50, 90, 99, 99.9] {
            let exact = percent * 1_000
            let found = Double(histogram.percentile(percent))
            #expect(found >= exact)
            #expect(found <= exact * 1.008 + 1)
        }
        #expect(histogram.percentile(100) == 100_000)
        #expect(histogram.meanNanoseconds == 50_000.5)
    }

    @Test func seededValuesKeepTheirOrderAndBound() {
        var generator = SeededGenerator(seed: 0x5EED)
        var values: [UInt64] = []
        var histogram = LatencyHistogram()
        for _ in 0..<10_000 {
            let value = UInt64.random(in: 0..<(1 << UInt64.random(in: 1...40, using: &generator)), using: &generator)
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for percent in stride(from: 1.0, through: 100, by: 0.5) {
            let exact = values[max(0, Int((10_000 * percent / 100).rounded(.up)) - 1)]
            let found = histogram.percentile(percent)
            #expect(found >= exact && Double(found) <= Double(exact) * 1.008 + 1, "seed 0x5EED, \(percent)%")
        }
    }

    @Test func longerThanTheLongestCountsAsTheLongest() {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: .max)
        #expect(histogram.count == 1)
        #expect(histogram.percentile(50) == LatencyHistogram.highestNanoseconds)
        #expect(histogram.maximumNanoseconds == .max)
    }

    @Test func mergingIsRecordingBoth() {
        var left = LatencyHistogram()
        var right = LatencyHistogram()
        var both = LatencyHistogram()
        for value in [5, 70, 900] as [UInt64] {
            left.record(nanoseconds: value)
            both.record(nanoseconds: value)
        }
        for value in [1, 100_000] as [UInt64] {
            right.record(nanoseconds: value)
            both.record(nanoseconds: value)
        }
        left.merge(right)
        #expect(left == both)
    }
}
