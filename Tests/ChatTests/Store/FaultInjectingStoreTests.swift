// Licensed under the MIT licence.

import Chat
import ChatStores
import SocketIOTesting
import Testing

@Suite struct FaultInjectingStoreTests {
    @Test("Each call meets the fate that the script has for it")
    func script() throws {
        let store = FaultInjectingStore(MemoryStore(stripes: 1), script: [nil, .notDone, .lostBefore, .lostAfter])
        let outcomes = Mailbox<String>()
        for number in 1...5 {
            store.append(try message(id: "m\(number)"), floor: 0) { result in
                switch result {
                case .success(let outcome): outcomes.add("\(outcome.receipt.seq)")
                case .failure(let error): outcomes.add("\(error.outcome)")
                }
            }
        }
        #expect(outcomes.take().isEmpty, "nothing is answered before somebody steps")
        store.run()
        let all = outcomes.take()
        #expect(all.sorted() == ["1", "3", "notDone", "unknown", "unknown"])
        #expect(all.filter { Int($0) != nil } == ["1", "3"])
        #expect(store.contents(of: try room()).map(\.seq) == [1, 2, 3])
        #expect(store.isIdle)
        #expect(store.faultCount == 3)
    }

    @Test("Changes of a room or user succeed in the order of the calls, and all else in another one")
    func order() throws {
        var orders: Set<[String]> = []
        for seed in 0..<50 as Range<UInt64> {
            let store = FaultInjectingStore(
                MemoryStore(stripes: 1),
                seed: seed,
                odds: .init(notDone: 10, lostAfter: 10)
            )
            let answers = Mailbox<String>()
            for number in 1...6 {
                for name in ["r1", "r2"] {
                    store.append(try message(id: "\(name)-\(number)", in: room(name)), floor: 0) { result in
                        if case .success = result { answers.add("\(name) \(number)") }
                    }
                    store.lastSequence(of: try room(name)) { _ in answers.add("read") }
                }
            }
            store.run()
            let all = answers.take()
            #expect(all.count(where: { $0 == "read" }) == 12, "seed \(seed)")
            for name in ["r1", "r2"] {
                let numbers = all.filter { $0.hasPrefix(name) }
                #expect(numbers == numbers.sorted(), "seed \(seed)")
            }
            orders.insert(all)
        }
        #expect(orders.count > 25)
    }

    @Test("What is kept of a user is read behind every change", arguments: 0..<20 as Range<UInt64>)
    func strictReads(_ seed: UInt64) throws {
        let store = FaultInjectingStore(MemoryStore(stripes: 1), seed: seed)
        let (lobby, ann) = (try room(), try user())
        let found = Mailbox<Int64>()
        for seq in 1...5 {
            store.advance(ReadCursor(room: lobby, user: ann.id, seq: seq)) { _ in }
            store.readCursor(of: ann.id, in: lobby) { if case .success(seq...) = $0 { found.add(1) } }
            store.record(LastSeen(user: ann, time: time(Int64(seq)))) { _ in }
            store.lastSeen(of: ann.id) { result in
                if let seen = try? result.get(), seen.time >= time(Int64(seq)) { found.add(1) }
            }
        }
        store.run()
        #expect(found.take().count == 10)
    }

    @Test("A read may miss what was called before it, and see what was called after it")
    func reads() throws {
        var seen: Set<Int> = []
        for seed in 0..<50 as Range<UInt64> {
            let store = FaultInjectingStore(MemoryStore(stripes: 1), seed: seed)
            let last = Mailbox<Int>()
            store.append(try message(id: "m1"), floor: 0) { _ in }
            store.lastSequence(of: try room()) { last.add((try? $0.get()) ?? -1) }
            store.append(try message(id: "m2"), floor: 0) { _ in }
            store.run()
            seen.formUnion(last.take())
        }
        #expect(seen == [0, 1, 2])
    }

    @Test("A read sees what was complete before it was called", arguments: 0..<20 as Range<UInt64>)
    func completed(_ seed: UInt64) throws {
        let store = FaultInjectingStore(MemoryStore(stripes: 1), seed: seed)
        let last = Mailbox<Int>()
        store.append(try message(id: "m1"), floor: 0) { _ in
            store.lastSequence(of: RoomID(unchecked: ExactText("r1"))) { last.add((try? $0.get()) ?? -1) }
        }
        store.run()
        #expect(last.take() == [1])
    }

    @Test("A seed brings the same run again")
    func repeatable() throws {
        func run(_ seed: UInt64) throws -> [String] {
            let odds = StoreFault.Odds(notDone: 20, lostBefore: 10, lostAfter: 10)
            let store = FaultInjectingStore(MemoryStore(stripes: 1), seed: seed, odds: odds)
            let answers = Mailbox<String>()
            for number in 1...40 {
                let name = "r\(number % 3)"
                store.append(try message(id: "m\(number)", in: room(name)), floor: 0) { answers.add("\(name) \($0)") }
                if number.isMultiple(of: 7) { store.step() }
            }
            store.run()
            return answers.take().map { $0.prefix(20).description }
        }
        var seeds = SeededGenerator()
        let seed = seeds.next()
        #expect(try run(seed) == run(seed), "seed \(seed)")
        #expect(try run(seed) != run(seed &+ 1), "seed \(seed)")
    }
}
