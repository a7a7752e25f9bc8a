// Licensed under the MIT licence.

import Testing

@testable import SocketIO

@Suite struct FanOutTests {
    @Test(arguments: [
        (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1000, 10), (1024, 10), (1025, 11), (65_536, 16), (65_537, 17),
        (10_000_000, 17),
    ])
    func eachNumberHasItsClass(receivers: Int, index: Int) {
        var fanOut = FanOut()
        fanOut.note(receivers)
        #expect(fanOut.counts.firstIndex(of: 1) == index)
        #expect(fanOut.counts.reduce(0, +) == 1)
        #expect(fanOut.receiverCount == receivers)
        if index < FanOut.bounds.count { #expect(receivers <= FanOut.bounds[index]) }
        if index > 0 { #expect(receivers > FanOut.bounds[index - 1]) }
    }

    @Test func shardsAddUp() {
        var (first, second) = (FanOut(), FanOut())
        first.note(3)
        second.note(4)
        second.note(100_000)
        first.add(second)
        #expect(first.counts[2] == 2)
        #expect(first.counts[17] == 1)
        #expect(first.receiverCount == 100_007)
    }
}
