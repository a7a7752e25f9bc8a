// Licensed under the MIT licence.

import Chat
import Foundation
import GRDB
import NIOCore
import SocketIOCore
import Testing

@testable import ChatStores

/// What stops a store on disk from being opened, and that nothing is changed then.
@Suite struct SQLiteOpeningTests {
    /// A directory with a store of one message.
    private func used() async throws -> ScratchDirectory {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        _ = try await store.append(message())
        await store.close()
        return scratch
    }

    /// A directory as a process leaves it that is killed behind a message and this: all of it is in the log.
    private func killed(behind sql: String = "") async throws -> ScratchDirectory {
        let scratch = try await self.used()
        let after = ScratchDirectory()
        let process = try DatabaseQueue(path: scratch.database)
        try await process.writeWithoutTransaction { try $0.execute(sql: "UPDATE rooms SET last_seq = 1; \(sql)") }
        try FileManager.default.createDirectory(atPath: after.path(""), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: scratch.data, toPath: after.data)
        try process.close()
        let log = try FileManager.default.attributesOfItem(atPath: after.database + "-wal")[.size] as? Int
        #expect(log ?? 0 > 0)
        return after
    }

    /// The store does not open, and the files are as they were.
    private func refusal(_ scratch: ScratchDirectory) throws -> StoreOpeningError {
        let before = try scratch.contents
        let error = #expect(throws: StoreOpeningError.self) { try scratch.store() }
        #expect(try scratch.contents == before, "something was changed")
        return try #require(error)
    }

    @Test("The directory is made, with those above it, for its owner alone")
    func making() async throws {
        let scratch = ScratchDirectory()
        let path = scratch.path("a/b/c")
        let store = try SQLiteStore(SQLiteStoreOptions(directory: path))
        for path in [path, path + "/martlet.sqlite"] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(path) is \(String(mode ?? 0, radix: 8))")
        }
        await store.close()
    }

    @Test("One directory is for one store at a time")
    func twice() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        _ = try await store.append(message())
        #expect(throws: StoreOpeningError.inUse(path: scratch.data)) { try scratch.store() }
        #expect(try await store.append(message(id: "m2")).receipt.seq == 2)
        await store.close()
        let next = try scratch.store()
        #expect(try await next.lastSequence(of: room()) == 2)
        await next.close()
    }

    @Test("A file where the directory should be", arguments: ["", "/below"])
    func noDirectory(_ below: String) throws {
        let scratch = ScratchDirectory()
        try FileManager.default.createDirectory(atPath: scratch.path(""), withIntermediateDirectories: true)
        try Data("notes".utf8).write(to: URL(fileURLWithPath: scratch.path("file")))
        let path = scratch.path("file" + below)
        let error = #expect(throws: StoreOpeningError.self) { try SQLiteStore(SQLiteStoreOptions(directory: path)) }
        guard case .directory(path, let reason)? = error else {
            Issue.record("\(error.debugDescription)")
            return
        }
        #expect(reason.contains("ot a directory"))
    }

    @Test("A directory that does not let us write", .enabled(if: getuid() != 0, "root may write everywhere"))
    func readOnlyDirectory() async throws {
        let scratch = try await self.used()
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: scratch.data)
        guard case .directory = try self.refusal(scratch) else {
            Issue.record("opened")
            return
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.data)
    }

    @Test("A file that is no database", arguments: [10, 99, 100, 5000])
    func noDatabase(_ size: Int) throws {
        let scratch = ScratchDirectory()
        try scratch.write(Data(repeating: UInt8(ascii: "x"), count: size))
        #expect(try self.refusal(scratch) == .notADatabase(path: scratch.database))
    }

    @Test("A database of something else")
    func foreign() throws {
        let scratch = ScratchDirectory()
        try scratch.write(Data())
        try scratch.execute(
            "PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')"
        )
        #expect(try self.refusal(scratch) == .foreign(path: scratch.database))
        #expect(try scratch.count("SELECT count(*) FROM notes") == 1)
    }

    @Test("A database of a newer version, be that known from the file or from the log alone", arguments: [true, false])
    func newer(_ isInFile: Bool) async throws {
        let version = "PRAGMA user_version = 3"
        let scratch = isInFile ? try await self.used() : try await self.killed(behind: version)
        if isInFile { try scratch.execute(version) }
        let error = StoreOpeningError.newer(path: scratch.database, version: 3, known: 2)
        #expect(try self.refusal(scratch) == error)
        #expect(throws: error) { try SQLiteStore(readingOnly: SQLiteStoreOptions(directory: scratch.data)) }
        #expect(try scratch.count("SELECT count(*) FROM messages") == 1)
    }

    @Test("A version that there never was", arguments: [-1, 0], [true, false])
    func noVersion(_ version: Int, _ isInFile: Bool) async throws {
        let statement = "PRAGMA user_version = \(version)"
        let scratch = isInFile ? try await self.used() : try await self.killed(behind: statement)
        if isInFile { try scratch.execute(statement) }
        let error = StoreOpeningError.damaged(path: scratch.database, reason: "its schema is \(version)")
        #expect(try self.refusal(scratch) == error)
    }

    @Test("A killed process's database that was damaged is left with its log")
    func damagedBehindAKill() async throws {
        let rows = String(repeating: "INSERT INTO probe (filler) VALUES (randomblob(4000));", count: 20)
        let scratch = try await self.killed(behind: rows)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.database))
        // The second page, of which the log has none.
        try file.seek(toOffset: 4096 * 2)
        try file.write(contentsOf: Data(repeating: 0xa5, count: 4096))
        try file.close()
        guard case .damaged(scratch.database, let reason) = try self.refusal(scratch) else {
            Issue.record("opened")
            return
        }
        #expect(!reason.contains { $0.isNewline })
    }

    @Test("A log whose database was moved away is left for it")
    func logAlone() async throws {
        let scratch = try await self.killed()
        try FileManager.default.moveItem(atPath: scratch.database, toPath: scratch.path("moved"))
        guard case .unreadable(scratch.database, let reason) = try self.refusal(scratch) else {
            Issue.record("opened")
            return
        }
        #expect(reason.contains("log"))
        try FileManager.default.moveItem(atPath: scratch.path("moved"), toPath: scratch.database)
        let store = try scratch.store()
        #expect(try await store.lastSequence(of: room()) == 1)
        await store.close()
    }

    @Test("An older database that lacks a table is not upgraded")
    func damagedOldDatabase() async throws {
        let scratch = try await self.used()
        try scratch.execute(
            """
            DROP INDEX users_online; ALTER TABLE last_seen DROP COLUMN is_online; DROP TABLE process; DROP TABLE read_cursors;
            PRAGMA user_version = 1
            """
        )
        _ = try self.refusal(scratch)
        #expect(try scratch.count("PRAGMA user_version") == 1)
    }

    @Test("A process that was killed while it made the database has made none")
    func killedWhileMaking() async throws {
        let scratch = try await self.used()
        // A journal of SQLite's that says there was no page before ("The Rollback Journal": magic, pages, nonce, size, sector, page size).
        var journal = Data([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
        for number: UInt32 in [0, 1, 0, 512, 4096] {
            withUnsafeBytes(of: number.bigEndian) { journal.append(contentsOf: $0) }
        }
        journal.append(Data(count: 512 - journal.count))
        try journal.write(to: URL(fileURLWithPath: scratch.database + "-journal"))
        var file = try Data(contentsOf: URL(fileURLWithPath: scratch.database))
        // Not in WAL mode yet.
        file[18] = 1
        file[19] = 1
        try scratch.write(file)
        let store = try scratch.store()
        #expect(try await store.append(message()).receipt.seq == 1, "nothing was there")
        await store.close()
        let again = try scratch.store()
        #expect(try await again.lastSequence(of: room()) == 1)
        await again.close()
    }

    @Test("What clients could come back for goes where the database is made anew")
    func journalOfAnother() async throws {
        let scratch = try await self.used()
        func open() throws -> SQLiteRecoveryJournal { try SQLiteRecoveryJournal(directory: scratch.data) }
        func close(_ journal: SQLiteRecoveryJournal) async {
            await withCheckedContinuation { continuation in journal.close { continuation.resume() } }
        }
        let journal = try open()
        let isKept = await withCheckedContinuation { continuation in
            journal.append(JournalBatch(firstSerial: 1, records: [ByteBuffer(string: "a")], dropBefore: 0)) {
                continuation.resume(returning: $0)
            }
        }
        #expect(isKept)
        await close(journal)
        let same = try scratch.store()
        await same.close()
        let kept = try open()
        #expect(kept.takeEntries().count == 1, "the database is the same")
        await close(kept)
        try FileManager.default.removeItem(atPath: scratch.database)
        let new = try scratch.store()
        await new.close()
        let gone = try open()
        #expect(gone.takeEntries().isEmpty)
        await close(gone)
    }

    @Test("A damaged database", arguments: ["cut", "overwritten", "a table is missing", "only a header"])
    func damaged(_ how: String) async throws {
        let scratch = try await self.used()
        let original = try Data(contentsOf: URL(fileURLWithPath: scratch.database))
        switch how {
        case "cut": try scratch.write(original.prefix(original.count / 2))
        case "overwritten":
            try scratch.write(original.prefix(4096) + Data(repeating: 0xa5, count: original.count - 4096))
        case "a table is missing": try scratch.execute("DROP TABLE messages")
        default: try scratch.write(original.prefix(100))
        }
        switch try self.refusal(scratch) {
        case .damaged(let path, let reason), .unreadable(let path, let reason):
            #expect(path == scratch.database)
            #expect(!reason.isEmpty)
        case let other:
            Issue.record("\(other)")
        }
    }

    @Test("An empty file is where a new database begins")
    func empty() async throws {
        let scratch = ScratchDirectory()
        try scratch.write(Data())
        let store = try scratch.store()
        #expect(try await store.append(message()).receipt.seq == 1)
        await store.close()
    }

    @Test("An empty file becomes its owner's alone")
    func mode() async throws {
        let scratch = ScratchDirectory()
        try scratch.write(Data())
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: scratch.database)
        let store = try scratch.store()
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.database)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        await store.close()
    }

    @Test("No database is made where a link leads", arguments: [true, false])
    func link(_ isThere: Bool) throws {
        let scratch = ScratchDirectory()
        try FileManager.default.createDirectory(atPath: scratch.data, withIntermediateDirectories: true)
        let target = scratch.path("target")
        if isThere { try Data().write(to: URL(fileURLWithPath: target)) }
        try FileManager.default.createSymbolicLink(atPath: scratch.database, withDestinationPath: target)
        let error = #expect(throws: StoreOpeningError.self) { try scratch.store() }
        guard case .unreadable(scratch.database, let reason)? = error else {
            Issue.record("\(error.debugDescription)")
            return
        }
        #expect(reason.contains("symbolic link"))
        #expect(FileManager.default.fileExists(atPath: target) == isThere)
        if isThere { #expect(try Data(contentsOf: URL(fileURLWithPath: target)).isEmpty) }
    }
}

extension ScratchDirectory {
    /// Puts these bytes where the database belongs.
    fileprivate func write(_ bytes: Data) throws {
        try FileManager.default.createDirectory(atPath: self.data, withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: self.database))
    }

    /// The bytes of all files, but for the lock, and for the log's index, which whoever reads makes.
    fileprivate var contents: [String: Data] {
        get throws {
            var contents: [String: Data] = [:]
            for name in self.names where name != "martlet.lock" && name != "martlet.sqlite-shm" {
                contents[name] = try Data(contentsOf: URL(fileURLWithPath: self.data + "/" + name))
            }
            return contents
        }
    }
}
