// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct AckTableTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000)

    private func after(_ milliseconds: Int64) -> NIODeadline { self.start + .milliseconds(milliseconds) }

    @Test("An answer finds its callback once")
    func answeredOnce() throws {
        var table = AckTable<String>()
        try table.register("a", id: 3, deadline: after(1))
        try table.register("b", id: 7, deadline: after(1))
        #expect(table.answer(7) == "b")
        #expect(table.answer(7) == nil)
        #expect(table.answer(3) == "a")
        #expect(table.answer(3) == nil)
        #expect(table.count == 0)
    }

    @Test("An answer to nothing finds nothing", arguments: [0, 1, 7, .max] as [UInt64])
    func unknownAnswer(_ id: UInt64) throws {
        var table = AckTable<String>()
        #expect(table.answer(id) == nil)
        try table.register("a", id: 0, deadline: after(1))
        if id != 0 { #expect(table.answer(id) == nil) }
        #expect(table.count == 1)
    }

    @Test("Answer and timeout at the same instant: whoever comes first has it, the other finds nothing")
    func answerRacesTimeout() throws {
        var table = AckTable<String>()
        try table.register("answered", id: 0, deadline: after(5))
        #expect(table.answer(0) == "answered")
        #expect(table.expire(now: after(5)).isEmpty)

        try table.register("expired", id: 1, deadline: after(5))
        #expect(table.expire(now: after(5)) == ["expired"])
        #expect(table.answer(1) == nil)
        #expect(table.expire(now: after(6)).isEmpty)
        #expect(table.removeAll().isEmpty)
    }

    @Test("Only what is due expires, oldest id first, whatever the deadlines' order")
    func expiry() throws {
        var table = AckTable<Int>()
        for (index, deadline) in [30, 10, 20, 10, 40].enumerated() {
            try table.register(index, id: UInt64(index), deadline: after(Int64(deadline)))
        }
        #expect(table.nextDeadline == after(10))
        #expect(table.expire(now: after(9)).isEmpty)
        #expect(table.expire(now: after(20)) == [1, 2, 3])
        #expect(table.nextDeadline == after(30))
        #expect(table.expire(now: after(100)) == [0, 4])
        #expect(table.nextDeadline == nil)
    }

    @Test("The next deadline is never late, and exact after expiring")
    func nextDeadline() throws {
        var table = AckTable<Int>()
        #expect(table.nextDeadline == nil)
        try table.register(0, id: 0, deadline: after(10))
        try table.register(1, id: 1, deadline: after(20))
        #expect(table.answer(0) == 0)
        #expect(try #require(table.nextDeadline) <= after(20))
        #expect(table.expire(now: after(15)).isEmpty)
        #expect(table.nextDeadline == after(20))
        #expect(table.answer(1) == 1)
        #expect(table.nextDeadline == nil)
    }

    @Test("A client that never acknowledges: pending acknowledgements are capped, and time out")
    func neverAcknowledges() throws {
        var table = AckTable<Int>(maximumPending: 100)
        var refused = 0
        for index in 0..<100_000 {
            do throws(AckTableError) {
                try table.register(index, id: UInt64(index), deadline: after(1))
            } catch {
                if error == .full(maximumPending: 100) { refused += 1 }
            }
        }
        #expect(refused == 99_900)
        #expect(table.count == 100)
        #expect(table.expire(now: after(1)) == Array(0..<100))
        #expect(table.count == 0)
        try table.register(0, id: 100_000, deadline: after(2))
        #expect(table.count == 1)
    }

    @Test("An answer makes room for another")
    func roomAfterAnswer() throws {
        var table = AckTable<Int>(maximumPending: 1)
        try table.register(0, id: 0, deadline: after(1))
        #expect(throws: AckTableError.full(maximumPending: 1)) { try table.register(1, id: 1, deadline: after(1)) }
        #expect(table.answer(0) == 0)
        try table.register(2, id: 2, deadline: after(1))
        #expect(table.answer(2) == 2)
    }

    @Test("Clearing gives every callback, oldest first, and leaves nothing")
    func clearing() throws {
        var table = AckTable<Int>()
        for index in 0..<20 { try table.register(index, id: UInt64(index), deadline: after(Int64(20 - index))) }
        #expect(table.removeAll() == Array(0..<20))
        #expect(table.count == 0)
        #expect(table.nextDeadline == nil)
        #expect(table.removeAll().isEmpty)
        #expect(table.answer(3) == nil)
    }

    @Test("Every callback leaves exactly once, in any order of events", arguments: 0..<50 as Range<UInt64>)
    func exactlyOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var table = AckTable<Int>(maximumPending: 40)
        var left: [Int] = []
        var registered: [Int] = []
        var now: Int64 = 0
        for step in 0..<500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let deadline = after(now + Int64.random(in: 0..<30, using: &random))
                do throws(AckTableError) {
                    try table.register(step, id: UInt64(registered.count), deadline: deadline)
                    registered.append(step)
                } catch {
                    #expect(table.count == 40)
                }
            case 5..<8:
                let id = UInt64.random(in: 0...UInt64(registered.count), using: &random)
                if let callback = table.answer(id) {
                    // Ids are given in order, so the id says which callback it must be.
                    #expect(callback == registered[Int(id)])
                    left.append(callback)
                }
            case 8:
                now += 5
                left += table.expire(now: after(now))
                if let next = table.nextDeadline { #expect(next > after(now)) }
            default:
                if step.isMultiple(of: 7) { left += table.removeAll() }
            }
        }
        left += table.removeAll()
        #expect(left.sorted() == registered)
    }
}
