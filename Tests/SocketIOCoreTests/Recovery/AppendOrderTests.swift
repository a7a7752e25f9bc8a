// Licensed under the MIT licence.

import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct AppendOrderTests {
    private func offset(_ position: UInt64) -> RecoveryOffset { RecoveryOffset(epoch: 1, position: position) }

    private func drain(_ order: inout AppendOrder<String>) -> [String] {
        var drained: [String] = []
        while let ready = order.next() {
            drained.append("\(ready.item) \(ready.offset?.encoded ?? "-") \(ready.current.encoded)")
        }
        return drained
    }

    @Test("Nothing overtakes an event that waits for its place")
    func waiting() {
        var order = AppendOrder<String>(current: offset(7))
        order.add("a")
        #expect(drain(&order) == ["a - 1.7"])
        order.addWaiting("b")
        order.add("c")
        order.addWaiting("d")
        order.add("e")
        #expect(drain(&order) == [])
        order.placed(offset(8))
        #expect(drain(&order) == ["b 1.8 1.8", "c - 1.8"])
        order.placed(nil)
        #expect(drain(&order) == ["d - 1.8", "e - 1.8"])
        #expect(order.isEmpty)
    }

    @Test("Places that come together are given out one by one")
    func together() {
        var order = AppendOrder<String>(current: offset(0))
        for item in ["a", "b", "c"] { order.addWaiting(item) }
        for position in 1...3 as ClosedRange<UInt64> { order.placed(offset(position)) }
        #expect(drain(&order) == ["a 1.1 1.1", "b 1.2 1.2", "c 1.3 1.3"])
    }

    @Test("An event of another process moves the offset that all have reached")
    func passed() {
        var order = AppendOrder<String>(current: offset(0))
        order.addWaiting("mine")
        order.passed(offset(1))
        order.add("volatile")
        #expect(drain(&order) == [])
        order.placed(offset(2))
        #expect(drain(&order) == ["mine 1.2 1.2", "volatile - 1.2"])
    }

    @Test("What comes behind an item that takes its time waits until it is done")
    func holding() {
        var order = AppendOrder<String>(current: offset(0))
        order.addWaiting("a")
        order.addHolding("b")
        order.addWaiting("c")
        order.add("d")
        #expect(drain(&order) == [])
        order.placed(offset(1))
        #expect(drain(&order) == ["a 1.1 1.1", "b - 1.1"])
        order.placed(offset(2))
        #expect(drain(&order) == [])
        order.release()
        #expect(drain(&order) == ["c 1.2 1.2", "d - 1.2"])
        order.addHolding("e")
        order.addHolding("f")
        #expect(drain(&order) == ["e - 1.2"])
        order.release()
        #expect(drain(&order) == ["f - 1.2"])
    }

    @Test("Random traffic keeps its order and gets its places", arguments: 0..<20 as Range<UInt64>)
    func property(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var order = AppendOrder<Int>(current: offset(0))
        var waiting = 0
        var (added, left, placed, expected) = (0, 0, UInt64(0), UInt64(0))
        var isWaiting: [Bool] = []
        for _ in 0..<5_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                order.add(added)
                isWaiting.append(false)
                added += 1
            case 1:
                order.addWaiting(added)
                isWaiting.append(true)
                added += 1
                waiting += 1
            case 2 where waiting > 0:
                placed += 1
                order.placed(offset(placed))
                waiting -= 1
            default:
                while let ready = order.next() {
                    #expect(ready.item == left)
                    if isWaiting[left] { expected += 1 }
                    #expect(ready.offset == (isWaiting[left] ? offset(expected) : nil))
                    #expect(ready.current == offset(expected))
                    left += 1
                }
            }
        }
    }
}
