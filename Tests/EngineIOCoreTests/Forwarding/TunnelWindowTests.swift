// Licensed under the MIT licence.

import EngineIOCore
import SocketIOTesting
import Testing

@Suite struct TunnelWindowTests {
    @Test func `no more is sent than was granted`() {
        var window = TunnelWindow(size: 100)
        let numbers = [window.sent(60), window.sent(40)]
        #expect(numbers == [0, 1] && window.credit == 0)
        let isRight = window.credited(25)
        #expect(isRight && window.credit == 25)
    }

    @Test func `a peer that takes more than it got is found out`() {
        var window = TunnelWindow(size: 100)
        _ = window.sent(10)
        let verdicts = [window.credited(10), window.credited(1)]
        #expect(verdicts == [true, false])
    }

    @Test func `a hole is found`() {
        var window = TunnelWindow(size: 100)
        let verdicts = [window.received(0, 1), window.received(2, 1)]
        #expect(verdicts == [true, false])
        var other = TunnelWindow(size: 100)
        let isFirst = other.received(1, 1)
        #expect(!isFirst)
    }

    @Test func `a peer that sends more than it may is found out`() {
        var window = TunnelWindow(size: 100)
        let isWithin = window.received(0, 100)
        _ = window.tookOut(20)
        let isBeyond = !window.received(1, 1)
        #expect(isWithin && isBeyond)
    }

    @Test func `what was taken out is told in larger pieces`() {
        var window = TunnelWindow(size: 100)
        _ = window.received(0, 40)
        let told = [window.tookOut(20), window.tookOut(20), window.tookOut(0)]
        #expect(told == [nil, 40, nil])
    }

    @Test func `two ends agree whatever their pace`() {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            let size = Int.random(in: 1...1_000, using: &random)
            var (sender, receiver) = (TunnelWindow(size: size), TunnelWindow(size: size))
            var (onTheWay, waiting): ([(UInt32, Int)], Int) = ([], 0)
            var left = 10 * size
            var turns = 0
            while left > 0 || !onTheWay.isEmpty || waiting > 0, turns < 100_000 {
                turns += 1
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where left > 0 && sender.credit > 0:
                    let count = min(left, Int.random(in: 1...sender.credit, using: &random))
                    onTheWay.append((sender.sent(count), count))
                    left -= count
                case 1 where !onTheWay.isEmpty:
                    let (sequence, count) = onTheWay.removeFirst()
                    let isRight = receiver.received(sequence, count)
                    #expect(isRight, "seed \(seed)")
                    waiting += count
                case 2 where waiting > 0:
                    let count = Int.random(in: 1...waiting, using: &random)
                    waiting -= count
                    guard let told = receiver.tookOut(count) else { break }
                    let isRight = sender.credited(told)
                    #expect(isRight, "seed \(seed)")
                default:
                    break
                }
            }
            #expect(left == 0 && onTheWay.isEmpty && waiting == 0, "seed \(seed)")
        }
    }
}
