// Licensed under the MIT licence.

import Chat
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ChatStores

/// What a store on disk knows of users who are there, and how long it remembers those who are not.
@Suite(.timeLimit(.minutes(15))) struct SQLiteUsersTests {
    private func sighting(_ name: String, _ milliseconds: Int64 = 0) throws -> LastSeen {
        LastSeen(user: try user(name), time: time(milliseconds))
    }

    /// What a process that is killed leaves, though it goes on here.
    private func copy(_ scratch: ScratchDirectory) throws -> ScratchDirectory {
        let left = ScratchDirectory()
        try FileManager.default.createDirectory(atPath: left.data, withIntermediateDirectories: true)
        // File by file they would be of different moments.
        try DatabaseQueue(path: scratch.database).backup(to: DatabaseQueue(path: left.database))
        return left
    }

    @Test("Who was there when the process was killed was seen last when it was known to live last")
    func killed() async throws {
        let scratch = ScratchDirectory()
        let clock = Clock(time().milliseconds)
        let store = try scratch.store {
            $0.markIntervalMilliseconds = 1
            $0.now = { clock.milliseconds }
        }
        try await store.arrived(self.sighting("ann"))
        try await store.arrived(self.sighting("ben"))
        try await store.arrived(self.sighting("cat", 90_000))
        try await store.record(self.sighting("ben", 10))
        clock.milliseconds = time(60_000).milliseconds
        let marked = "SELECT ifnull(max(time), 0) FROM process"
        while try scratch.count(marked) < clock.milliseconds { await Task.yield() }
        let left = try self.copy(scratch)
        await store.close()

        let again = try left.store()
        #expect(try await again.lastSeen(of: user("ann").id) == self.sighting("ann", 60_000))
        #expect(try await again.lastSeen(of: user("ben").id) == self.sighting("ben", 10), "who had gone had gone")
        #expect(try await again.lastSeen(of: user("cat").id) == self.sighting("cat", 90_000), "never before they came")
        await again.close()
        #expect(try left.count("SELECT count(*) FROM last_seen WHERE is_online = 1") == 0)
    }

    @Test(
        "Who was there when an earlier process was killed is not there for the next one, though that could not write at first"
    )
    func killedBeforeAFailure() async throws {
        let scratch = ScratchDirectory()
        let first = try scratch.store { $0.now = { time(60_000).milliseconds } }
        try await first.arrived(self.sighting("ann"))
        await first.close()
        // As a kill would have left it.
        try scratch.execute("UPDATE last_seen SET is_online = 1, time = \(time().milliseconds)")
        let clock = Clock(time(500_000).milliseconds)
        let unlock = try scratch.lock()
        let second = try scratch.store {
            $0.lockTimeoutMilliseconds = 20
            $0.now = { clock.milliseconds }
        }
        unlock()
        try await second.arrived(self.sighting("ben", 400_000))
        await second.close()
        let third = try scratch.store()
        #expect(try await third.lastSeen(of: user("ann").id) == self.sighting("ann", 60_000))
        #expect(try await third.lastSeen(of: user("ben").id) == self.sighting("ben", 500_000))
        await third.close()
    }

    @Test("A shutdown that does not wait for goodbyes notes the time")
    func closing() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store { $0.now = { time(5000).milliseconds } }
        try await store.arrived(self.sighting("ann"))
        await store.close()
        let again = try scratch.store()
        #expect(try await again.lastSeen(of: user("ann").id) == self.sighting("ann", 5000))
        await again.close()
    }

    @Test("Nothing is written while nobody is there")
    func nobody() throws {
        try DatabaseQueue().writeWithoutTransaction { database in
            try Schema.create(database)
            let writer = try StoreWriter(database, retention: Retention())
            try writer.markPresence(now: 1)
            #expect(!writer.hasWritten)
            try writer.arrive(self.sighting("ann"))
            try writer.markPresence(now: 2)
            #expect(writer.hasWritten)
            try writer.record(self.sighting("ann", -5))
            try writer.markPresence(now: 3)
            #expect(!writer.hasWritten, "gone, though by a clock that was set back")
            #expect(try Int.fetchOne(database, sql: "SELECT time FROM process") == 2)
        }
    }

    @Test("A file of the first version gets what it lacks, and can be read before")
    func upgrade() async throws {
        let scratch = ScratchDirectory()
        let first = try scratch.store()
        _ = try await first.append(message(id: "m1"))
        try await first.record(self.sighting("ann", 7))
        await first.close()
        try scratch.execute(
            """
            DROP INDEX users_online; ALTER TABLE last_seen DROP COLUMN is_online; DROP TABLE process;
            PRAGMA user_version = 1
            """
        )
        let reading = try SQLiteStore(readingOnly: SQLiteStoreOptions(directory: scratch.data))
        #expect(try await reading.lastSequence(of: room()) == 1)
        await reading.close()
        let store = try scratch.store()
        #expect(try await store.lastSeen(of: user("ann").id) == self.sighting("ann", 7))
        try await store.arrived(self.sighting("ann", 9))
        await store.close()
        #expect(try scratch.count("PRAGMA user_version") == 2)
    }

    @Test("Who has been away for too long is forgotten with all read marks, a few at a time; others are not")
    func forgetting() throws {
        try DatabaseQueue().writeWithoutTransaction { database in
            try Schema.create(database)
            let retention = Retention(maximumAbsenceMilliseconds: 1000)
            let writer = try StoreWriter(database, retention: retention)
            let names = (0..<1500).map { "away \($0)" }
            try writer.begin()
            for name in names + ["here", "back", "unknown"] {
                try writer.record(self.sighting(name))
                for room in ["r1", "r2"] {
                    _ = try writer.advance(ReadCursor(room: RoomID(room), user: user(name).id, seq: 4))
                }
            }
            try writer.record(self.sighting("back", 500))
            try writer.arrive(self.sighting("here", 1))
            try writer.commit()
            try database.execute(sql: "DELETE FROM last_seen WHERE user = 'unknown'")
            func count(_ table: String) throws -> Int? {
                try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)")
            }
            while try writer.sweep(now: time(1000).milliseconds) {}
            #expect(try count("last_seen") == 1502, "just not too long")

            let later = time(1000 + 3_600_000).milliseconds
            try database.execute(sql: "UPDATE last_seen SET time = ? WHERE user = 'back'", arguments: [later - 1000])
            var marks = [try count("read_cursors") ?? 0]
            while try writer.sweep(now: later) { marks.append(try count("read_cursors") ?? 0) }
            #expect(zip(marks, marks.dropFirst()).allSatisfy { $0 - $1 <= 1000 }, "\(marks)")
            #expect(try String.fetchAll(database, sql: "SELECT user FROM last_seen ORDER BY user") == ["back", "here"])
            let readers = try String.fetchAll(database, sql: "SELECT DISTINCT user FROM read_cursors ORDER BY user")
            #expect(
                readers == ["back", "here", "unknown"],
                "nothing is known of the last one, so that nothing is forgotten"
            )
        }
    }

    @Test("A room's row outlives its messages, so that seq never begins again")
    func rooms() throws {
        try DatabaseQueue().writeWithoutTransaction { database in
            try Schema.create(database)
            let writer = try StoreWriter(database, retention: Retention(maximumAgeMilliseconds: 1000))
            try writer.begin()
            for number in 1...3 { _ = try writer.append(message(id: "m\(number)"), floor: 0) }
            try writer.commit()
            while try writer.sweep(now: time(400 * 86_400_000).milliseconds) {}
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM messages") == 0)
            try writer.begin()
            let next = try writer.append(message(id: "m4", at: time(400 * 86_400_000)), floor: 0)
            try writer.commit()
            #expect(next.receipt.seq == 4)
        }
    }
}

/// A clock that a test sets.
private final class Clock: Sendable {
    private let value: Mutex<Int64>

    init(_ milliseconds: Int64) {
        self.value = Mutex(milliseconds)
    }

    var milliseconds: Int64 {
        get { self.value.withLock { $0 } }
        set { self.value.withLock { $0 = newValue } }
    }
}
