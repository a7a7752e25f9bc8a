// Licensed under the MIT licence.

import Chat
import Foundation
import GRDB
import NIOCore
import SocketIOTesting
import Testing

@testable import ChatStores

@Suite(.timeLimit(.minutes(15))) struct SQLiteStoreTests {
    @Test("It is a store")
    func conformance() async throws {
        let scratch = ScratchDirectory()
        try await StoreConformance { retention in
            var options = SQLiteStoreOptions(directory: scratch.path(UUID().uuidString))
            options.retention = retention
            // Every call is waited for by itself here.
            options.synchronization = .normal
            options.now = { time().milliseconds }
            return try SQLiteStore(options)
        }.run()
    }

    @Test("What was stored is there when it is opened again")
    func reopening() async throws {
        let scratch = ScratchDirectory()
        let sent = try message(
            "é😀",
            id: "first",
            in: room("a room"),
            from: user("u\"1", "Ann"),
            clientID: "c1",
            payload: #"{"z":1.0}"#,
            attachments: [ByteBuffer(bytes: [0, 1]), ByteBuffer(), ByteBuffer(bytes: [255])]
        )
        let store = try scratch.store()
        _ = try await store.append(sent)
        _ = try await store.append(message(id: "second", in: sent.room))
        #expect(try await store.advance(ReadCursor(room: sent.room, user: sent.sender.id, seq: 2)))
        try await store.record(LastSeen(user: sent.sender, time: time(7)))
        await store.close()

        let again = try scratch.store()
        let page = try await again.messages(in: sent.room, HistoryQuery(after: 0, limit: 10), now: time())
        #expect(page.messages.map(\.seq) == [1, 2])
        #expect(page.messages.first == StoredMessage(seq: 1, message: sent))
        #expect(try await again.readCursor(of: sent.sender.id, in: sent.room) == 2)
        #expect(try await again.lastSeen(of: sent.sender.id) == LastSeen(user: sent.sender, time: time(7)))
        let repeated = try await again.append(message(id: "x", in: sent.room, from: sent.sender, clientID: "c1"))
        #expect(repeated == .repeated(MessageReceipt(id: sent.id, seq: 1, timestamp: sent.timestamp)))
        #expect(try await again.append(message(id: "third", in: sent.room)).receipt.seq == 3)
        #expect(scratch.names == ["martlet.lock", "martlet.sqlite", "martlet.sqlite-shm", "martlet.sqlite-wal"])
        await again.close()
        #expect(scratch.names == ["martlet.lock", "martlet.sqlite"], "the log has gone into the file")
    }

    @Test("Many messages share a commit, and nobody is told before it")
    func groupCommit() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store { $0.lockTimeoutMilliseconds = 60_000 }
        let results = Results<AppendOutcome>()
        // No commit ends before all are there.
        let unlock = try scratch.lock()
        for number in 1...2000 {
            store.append(try message(id: "m\(number)", in: room("r\(number % 7)")), floor: 0) { result in
                if store.committedCallCount < number {
                    results.add(.failure(StoreError(.unknown, reason: "too early")))
                }
                results.add(result)
            }
        }
        unlock()
        let outcomes = try await results.all(2000)
        #expect(outcomes.allSatisfy { if case .stored = $0 { true } else { false } })
        #expect(store.committedCallCount == 2000)
        #expect(store.commitCount >= 2, "a commit holds a thousand at most")
        #expect(store.commitCount < 10, "\(store.commitCount) commits")
        await store.close()
    }

    @Test("It can be read while somebody else writes")
    func readingOnly() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        _ = try await store.append(message(id: "first"))
        let other = try SQLiteStore(readingOnly: SQLiteStoreOptions(directory: scratch.data))
        #expect(try await other.lastSequence(of: room()) == 1)
        _ = try await store.append(message(id: "second"))
        #expect(
            try await other.messages(in: room(), HistoryQuery(limit: 9), now: time()).messages.map(\.seq) == [1, 2]
        )
        #expect(try await other.rooms(after: nil, limit: 9).map(\.lastSequence) == [2])
        await #expect(throws: StoreError.self) { try await other.append(message(id: "third")) }
        await store.close()
        #expect(try await other.lastSequence(of: room()) == 2)
        await other.close()
        let later = try SQLiteStore(readingOnly: SQLiteStoreOptions(directory: scratch.data))
        #expect(try await later.lastSequence(of: room()) == 2)
        await later.close()
        #expect(throws: StoreOpeningError.self) {
            try SQLiteStore(readingOnly: SQLiteStoreOptions(directory: scratch.path("nowhere")))
        }
        #expect(!FileManager.default.fileExists(atPath: scratch.path("nowhere")))
    }

    @Test("It tells which numbers have messages, retained or not")
    func sequences() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store {
            $0.retention = Retention(maximumMessages: 5)
            $0.now = { 0 }
        }
        let numbers = [1, 2, 3, 7, 9, 10]
        let messages = try numbers.map { StoredMessage(seq: $0, message: try message(id: "m\($0)")) }
        #expect(try await store.restore(messages) == numbers.count)
        let all = 1...SQLiteStore.maximumSequence
        #expect(try await store.sequences(in: room(), all, now: time()).ranges.map { $0 } == [7..<8, 9..<11])
        #expect(try await store.sequences(in: room(), 9...9, now: time()).ranges.map { $0 } == [9..<10])
        #expect(try await store.sequences(in: room(), 8...8).isEmpty)
        #expect(try await store.sequences(in: room(), 11...20).isEmpty)
        #expect(try await store.sequences(in: room("nowhere"), all).isEmpty)
        let late = time(Retention().maximumAgeMilliseconds + 1)
        #expect(try await store.sequences(in: room(), all, now: late).isEmpty)
        await store.close()
        let keeper = try scratch.store()
        _ = try await keeper.restore(messages)
        #expect(try await keeper.sequences(in: room(), all).ranges.map { $0 } == [1..<4, 7..<8, 9..<11])
        #expect(try await keeper.sequences(in: room(), 2...9).ranges.map { $0 } == [2..<4, 7..<8, 9..<10])
        await keeper.close()
    }

    @Test("More than may wait is refused at once")
    func overload() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store {
            $0.maximumWaitingCalls = 10
            $0.maximumWaitingBytes = 1 << 20
            $0.lockTimeoutMilliseconds = 60_000
        }
        let results = Results<Bool>()
        let unlock = try scratch.lock()
        for number in 1...500 {
            store.append(try message(id: "m\(number)"), floor: 0) { result in
                switch result {
                case .success: results.add(.success(true))
                case .failure(let error): results.add(.success(error.outcome != .notDone))
                }
            }
        }
        unlock()
        let stored = try await results.all(500).count { $0 }
        #expect((10..<500).contains(stored), "\(stored)")
        #expect(try await store.lastSequence(of: room()) == stored)
        // What is larger than the bound by itself is stored when nothing else waits.
        #expect(
            try await store.append(message(String(repeating: "x", count: 3 << 20), id: "big")).receipt.seq == stored + 1
        )
        await store.close()
    }

    @Test("Old messages leave the disk, a few at a time, and the room goes on where it was")
    func sweeping() async throws {
        let scratch = ScratchDirectory()
        let retention = Retention(maximumMessages: 100, maximumAgeMilliseconds: 60_000)
        let store = try scratch.store { $0.retention = retention }
        let results = Results<AppendOutcome>()
        for number in 1...3000 {
            let name = number % 3 == 0 ? "busy" : "r\(number % 300)"
            store.append(try message(id: "m\(number)", in: room(name), clientID: "c\(number)"), floor: 0) {
                results.add($0)
            }
        }
        _ = try await results.all(3000)
        #expect(try await store.messages(in: room("busy"), HistoryQuery(limit: 500), now: time()).messages.count == 100)
        await store.close()
        let busy = "SELECT count(*) FROM messages WHERE place >> 32 = (SELECT number FROM rooms WHERE id = 'busy')"
        #expect(try scratch.count(busy) < 300, "newer messages push old ones out")

        try Self.write(scratch, retention) { database, writer in
            while try writer.sweep(now: time(60_000).milliseconds) {}
            #expect(try Int.fetchOne(database, sql: busy) == 100)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM client_ids") == 3000)
            while try writer.sweep(now: time(599_999).milliseconds) {}
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM messages") == 0)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM client_ids") == 3000)
            while try writer.sweep(now: time(600_000).milliseconds) {}
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM client_ids") == 0)
        }

        let again = try scratch.store()
        #expect(try await again.append(message(id: "next", in: room("busy"), at: time(700_000))).receipt.seq == 1001)
        #expect(try await again.append(message(id: "next", in: room("r1"), at: time(700_000))).receipt.seq == 11)
        #expect(try await again.lastSequence(of: room("r2")) == 10)
        await again.close()
    }

    /// Writes without a store and its threads.
    private static func write(
        _ scratch: ScratchDirectory,
        _ retention: Retention,
        _ body: (Database, StoreWriter) throws -> Void
    ) throws {
        let opening = SQLiteOpening(options: SQLiteStoreOptions(directory: scratch.data))
        let directory = try DataDirectory(scratch.data)
        defer { directory.release() }
        try opening.writer(in: directory).writeWithoutTransaction { database in
            try body(database, StoreWriter(database, retention: retention))
        }
    }

    @Test("Messages are put back where they were, once")
    func restoring() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        let messages = try (5...9).map { StoredMessage(seq: $0, message: try message(id: "m\($0)", in: room("old"))) }
        #expect(try await store.restore(messages) == 5)
        #expect(try await store.restore(messages + [StoredMessage(seq: 3, message: messages[0].message)]) == 1)
        #expect(try await store.append(message(id: "new", in: room("old"))).receipt.seq == 10)
        #expect(try await store.restore([StoredMessage(seq: 10, message: messages[0].message)]) == 0, "taken")
        let page = try await store.messages(in: room("old"), HistoryQuery(after: 0, limit: 50), now: time())
        #expect(page.messages.map(\.seq) == [3, 5, 6, 7, 8, 9, 10])
        _ = try await store.append(message(in: room("another")))
        let rooms = try await store.rooms(after: nil, limit: 10)
        #expect(rooms.map(\.id.string) == ["another", "old"])
        #expect(rooms.map(\.lastSequence) == [1, 10])
        #expect(try await store.rooms(after: room("another"), limit: 10).map(\.id.string) == ["old"])
        #expect(try await store.rooms(after: nil, limit: 1).map(\.id.string) == ["another"])
        await store.close()
    }
}
