// Licensed under the MIT licence.

import Chat
import ChatStores
import NIOCore
import Testing

@Suite struct MemoryStoreTests {
    private static let day: Int64 = 24 * 3600 * 1000

    private func store(_ change: (inout MemoryStoreOptions) -> Void = { _ in }) -> MemoryStore {
        var options = MemoryStoreOptions()
        change(&options)
        return MemoryStore(stripes: 1, options: options)
    }

    private func sequences(_ store: MemoryStore, _ name: String = "r1", now: Timestamp = time()) async throws -> [Int] {
        try await store.messages(in: room(name), HistoryQuery(limit: .max), now: now).messages.map(\.seq)
    }

    @Test("It is a store", arguments: [1, 3])
    func conformance(_ stripes: Int) async throws {
        try await StoreConformance { retention in
            var options = MemoryStoreOptions()
            options.maximumMessagesPerRoom = retention.maximumMessages
            options.maximumAgeMilliseconds = retention.maximumAgeMilliseconds
            return MemoryStore(stripes: stripes, options: options)
        }.run()
    }

    @Test("It answers before the call returns")
    func synchronous() throws {
        let results = Results<AppendOutcome>()
        let store = self.store()
        var seen = 0
        for number in 1...3 {
            store.append(try message(id: "m\(number)"), floor: 0) { results.add($0) }
            store.lastSequence(of: try room()) { result in
                #expect(result == .success(number))
            }
            seen += 1
        }
        #expect(seen == 3)
    }

    @Test("A room keeps its last messages, and its seq")
    func byCount() async throws {
        let store = self.store { $0.maximumMessagesPerRoom = 10 }
        for number in 1...25 { _ = try await store.append(message(id: "m\(number)")) }
        #expect(try await self.sequences(store) == Array(16...25))
        let page = try await store.messages(in: room(), HistoryQuery(after: 3, limit: 4), now: time())
        #expect(page.messages.map(\.seq) == [16, 17, 18, 19])
        #expect(page.hasMore)
        #expect(try await store.lastSequence(of: room()) == 25)
    }

    @Test("A message is kept for seven days, its room's seq for longer")
    func byAge() async throws {
        let store = self.store()
        for number in 0..<10 {
            _ = try await store.append(message(id: "m\(number)", at: time(Int64(number) * Self.day)))
        }
        #expect(try await self.sequences(store, now: time(9 * Self.day)) == Array(3...10))
        #expect(try await self.sequences(store, now: time(9 * Self.day + 1)) == Array(4...10))
        #expect(try await self.sequences(store, now: time(100 * Self.day)) == [])
        #expect(try await store.lastSequence(of: room()) == 10)
        #expect(try await store.append(message(id: "late", at: time(100 * Self.day))).receipt.seq == 11)
    }

    @Test("Rooms that nobody touches any more lose their messages too")
    func quietRooms() async throws {
        let store = self.store()
        for number in 0..<10 { _ = try await store.append(message(in: room("quiet\(number)"))) }
        let bytes = store.byteCount
        for number in 0..<20 { _ = try await store.append(message(id: "n\(number)", at: time(8 * Self.day))) }
        #expect(store.byteCount < bytes + 20 * 800)
        #expect(store.roomCount == 11)
        for number in 0..<10 {
            #expect(try await self.sequences(store, "quiet\(number)") == [])
            #expect(try await store.lastSequence(of: room("quiet\(number)")) == 1)
        }
    }

    @Test("A room is bounded in bytes, but keeps its newest message")
    func byBytes() async throws {
        let store = self.store { $0.maximumBytesPerRoom = 10_000 }
        let content = String(repeating: "x", count: 2000)
        for number in 1...10 { _ = try await store.append(message(content, id: "m\(number)")) }
        #expect(try await self.sequences(store) == [7, 8, 9, 10])
        _ = try await store.append(message(String(repeating: "x", count: 50_000), id: "big"))
        #expect(try await self.sequences(store) == [11])
        let attachment = ByteBuffer(repeating: 0, count: 50_000)
        _ = try await store.append(message(id: "binary", attachments: [attachment]))
        #expect(try await self.sequences(store) == [12])
    }

    @Test("The store is bounded in bytes: the rooms that were quiet for longest pay")
    func totalBytes() async throws {
        let store = self.store { $0.maximumBytes = 100_000 }
        let content = String(repeating: "x", count: 4000)
        for number in 1...30 { _ = try await store.append(message(content, id: "m\(number)", in: room("r\(number)"))) }
        #expect(store.byteCount <= 100_000)
        #expect(store.roomCount == 30)
        #expect(try await self.sequences(store, "r1") == [])
        #expect(try await self.sequences(store, "r30") == [1])
        #expect(try await store.lastSequence(of: room("r1")) == 1)
        // One room alone shrinks from its oldest message on.
        for number in 1...60 { _ = try await store.append(message(content, id: "n\(number)", in: room("busy"))) }
        #expect(store.byteCount <= 100_000)
        #expect(try await self.sequences(store, "busy").last == 60)
        #expect(try await self.sequences(store, "busy").count > 10)
        #expect(try await self.sequences(store, "r30") == [])
        // Client ids count as well.
        for number in 1...3000 {
            _ = try await store.append(message(id: "o\(number)", in: room("ids"), clientID: "c\(number)"))
        }
        #expect(store.byteCount <= 100_000)
        #expect(try await store.lastSequence(of: room("ids")) == 3000)
    }

    @Test("The number of rooms is bounded, and a forgotten room's members see no seq twice")
    func roomCount() async throws {
        let store = self.store { $0.maximumRooms = 100 }
        for number in 1...150 {
            _ = try await store.append(message(id: "a\(number)", in: room("r\(number)")))
            _ = try await store.append(message(id: "b\(number)", in: room("r\(number)")))
        }
        #expect(store.roomCount == 100)
        #expect(try await store.lastSequence(of: room("r50")) == 0)
        #expect(try await store.lastSequence(of: room("r51")) == 2)
        #expect(try await store.append(message(id: "c", in: room("r50")), floor: 2).receipt.seq == 3)
        for number in 200...500 {
            _ = try await store.advance(ReadCursor(room: room("x\(number)"), user: user().id, seq: 1))
        }
        #expect(store.roomCount == 100)
        #expect(try await self.sequences(store, "r150") == [1, 2], "rooms without messages go first")
    }

    @Test("Client ids are bounded, and forgotten when their time is over")
    func clientIDs() async throws {
        let store = self.store { options in
            options.maximumClientIDsPerRoom = 10
            options.maximumMessagesPerRoom = 1
        }
        for number in 1...11 { _ = try await store.append(message(id: "m\(number)", clientID: "c\(number)")) }
        #expect(
            try await store.append(message(id: "x", clientID: "c2")).receipt.id.string == "m2",
            "longer than its message"
        )
        #expect(
            try await store.append(message(id: "y", clientID: "c1")).receipt.id.string == "y",
            "early, for want of room"
        )
        let bytes = store.byteCount
        _ = try await store.append(message(id: "z", clientID: "c99", at: time(600_000)))
        #expect(store.byteCount < bytes)
    }

    @Test("Readers of a room and users are bounded")
    func readersAndUsers() async throws {
        let store = self.store { options in
            options.maximumReadersPerRoom = 5
            options.maximumUsers = 5
        }
        for number in 1...20 {
            let reader = try user("u\(number)")
            #expect(try await store.advance(ReadCursor(room: room(), user: reader.id, seq: 7)))
            try await store.record(LastSeen(user: reader, time: time(Int64(number))))
        }
        var cursors = 0
        for number in 1...20 { cursors += try await store.readCursor(of: user("u\(number)").id, in: room()) }
        #expect(cursors == 5 * 7)
        // The oldest sighting goes first; one that is made again is new.
        try await store.record(LastSeen(user: user("u16"), time: time(100)))
        try await store.record(LastSeen(user: user("u21"), time: time(101)))
        var known: [Int] = []
        for number in 1...21 where try await store.lastSeen(of: user("u\(number)").id) != nil { known.append(number) }
        #expect(known == [16, 18, 19, 20, 21])
    }

    @Test("A user seen again and again is remembered once")
    func sightingsStaySmall() async throws {
        let store = self.store { $0.maximumUsers = 3 }
        for name in ["a", "b", "c"] { try await store.record(LastSeen(user: user(name), time: time(0))) }
        for number in 1...1000 { try await store.record(LastSeen(user: user("a"), time: time(Int64(number)))) }
        #expect(try await store.lastSeen(of: user("b").id) != nil)
        try await store.record(LastSeen(user: user("d"), time: time(5000)))
        #expect(try await store.lastSeen(of: user("b").id) == nil)
        #expect(try await store.lastSeen(of: user("a").id)?.time == time(1000))
    }
}
