// Licensed under the MIT licence.

import Testing

@testable import LoadGenerator

@Suite struct DeliveryCheckerTests {
    /// Two receivers in a room of two senders; the first receiver gets `counters` of sender 0, everything else is
    /// complete.
    private func verdict(_ counters: [UInt32], sent: UInt32 = 5) -> DeliveryChecker.Faults {
        var checker = DeliveryChecker(senderCounts: [2, 2])
        for counter in counters { checker.received(receiver: 0, sender: 0, counter: counter) }
        for counter in 0..<sent {
            checker.received(receiver: 0, sender: 1, counter: counter)
            checker.received(receiver: 1, sender: 0, counter: counter)
            checker.received(receiver: 1, sender: 1, counter: counter)
        }
        return checker.verdict { _, _ in sent }
    }

    @Test func completeAndInOrderIsClean() {
        #expect(self.verdict([0, 1, 2, 3, 4]).isClean)
    }

    struct Row: CustomTestStringConvertible {
        var counters: [UInt32]
        var lost: UInt64 = 0
        var duplicated: UInt64 = 0
        var reordered: UInt64 = 0
        var strays: UInt64 = 0
        var testDescription: String { "\(self.counters)" }
    }

    @Test(arguments: [
        Row(counters: [0, 1, 3, 4], lost: 1),
        Row(counters: [0, 1, 2, 3], lost: 1),
        Row(counters: [1, 2, 3, 4], lost: 1),
        Row(counters: [], lost: 5),
        Row(counters: [4], lost: 4),
        Row(counters: [0, 1, 2, 2, 3, 4], duplicated: 1),
        Row(counters: [0, 1, 2, 3, 4, 4], duplicated: 1),
        Row(counters: [0, 1, 2, 3, 4, 0, 1], duplicated: 2),
        Row(counters: [0, 2, 1, 3, 4], reordered: 1),
        Row(counters: [0, 2, 1, 1, 3, 4], duplicated: 1, reordered: 1),
        Row(counters: [4, 3, 2, 1, 0], reordered: 4),
        Row(counters: [0, 3, 2, 2, 4], lost: 1, duplicated: 1, reordered: 1),
        Row(counters: [0, 1, 2, 3, 4, 5], strays: 1),
    ])
    func eachFaultIsCountedForWhatItIs(row: Row) {
        let faults = self.verdict(row.counters)
        #expect(faults.lost == row.lost)
        #expect(faults.duplicated == row.duplicated)
        #expect(faults.reordered == row.reordered)
        #expect(faults.strays == row.strays)
        #expect(!faults.isClean)
        #expect(faults.first != nil)
    }

    @Test func senderThatTheRoomDoesNotHaveIsAStray() {
        var checker = DeliveryChecker(senderCounts: [1, 3])
        checker.received(receiver: 0, sender: 1, counter: 0)
        #expect(checker.faults.strays == 1)
        #expect(checker.verdict { _, _ in 0 }.lost == 0)
    }

    @Test func hugeGapsCostNoMemoryAndNoTime() {
        var checker = DeliveryChecker(senderCounts: [1], maximumRemembered: 100)
        checker.received(receiver: 0, sender: 0, counter: 4_000_000_000)
        #expect(checker.verdict { _, _ in 4_000_000_001 }.lost == 4_000_000_000)
    }

    @Test func roomNumbersMustFollowEachOther() {
        var checker = DeliveryChecker(senderCounts: [0, 0])
        for sequence in [7, 8, 9] as [UInt64] { checker.received(receiver: 0, sequence: sequence) }
        #expect(checker.faults.isClean)
        checker.received(receiver: 0, sequence: 11)
        checker.received(receiver: 0, sequence: 11)
        checker.received(receiver: 0, sequence: 12)
        checker.received(receiver: 1, sequence: 3)
        #expect(checker.faults.sequenceGaps == 1)
        #expect(checker.faults.sequenceRepeats == 1)
    }

    /// Any messages taken out, repeated and moved: what is counted is what was done.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func seededFaultsAreAllFound(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let sent: UInt32 = 200
        var counters = Array(0..<sent)
        var dropped: UInt64 = 0
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            counters.remove(at: Int.random(in: 0..<counters.count, using: &generator))
            dropped += 1
        }
        var repeated: UInt64 = 0
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            let index = Int.random(in: 0..<counters.count, using: &generator)
            counters.insert(counters[index], at: Int.random(in: (index + 1)...counters.count, using: &generator))
            repeated += 1
        }
        var checker = DeliveryChecker(senderCounts: [1])
        for counter in counters { checker.received(receiver: 0, sender: 0, counter: counter) }
        let faults = checker.verdict { _, _ in sent }
        #expect(faults.lost == dropped, "seed \(seed)")
        #expect(faults.duplicated == repeated, "seed \(seed)")
        #expect(faults.reordered == 0, "seed \(seed)")
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func seededShufflesLoseAndRepeatNothing(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let counters = Array(0..<UInt32(100)).shuffled(using: &generator)
        var checker = DeliveryChecker(senderCounts: [1])
        for counter in counters { checker.received(receiver: 0, sender: 0, counter: counter) }
        let faults = checker.verdict { _, _ in 100 }
        #expect(faults.lost == 0 && faults.duplicated == 0, "seed \(seed)")
        #expect(faults.reordered > 0, "seed \(seed)")
    }
}
