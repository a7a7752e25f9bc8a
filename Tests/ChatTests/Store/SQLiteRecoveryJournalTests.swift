// Licensed under the MIT licence.

import ChatStores
import Foundation
import GRDB
import NIOCore
import SocketIOCore
import SocketIOTesting
import Synchronization
import Testing

/// A journal on disk keeps what it says it has, and nothing that it does not know to be whole.
@Suite struct SQLiteRecoveryJournalTests {
    private let scratch = ScratchDirectory()

    private func open() throws -> SQLiteRecoveryJournal {
        try FileManager.default.createDirectory(atPath: self.scratch.data, withIntermediateDirectories: true)
        return try SQLiteRecoveryJournal(directory: self.scratch.data)
    }

    private func append(
        _ journal: SQLiteRecoveryJournal,
        _ first: UInt64,
        _ records: [String],
        dropBefore: UInt64 = 0
    ) async -> Bool {
        let batch = JournalBatch(
            firstSerial: first,
            records: records.map(ByteBuffer.init(string:)),
            dropBefore: dropBefore
        )
        return await withCheckedContinuation { continuation in
            journal.append(batch) { continuation.resume(returning: $0) }
        }
    }

    private func close(_ journal: SQLiteRecoveryJournal) async {
        await withCheckedContinuation { continuation in journal.close { continuation.resume() } }
    }

    private func found(_ journal: SQLiteRecoveryJournal) -> [String] {
        journal.takeEntries().map { "\($0.serial) \(String(buffer: $0.record))" }
    }

    @Test("Records are there after the journal was closed, in order, but for those that were dropped")
    func reopening() async throws {
        let journal = try self.open()
        #expect(self.found(journal).isEmpty)
        #expect(await self.append(journal, 1, ["a", "b", ""]))
        #expect(await self.append(journal, 4, ["d"], dropBefore: 4))
        #expect(await self.append(journal, 5, ["e", "f"], dropBefore: 5))
        #expect(await self.append(journal, 7, ["g"]))
        await self.close(journal)
        #expect(await !self.append(journal, 8, ["too late"]))
        let again = try self.open()
        #expect(self.found(again) == ["5 e", "6 f", "7 g"])
        #expect(self.found(again).isEmpty, "once")
        await self.close(again)
    }

    @Test("Closing a journal ends its thread and its timer, once", .timeLimit(.minutes(15)))
    func closing() async throws {
        let journal = try self.open()
        #expect(await self.append(journal, 1, ["a"]))
        #expect(journal.isRunning)
        await self.close(journal)
        while journal.isRunning, !Task.isCancelled { await Task.yield() }
        #expect(!journal.isRunning)
        await self.close(journal)
        #expect(await !self.append(journal, 2, ["too late"]))
    }

    @Test("A journal that nobody has any more ends, closed or not", .timeLimit(.minutes(15)), arguments: [false, true])
    func ending(isClosed: Bool) async throws {
        var journal: SQLiteRecoveryJournal? = try self.open()
        weak let left = journal
        if let journal {
            #expect(await self.append(journal, 1, ["a"]))
            if isClosed { await self.close(journal) }
        }
        journal = nil
        while left != nil, !Task.isCancelled { await Task.yield() }
        #expect(left == nil)
    }

    @Test("What is not needed any more is dropped now and then, and nothing else")
    func dropping() async throws {
        var journal = try self.open()
        var random = SeededGenerator()
        var (next, first) = (1 as UInt64, 1 as UInt64)
        for _ in 0..<10 {
            for _ in 0..<50 {
                let count = Int.random(in: 1...40, using: &random)
                first = .random(in: first...next, using: &random)
                let records = (0..<count).map { "record \(next + UInt64($0))" }
                #expect(await self.append(journal, next, records, dropBefore: first), "seed \(random.seed)")
                next += UInt64(count)
            }
            await self.close(journal)
            journal = try self.open()
            let found = journal.takeEntries()
            let oldest = try #require(found.first?.serial)
            #expect(oldest <= first && oldest + 512 + 40 > first, "seed \(random.seed)")
            #expect(found.map(\.serial) == Array(oldest..<next), "seed \(random.seed)")
            #expect(found.allSatisfy { String(buffer: $0.record) == "record \($0.serial)" })
        }
        await self.close(journal)
    }

    @Test("A row that is not whole makes the journal begin anew")
    func tornRow() async throws {
        let journal = try self.open()
        #expect(await self.append(journal, 1, ["abc"]))
        await self.close(journal)
        try await DatabaseQueue(path: self.path).write {
            try $0.execute(sql: "UPDATE batches SET records = substr(records, 1, length(records) - 1)")
        }
        let again = try self.open()
        #expect(self.found(again).isEmpty)
        #expect(await self.append(again, 1, ["b"]))
        await self.close(again)
    }

    @Test("What was written before the system was started anew is dropped")
    func restartedSystem() async throws {
        let journal = try self.open()
        #expect(await self.append(journal, 1, ["a"]))
        await self.close(journal)
        try await DatabaseQueue(path: self.path).write { try $0.execute(sql: "UPDATE system SET start = 'another'") }
        let again = try self.open()
        #expect(self.found(again).isEmpty)
        #expect(await self.append(again, 1, ["b"]))
        await self.close(again)
    }

    private var path: String { self.scratch.data + "/recovery.sqlite" }

    @Test("A damaged journal is begun anew")
    func damaged() async throws {
        let journal = try self.open()
        #expect(await self.append(journal, 1, Array(repeating: String(repeating: "x", count: 5000), count: 20)))
        await self.close(journal)
        var bytes = try Data(contentsOf: URL(filePath: self.path))
        for index in 4096..<bytes.count { bytes[index] = 0x5a }
        try bytes.write(to: URL(filePath: self.path))
        let again = try self.open()
        #expect(self.found(again).isEmpty)
        #expect(await self.append(again, 1, ["b"]))
        await self.close(again)
    }

    @Test("A file that is no journal is left alone")
    func foreign() throws {
        try FileManager.default.createDirectory(atPath: self.scratch.data, withIntermediateDirectories: true)
        try Data("a diary".utf8).write(to: URL(filePath: self.path))
        #expect(throws: StoreOpeningError.notADatabase(path: self.path)) { try self.open() }
        SQLiteRecoveryJournal.discard(directory: self.scratch.data)
        #expect(try String(contentsOfFile: self.path, encoding: .utf8) == "a diary")
        try FileManager.default.removeItem(atPath: self.path)
        try DatabaseQueue(path: self.path).write { try $0.execute(sql: "CREATE TABLE diary (day TEXT)") }
        #expect(throws: StoreOpeningError.foreign(path: self.path)) { try self.open() }
        SQLiteRecoveryJournal.discard(directory: self.scratch.data)
        #expect(FileManager.default.fileExists(atPath: self.path))
    }

    @Test("A journal that is not gone on with is taken away")
    func discarded() async throws {
        let journal = try self.open()
        #expect(await self.append(journal, 1, ["a"]))
        await self.close(journal)
        SQLiteRecoveryJournal.discard(directory: self.scratch.data)
        #expect(!FileManager.default.fileExists(atPath: self.path))
    }

    @Test("An answer's way does not become longer with the number of batches")
    func answersWay() async throws {
        let journal = try self.open()
        let depth = Mutex(0)
        journal.answer { job in
            // At most 128 are told.
            depth.withLock { $0 = Thread.callStackReturnAddresses.count }
            job()
        }
        #expect(await self.append(journal, 1, ["first"]))
        let first = depth.withLock { $0 }
        for serial in 2...100 { #expect(await self.append(journal, UInt64(serial), ["next"])) }
        #expect(abs(depth.withLock { $0 } - first) < 10)
        await self.close(journal)
    }

    @Test("A log over a journal on disk does what every log has to do")
    func suite() async throws {
        let world = JournalWorld(directory: self.scratch.data)
        let suite = RecoveryLogSuite { options in
            try await world.open(options, now: RecoveryLogSuite.start, isEmpty: true)
        } settle: {
            await world.settle()
        } reopen: { options, now in
            try await world.open(options, now: now, isEmpty: false)
        }
        try await suite.run()
        await world.close()
    }
}

/// A journal whose answers wait until they are asked for, as those of a shard that is busy do.
private actor JournalWorld {
    private let directory: String
    private var journal: SQLiteRecoveryJournal?
    private let (jobs, source) = AsyncStream.makeStream(of: (@Sendable () -> Void).self)
    private let outstanding = Atomic(0)

    init(directory: String) {
        self.directory = directory
    }

    func open(_ options: ConnectionStateRecovery, now: NIODeadline, isEmpty: Bool) async throws -> JournaledRecoveryLog
    {
        await self.close()
        if isEmpty { try? FileManager.default.removeItem(atPath: self.directory) }
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        let journal = try SQLiteRecoveryJournal(directory: self.directory)
        self.journal = journal
        journal.answer { [source] job in source.yield(job) }
        return JournaledRecoveryLog(
            options: options,
            receiptWindow: RecoveryLogSuite.receiptWindow,
            journal: Counted(journal) { self.outstanding.add($0, ordering: .relaxed) },
            entries: journal.takeEntries(),
            now: now,
            nanosecondsSince1970: 1_000_000_000_000_000_000 + Int64(now.uptimeNanoseconds)
        )
    }

    func settle() async {
        guard self.outstanding.load(ordering: .relaxed) > 0 else { return }
        for await job in self.jobs {
            job()
            if self.outstanding.load(ordering: .relaxed) == 0 { return }
        }
    }

    func close() async {
        guard let journal else { return }
        await self.settle()
        await withCheckedContinuation { continuation in journal.close { continuation.resume() } }
    }

    private struct Counted: RecoveryJournal {
        let journal: SQLiteRecoveryJournal
        let count: @Sendable (Int) -> Void

        init(_ journal: SQLiteRecoveryJournal, count: @escaping @Sendable (Int) -> Void) {
            self.journal = journal
            self.count = count
        }

        func append(_ batch: JournalBatch, whenDone: @escaping @Sendable (Bool) -> Void) {
            self.count(1)
            self.journal.append(batch) {
                self.count(-1)
                whenDone($0)
            }
        }
    }
}
