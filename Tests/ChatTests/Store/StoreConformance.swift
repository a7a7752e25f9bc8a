// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing

/// What every ``MessageStore`` has to do. One test for each store calls ``run()``; `fresh` makes an empty one.
struct StoreConformance {
    let fresh: @Sendable () async throws -> any MessageStore

    func run() async throws {
        try await self.sequences()
        try await self.contents()
        try await self.floors()
        try await self.repeats()
        try await self.repeatsAtOnce()
        try await self.pages()
        try await self.pagesByBytes()
        try await self.cursors()
        try await self.sightings()
        try await self.order()
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
    }

    func floors() async throws {
        let store = try await self.fresh()
        #expect(try await store.append(message(id: "a"), floor: 7).receipt.seq == 8)
        #expect(try await store.append(message(id: "b"), floor: 3).receipt.seq == 9)
        #expect(try await store.append(message(id: "c"), floor: 9).receipt.seq == 10)
        let page = try await store.messages(in: room(), HistoryQuery(after: 8, limit: 10), now: time())
        #expect(page.messages.map(\.seq) == [9, 10])
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
    }

    /// Completions come in the order of the calls, and a read sees what was complete before.
    func order() async throws {
        let store = try await self.fresh()
        let results = Results<[Int]>()
        for number in 1...30 {
            store.append(try message(id: "m\(number)"), floor: 0) { outcome in
                results.add(outcome.map { [$0.receipt.seq] })
            }
            if number.isMultiple(of: 10) {
                store.lastSequence(of: try room()) { results.add($0.map { [-$0] }) }
            }
        }
        let all = try await results.all(33).map { $0[0] }
        #expect(all.filter { $0 > 0 } == Array(1...30))
        for (place, number) in [(10, 10), (21, 20), (32, 30)] {
            #expect(all[place] < 0 && -all[place] >= number, "\(all)")
        }
        _ = try await store.append(message(id: "last"))
        #expect(try await store.messages(in: room(), HistoryQuery(limit: 1), now: time()).messages.map(\.seq) == [31])
    }
}
