// Licensed under the MIT licence.

package import Chat
import NIOCore
import Testing

/// What every ``MessageStore`` has to do.
///
/// A test of each store runs all of it: `try await StoreConformance { … }.run()`. The closure makes an empty store with this
/// retention; it is called more than once, and the suite closes what it was given.
package struct StoreConformance: Sendable {
    private let make: @Sendable (Retention) async throws -> any MessageStore

    /// Prepares the checks.
    package init(fresh make: @escaping @Sendable (Retention) async throws -> any MessageStore) {
        self.make = make
    }

    /// Runs every check.
    package func run() async throws {
        try await self.sequences()
        try await self.contents()
        try await self.floors()
        try await self.lastNumbers()
        try await self.repeats()
        try await self.repeatsAtOnce()
        try await self.pages()
        try await self.pagesByBytes()
        try await self.cursors()
        try await self.sightings()
        try await self.order()
        try await self.retentionByCount()
        try await self.retentionOverGaps()
        try await self.retentionByAge()
        try await self.usersAtOnce()
        try await self.closing()
    }

    private func fresh(_ retention: Retention = Retention()) async throws -> any MessageStore {
        try await self.make(retention)
    }

    func sequences() async throws {
        let store = try await self.fresh()
        let (one, two) = (try room("one"), try room("two"))
        #expect(try await store.lastSequence(of: one) == 0)
        for seq in 1...5 {
            #expect(try await store.append(message(id: "m\(seq)", in: one)).receipt.seq == seq)
            #expect(try await store.lastSequence(of: one) == seq)
        }
        #expect(try await store.append(message(in: two)).receipt.seq == 1, "each room has its own")
        #expect(try await store.lastSequence(of: two) == 1)
        // Spellings of one name are two rooms.
        #expect(try await store.append(message(in: room("caf\u{e9}"))).receipt.seq == 1)
        #expect(try await store.append(message(in: room("cafe\u{301}"))).receipt.seq == 1)
        await store.close()
    }

    func contents() async throws {
        let store = try await self.fresh()
        let sent = try message(
            #"  \u00e9 😀 \"x\" "#,
            id: "id-1",
            in: room("{slot} ../ \""),
            from: user("u\"1", "Ann \\ Ørsted"),
            clientID: "c 1",
            at: time(678),
            payload: #"{"z":1.0,"a":{"_placeholder":true,"num":0},"z":1e3}"#,
            attachments: [ByteBuffer(bytes: [0, 255, 30]), ByteBuffer()]
        )
        #expect(try await store.append(sent) == .stored(StoredMessage(seq: 1, message: sent)))
        let page = try await store.messages(in: sent.room, HistoryQuery(limit: 10), now: time(700))
        #expect(page == HistoryPage(messages: [StoredMessage(seq: 1, message: sent)], hasMore: false))
        #expect(page.messages.first?.encoded == StoredMessage(seq: 1, message: sent).encoded)
        await store.close()
    }

    func floors() async throws {
        let store = try await self.fresh()
        #expect(try await store.append(message(id: "a"), floor: 7).receipt.seq == 8)
        #expect(try await store.append(message(id: "b"), floor: 3).receipt.seq == 9)
        #expect(try await store.append(message(id: "c"), floor: 9).receipt.seq == 10)
        let page = try await store.messages(in: room(), HistoryQuery(after: 8, limit: 10), now: time())
        #expect(page.messages.map(\.seq) == [9, 10])
        await store.close()
    }

    /// Where no `seq` is left nothing is stored, and nothing breaks.
    func lastNumbers() async throws {
        let store = try await self.fresh()
        #expect(try await store.append(message(id: "a")).receipt.seq == 1)
        for floor in [Int.max, Int.max - 1, 1 << 53] {
            let error = await #expect(throws: StoreError.self) {
                try await store.append(message(id: "b", clientID: "k"), floor: floor)
            }
            #expect(error?.outcome == .notDone)
        }
        #expect(try await store.lastSequence(of: room()) == 1)
        let last = try await store.append(message(id: "c", clientID: "k")).receipt
        #expect(last.seq == 2, "the id was not used")
        #expect(try await store.append(message(id: "d", clientID: "k"), floor: .max) == .repeated(last))
        let late = try message(id: "e", clientID: "k", at: time(Retention.clientIDWindowMilliseconds))
        _ = await #expect(throws: StoreError.self) { try await store.append(late, floor: .max) }
        let page = try await store.messages(in: room(), HistoryQuery(limit: 10), now: time())
        #expect(page.messages.map(\.seq) == [1, 2])
        await store.close()
    }

    func repeats() async throws {
        let store = try await self.fresh()
        let window: Int64 = 10 * 60 * 1000
        let first = try message(id: "m1", clientID: "k", at: time(0))
        #expect(try await store.append(first) == .stored(StoredMessage(seq: 1, message: first)))
        let receipt = MessageReceipt(id: MessageID("m1"), seq: 1, timestamp: time(0))
        #expect(try await store.append(message(id: "m2", clientID: "k", at: time(1))) == .repeated(receipt))
        #expect(
            try await store.append(message("other", id: "m3", clientID: "k", at: time(window - 1)))
                == .repeated(receipt)
        )
        #expect(try await store.lastSequence(of: room()) == 1)
        // Another user, another room, another id, no id: another message.
        #expect(try await store.append(message(id: "m4", from: user("u2"), clientID: "k")).receipt.seq == 2)
        #expect(try await store.append(message(id: "m5", in: room("r2"), clientID: "k")).receipt.seq == 1)
        #expect(try await store.append(message(id: "m6", clientID: "K")).receipt.seq == 3)
        #expect(try await store.append(message(id: "m7")).receipt.seq == 4)
        #expect(try await store.append(message(id: "m8")).receipt.seq == 5)
        // The same id may be used again when the window is over, and counts from then.
        #expect(try await store.append(message(id: "m9", clientID: "k", at: time(window))).receipt.seq == 6)
        #expect(
            try await store.append(message(id: "m10", clientID: "k", at: time(window + 5))).receipt.id.string == "m9"
        )
        await store.close()
    }

    func repeatsAtOnce() async throws {
        let store = try await self.fresh()
        let results = Results<AppendOutcome>()
        for number in 1...20 {
            store.append(try message(id: "m\(number)", clientID: "k\(number % 2)"), floor: 0) { results.add($0) }
        }
        let receipts = try await results.all(20).map(\.receipt)
        #expect(receipts.map(\.seq) == (1...20).map { $0 % 2 == 1 ? 1 : 2 })
        #expect(Set(receipts.map(\.id)).count == 2)
        await store.close()
    }

    func pages() async throws {
        let store = try await self.fresh()
        for seq in 1...60 { _ = try await store.append(message(id: "m\(seq)")) }
        func page(_ query: HistoryQuery) async throws -> ([Int], Bool) {
            let page = try await store.messages(in: room(), query, now: time())
            return (page.messages.map(\.seq), page.hasMore)
        }
        let table: [(HistoryQuery, ClosedRange<Int>?, Bool)] = [
            (HistoryQuery(limit: 50), 11...60, true),
            (HistoryQuery(limit: 60), 1...60, false),
            (HistoryQuery(limit: 200), 1...60, false),
            (HistoryQuery(limit: 1), 60...60, true),
            (HistoryQuery(after: 0, limit: 20), 1...20, true),
            (HistoryQuery(after: 40, limit: 20), 41...60, false),
            (HistoryQuery(after: 59, limit: 20), 60...60, false),
            (HistoryQuery(after: 60, limit: 20), nil, false),
            (HistoryQuery(after: .max, limit: 20), nil, false),
            (HistoryQuery(before: 11, limit: 5), 6...10, true),
            (HistoryQuery(before: 4, limit: 5), 1...3, false),
            (HistoryQuery(before: 1, limit: 5), nil, false),
            (HistoryQuery(before: 0, limit: 5), nil, false),
            (HistoryQuery(before: .max, limit: 5), 56...60, true),
            (HistoryQuery(after: 10, before: 20, limit: 5), 11...15, true),
            (HistoryQuery(after: 10, before: 14, limit: 5), 11...13, false),
            (HistoryQuery(after: 10, before: 11, limit: 5), nil, false),
            (HistoryQuery(after: 20, before: 10, limit: 5), nil, false),
        ]
        for (query, sequences, hasMore) in table {
            let (found, more) = try await page(query)
            #expect(found == sequences.map(Array.init) ?? [], "\(query)")
            #expect(more == hasMore, "\(query)")
        }
        let nowhere = try await store.messages(in: room("nowhere"), HistoryQuery(after: 0, limit: 5), now: time())
        #expect(nowhere == HistoryPage(messages: [], hasMore: false))
        await store.close()
    }

    func pagesByBytes() async throws {
        let store = try await self.fresh()
        let content = String(repeating: "x", count: 1000)
        for seq in 1...10 { _ = try await store.append(message(content, id: "m\(seq)")) }
        let size = try message(content).body.byteCount
        func sequences(_ query: HistoryQuery) async throws -> [Int] {
            let page = try await store.messages(in: room(), query, now: time())
            #expect(page.hasMore == (page.messages.count < 10))
            return page.messages.map(\.seq)
        }
        #expect(try await sequences(HistoryQuery(after: 0, limit: 99, maximumBytes: 3 * size)) == [1, 2, 3])
        #expect(try await sequences(HistoryQuery(limit: 99, maximumBytes: 3 * size + 1)) == [8, 9, 10])
        #expect(try await sequences(HistoryQuery(limit: 99, maximumBytes: 1)) == [10], "at least one")
        #expect(try await sequences(HistoryQuery(after: 0, limit: 99, maximumBytes: 10 * size)) == Array(1...10))
        await store.close()
    }

    func cursors() async throws {
        let store = try await self.fresh()
        let (lobby, ann) = (try room(), try user("ann").id)
        func advance(_ seq: Int) async throws -> Bool {
            try await store.advance(ReadCursor(room: lobby, user: ann, seq: seq))
        }
        #expect(try await store.readCursor(of: ann, in: lobby) == 0)
        #expect(try await advance(0) == false)
        #expect(try await advance(5) == true)
        #expect(try await advance(5) == false)
        #expect(try await advance(3) == false)
        #expect(try await store.readCursor(of: ann, in: lobby) == 5)
        #expect(try await advance(6) == true)
        #expect(try await store.readCursor(of: ann, in: lobby) == 6)
        #expect(try await store.readCursor(of: user("ben").id, in: lobby) == 0)
        #expect(try await store.readCursor(of: ann, in: room("r2")) == 0)
        #expect(try await store.append(message()).receipt.seq == 1, "reading makes no message")
        await store.close()
    }

    func sightings() async throws {
        let store = try await self.fresh()
        let ann = try user("ann", "Ann")
        #expect(try await store.lastSeen(of: ann.id) == nil)
        try await store.record(LastSeen(user: ann, time: time(5)))
        #expect(try await store.lastSeen(of: ann.id) == LastSeen(user: ann, time: time(5)))
        let renamed = LastSeen(user: try user("ann", "Annie"), time: time(6))
        try await store.record(renamed)
        try await store.record(LastSeen(user: ann, time: time(2)))
        #expect(try await store.lastSeen(of: ann.id) == renamed, "never back")
        #expect(try await store.lastSeen(of: user("ben").id) == nil)
        await store.close()
    }

    /// Appends complete in the order of the calls, and a read sees what was complete before it was called.
    func order() async throws {
        let store = try await self.fresh()
        let appends = Results<Int>()
        let reads = Results<Bool>()
        for number in 1...200 {
            store.append(try message(id: "m\(number)", in: room("r\(number % 2)")), floor: 0) { outcome in
                guard case .success(let outcome) = outcome else { return appends.add(.success(0)) }
                let (seq, id) = (outcome.receipt.seq, number % 2 == 0 ? 0 : 1)
                appends.add(.success(id == 0 ? seq : -seq))
                // What is asked from within a completion sees what was completed.
                guard let room = try? room("r\(id)") else { return }
                store.lastSequence(of: room) { reads.add($0.map { $0 >= seq }) }
            }
        }
        let all = try await appends.all(200)
        #expect(all.filter { $0 > 0 } == Array(1...100))
        #expect(all.filter { $0 < 0 } == (1...100).map { -$0 })
        #expect(try await reads.all(200).allSatisfy { $0 })
        _ = try await store.append(message(id: "last", in: room("r0")))
        let page = try await store.messages(in: room("r0"), HistoryQuery(limit: 1), now: time())
        #expect(page.messages.map(\.seq) == [101])
        await store.close()
    }

    func retentionByCount() async throws {
        let store = try await self.fresh(Retention(maximumMessages: 10))
        func sequences(_ query: HistoryQuery) async throws -> ([Int], Bool) {
            let page = try await store.messages(in: room(), query, now: time())
            return (page.messages.map(\.seq), page.hasMore)
        }
        for number in 1...250 {
            _ = try await store.append(message(id: "m\(number)", clientID: "c\(number)"))
            if number == 10 { #expect(try await sequences(HistoryQuery(limit: 50)) == (Array(1...10), false)) }
            if number == 11 { #expect(try await sequences(HistoryQuery(limit: 50)) == (Array(2...11), false)) }
        }
        #expect(try await sequences(HistoryQuery(limit: 50)) == (Array(241...250), false))
        #expect(try await sequences(HistoryQuery(limit: 5)) == (Array(246...250), true))
        #expect(try await sequences(HistoryQuery(after: 3, limit: 4)) == (Array(241...244), true))
        #expect(try await sequences(HistoryQuery(before: 243, limit: 4)) == ([241, 242], false))
        #expect(try await sequences(HistoryQuery(before: 100, limit: 4)) == ([], false))
        #expect(try await store.lastSequence(of: room()) == 250)
        let repeated = try await store.append(message(id: "x", clientID: "c200"))
        #expect(repeated.receipt.id.string == "m200", "a client id is remembered for longer than its message")
        #expect(repeated.receipt.seq == 200)
        await store.close()
    }

    /// It is the `seq` that counts: numbers without a message push older messages out like others.
    func retentionOverGaps() async throws {
        let store = try await self.fresh(Retention(maximumMessages: 10))
        func sequences() async throws -> [Int] {
            try await store.messages(in: room(), HistoryQuery(limit: 50), now: time()).messages.map(\.seq)
        }
        for number in 1...5 { _ = try await store.append(message(id: "m\(number)")) }
        #expect(try await store.append(message(id: "gap"), floor: 12).receipt.seq == 13)
        #expect(try await sequences() == [4, 5, 13])
        #expect(try await store.append(message(id: "next")).receipt.seq == 14)
        #expect(try await sequences() == [5, 13, 14])
        #expect(try await store.append(message(id: "far"), floor: 1000).receipt.seq == 1001)
        #expect(try await sequences() == [1001])
        await store.close()
    }

    func retentionByAge() async throws {
        let store = try await self.fresh(Retention(maximumAgeMilliseconds: 1000))
        func sequences(at milliseconds: Int64, _ query: HistoryQuery = HistoryQuery(limit: 50)) async throws -> [Int] {
            try await store.messages(in: room(), query, now: time(milliseconds)).messages.map(\.seq)
        }
        for number in 1...10 {
            _ = try await store.append(message(id: "m\(number)", at: time(Int64(number) * 200)))
        }
        #expect(try await sequences(at: 2000) == Array(5...10))
        #expect(try await sequences(at: 2000, HistoryQuery(after: 0, limit: 2)) == [5, 6])
        #expect(try await sequences(at: 2001) == Array(6...10))
        #expect(try await sequences(at: 3000) == [10])
        #expect(try await sequences(at: 3001) == [])
        #expect(try await store.lastSequence(of: room()) == 10)
        #expect(try await store.append(message(id: "late", at: time(9000))).receipt.seq == 11)
        #expect(try await sequences(at: 9000) == [11])
        await store.close()
    }

    /// What is kept of a user is seen at once by whoever asks later, without waiting.
    func usersAtOnce() async throws {
        let store = try await self.fresh()
        let stored = Results<AppendOutcome>()
        let recorded = Results<Void>()
        let moved = Results<Bool>()
        let cursors = Results<Bool>()
        let seen = Results<Bool>()
        let (lobby, ann) = (try room(), try user("ann"))
        for number in 1...50 {
            store.append(try message(id: "m\(number)"), floor: 0) { stored.add($0) }
            store.advance(ReadCursor(room: lobby, user: ann.id, seq: number)) { moved.add($0) }
            store.readCursor(of: ann.id, in: lobby) { result in cursors.add(result.map { $0 >= number }) }
            store.record(LastSeen(user: ann, time: time(Int64(number)))) { recorded.add($0) }
            store.lastSeen(of: ann.id) { result in
                seen.add(result.map { ($0?.time.milliseconds(since: time()) ?? 0) >= Int64(number) })
            }
        }
        // Whatever is under way still would be in the next store's way.
        #expect(try await stored.all(50).count == 50)
        #expect(try await recorded.all(50).count == 50)
        #expect(try await moved.all(50).allSatisfy { $0 })
        #expect(try await cursors.all(50).allSatisfy { $0 })
        #expect(try await seen.all(50).allSatisfy { $0 })
        await store.close()
    }

    /// What was called before is done; what is called later fails, or is done by a store that has nothing to close.
    func closing() async throws {
        let store = try await self.fresh()
        let results = Results<AppendOutcome>()
        for number in 1...20 { store.append(try message(id: "m\(number)"), floor: 0) { results.add($0) } }
        await store.close()
        #expect(try await results.all(20).map(\.receipt.seq) == Array(1...20))
        let late = Results<Bool>()
        store.append(try message(id: "late"), floor: 0) { result in
            if case .failure(let error) = result { #expect(error.outcome == .notDone) }
            late.add(.success(true))
        }
        #expect(try await late.all(1) == [true])
        await store.close()
    }
}
