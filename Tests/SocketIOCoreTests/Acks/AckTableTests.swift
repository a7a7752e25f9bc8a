// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct AckTableTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000)

    private func after(_ milliseconds: Int64) -> NIODeadline { self.start + .milliseconds(milliseconds) }

    @Test("Ids count up from 0, also across answers, timeouts and clearing")
    func ids() throws {
        var table = AckTable<String>()
        #expect(try table.register("a", deadline: after(1)) == 0)
        #expect(try table.register("b", deadline: after(1)) == 1)
        #expect(table.answer(1) == "b")
        #expect(try table.register("c", deadline: after(1)) == 2)
        #expect(table.expire(now: after(1)) == ["a", "c"])
        #expect(try table.register("d", deadline: after(1)) == 3)
        #expect(table.removeAll() == ["d"])
        #expect(try table.register("e", deadline: after(1)) == 4)
    }

    @Test("An answer finds its callback once")
    func answeredOnce() throws {
        var table = AckTable<String>()
        let first = try table.register("a", deadline: after(1))
        let second = try table.register("b", deadline: after(1))
        #expect(table.answer(second) == "b")
        #expect(table.answer(second) == nil)
        #expect(table.answer(first) == "a")
        #expect(table.answer(first) == nil)
        #expect(table.count == 0)
    }

    @Test("An answer to nothing finds nothing", arguments: [0, 1, 7, .max] as [UInt64])
    func unknownAnswer(_ id: UInt64) throws {
        var table = AckTable<String>()
        #expect(table.answer(id) == nil)
        _ = try table.register("a", deadline: after(1))
        if id != 0 { #expect(table.answer(id) == nil) }
        #expect(table.count == 1)
    }

    @Test("Answer and timeout at the same instant: whoever comes first has it, the other finds nothing")
    func answerRacesTimeout() throws {
        var table = AckTable<String>()
        var id = try table.register("answered", deadline: after(5))
        #expect(table.answer(id) == "answered")
        #expect(table.expire(now: after(5)).isEmpty)

        id = try table.register("expired", deadline: after(5))
        #expect(table.expire(now: after(5)) == ["expired"])
        #expect(table.answer(id) == nil)
        #expect(table.expire(now: after(6)).isEmpty)
        #expect(table.removeAll().isEmpty)
    }

    @Test("Only what is due expires, oldest id first, whatever the deadlines' order")
    func expiry() throws {
        var table = AckTable<Int>()
        for (index, deadline) in [30, 10, 20, 10, 40].enumerated() {
            #expect(try table.register(index, deadline: after(Int64(deadline))) == UInt64(index))
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
        let first = try table.register(0, deadline: after(10))
        _ = try table.register(1, deadline: after(20))
        #expect(table.answer(first) == 0)
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
                _ = try table.register(index, deadline: after(1))
            } catch {
                if error == .full(maximumPending: 100) { refused += 1 }
            }
        }
        #expect(refused == 99_900)
        #expect(table.count == 100)
        #expect(table.expire(now: after(1)) == Array(0..<100))
        #expect(table.count == 0)
        #expect(try table.register(0, deadline: after(2)) == 100)
    }

    @Test("An answer makes room for another")
    func roomAfterAnswer() throws {
        var table = AckTable<Int>(maximumPending: 1)
        let id = try table.register(0, deadline: after(1))
        #expect(throws: AckTableError.full(maximumPending: 1)) { try table.register(1, deadline: after(1)) }
        #expect(table.answer(id) == 0)
        #expect(try table.register(2, deadline: after(1)) == 1)
    }

    @Test("Clearing gives every callback, oldest first, and leaves nothing")
    func clearing() throws {
        var table = AckTable<Int>()
        for index in 0..<20 { _ = try table.register(index, deadline: after(Int64(20 - index))) }
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
                    _ = try table.register(step, deadline: deadline)
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
