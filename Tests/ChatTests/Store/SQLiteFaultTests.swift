// Licensed under the MIT licence.

import Chat
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ChatStores

/// What goes wrong while a store on disk runs.
@Suite(.timeLimit(.minutes(15))) struct SQLiteFaultTests {
    @Test("A full disk refuses senders, loses nothing, and is left behind without a restart")
    func fullDisk() async throws {
        let scratch = ScratchDirectory()
        let (conditions, changes) = AsyncStream.makeStream(of: StoreCondition.self)
        let store = try scratch.store {
            $0.maximumPages = 60
            $0.probeIntervalMilliseconds = 5
            $0.onChange = { changes.yield($0) }
        }
        let acknowledged = Mutex<[Int: String]>([:])
        let results = Results<StoreError?>()
        let content = String(repeating: "x", count: 3000)
        for number in 1...300 {
            store.append(try message(content, id: "m\(number)"), floor: 0) { result in
                switch result {
                case .success(let outcome):
                    acknowledged.withLock { $0[outcome.receipt.seq] = outcome.receipt.id.string }
                    results.add(.success(nil))
                case .failure(let error):
                    results.add(.success(error))
                }
            }
        }
        let errors = try await results.all(300).compactMap { $0 }
        #expect(!errors.isEmpty)
        #expect(
            errors.allSatisfy { $0.outcome == .notDone && $0.reason.contains("full") },
            "\(errors.first.debugDescription)"
        )
        var events = conditions.makeAsyncIterator()
        guard case .failing(let reason)? = await events.next() else {
            Issue.record("the store says nothing")
            return
        }
        #expect(reason.contains("full"))
        await #expect(throws: StoreError.self) { try await store.check() }
        await #expect(throws: StoreError.self) { try await store.append(message(id: "refused")) }
        await #expect(throws: StoreError.self) { try await store.record(LastSeen(user: user(), time: time())) }
        // What is there can be read, and nothing else is there.
        let kept = try await store.messages(in: room(), HistoryQuery(after: 0, limit: 500), now: time())
        #expect(kept.messages.map(\.seq) == acknowledged.withLock { $0.keys.sorted() })
        #expect(
            kept.messages.allSatisfy { stored in acknowledged.withLock { $0[stored.seq] } == stored.receipt.id.string }
        )

        try await store.limit(pages: 100_000)
        #expect(await events.next() == .working)
        try await store.check()
        let next = try await store.append(message(id: "after"))
        #expect(next.receipt.seq == kept.messages.count + 1)
        await store.close()
        changes.finish()
        #expect(await events.next() == nil, "said once each")
    }

    @Test("A store that fails can be closed, and what waited is told")
    func closingWhileFailing() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store { $0.maximumPages = 40 }
        let results = Results<Bool>()
        for number in 1...50 {
            let sent = try message(String(repeating: "x", count: 8000), id: "m\(number)")
            store.append(sent, floor: 0) { result in results.add(.success((try? result.get()) != nil)) }
        }
        await store.close()
        #expect(try await results.all(50).contains(false))
        #expect(try await scratch.store().lastSequence(of: room()) == results.all(50).count { $0 })
    }

    @Test("A file that breaks while it is in use is found out once, and nothing is written to it any more")
    func corruption() async throws {
        let scratch = ScratchDirectory()
        let (conditions, changes) = AsyncStream.makeStream(of: StoreCondition.self)
        let first = try scratch.store()
        let results = Results<AppendOutcome>()
        for number in 1...300 {
            first.append(try message(String(repeating: "x", count: 2000), id: "m\(number)"), floor: 0) {
                results.add($0)
            }
        }
        _ = try await results.all(300)
        await first.close()

        let store = try scratch.store { $0.onChange = { changes.yield($0) } }
        let file = try #require(FileHandle(forUpdatingAtPath: scratch.database))
        let size = try file.seekToEnd()
        try file.seek(toOffset: 4096 * 8)
        try file.write(contentsOf: Data(repeating: 0xa5, count: Int(size) - 4096 * 8))
        try file.close()
        await #expect(throws: StoreError.self) {
            try await store.messages(in: room(), HistoryQuery(after: 0, limit: 500), now: time())
        }
        await #expect(throws: StoreError.self) {
            try await store.messages(in: room(), HistoryQuery(after: 0, limit: 500), now: time())
        }
        await #expect(throws: StoreError.self) { try await store.append(message(id: "refused")) }
        await #expect(throws: StoreError.self) { try await store.check() }
        await store.close()
        changes.finish()
        var events: [StoreCondition] = []
        for await event in conditions { events.append(event) }
        guard events.count == 1, case .broken(let reason) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(reason.contains("damaged"))
    }

    @Test("Somebody else who locks the file is waited for, then senders are refused until it is free")
    func locked() async throws {
        let scratch = ScratchDirectory()
        let (conditions, changes) = AsyncStream.makeStream(of: StoreCondition.self)
        let store = try scratch.store {
            $0.lockTimeoutMilliseconds = 20
            $0.probeIntervalMilliseconds = 5
            $0.onChange = { changes.yield($0) }
        }
        _ = try await store.append(message(id: "before"))
        let unlock = try scratch.lock()
        await #expect(throws: StoreError.self) { try await store.append(message(id: "refused")) }
        var events = conditions.makeAsyncIterator()
        guard case .failing? = await events.next() else {
            Issue.record("the store says nothing")
            return
        }
        #expect(try await store.lastSequence(of: room()) == 1, "reads go on")
        unlock()
        #expect(await events.next() == .working)
        #expect(try await store.append(message(id: "after")).receipt.seq == 2)
        await store.close()
    }

    @Test("A room whose numbers are used up refuses by itself")
    func usedUp() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        let last = StoredMessage(seq: 4_294_967_295, message: try message(id: "last", in: room("full")))
        #expect(try await store.restore([last, StoredMessage(seq: 4_294_967_296, message: last.message)]) == 1)
        await #expect(throws: StoreError.self) { try await store.append(message(id: "more", in: room("full"))) }
        #expect(try await store.lastSequence(of: room("full")) == 4_294_967_295)
        let page = try await store.messages(in: room("full"), HistoryQuery(limit: 9), now: time())
        #expect(page.messages == [last])
        try await store.check()
        #expect(try await store.append(message(id: "elsewhere")).receipt.seq == 1)
        await store.close()
    }

    @Test("One that is refused among many takes no others along, and each is told once")
    func refusedAmongMany() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        let results = Results<Int?>()
        for number in 1...200 {
            let isRefused = number.isMultiple(of: 10)
            store.append(try message(id: "m\(number)", clientID: "c\(number)"), floor: isRefused ? .max : 0) { result in
                switch result {
                case .success(let outcome): results.add(.success(outcome.receipt.seq))
                case .failure(let error): results.add(error.outcome == .notDone ? .success(nil) : .failure(error))
                }
            }
        }
        let all = try await results.all(200)
        #expect(all.compactMap { $0 } == Array(1...180))
        #expect(all.enumerated().allSatisfy { ($0.element == nil) == ($0.offset + 1).isMultiple(of: 10) })
        // What was refused was not done: its client id is free.
        #expect(try await store.append(message(id: "again", clientID: "c10")).receipt.seq == 181)
        await store.close()
        #expect(try await results.all(200).count == 200)
    }

    @Test("Messages that are put back are there all or not at all, and can be put back again")
    func restoreHalfway() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store {
            $0.maximumPages = 60
            $0.probeIntervalMilliseconds = 5
        }
        _ = try await store.append(message(id: "first"))
        let content = String(repeating: "x", count: 3000)
        let messages = try (2...200).map { StoredMessage(seq: $0, message: try message(content, id: "m\($0)")) }
        let error = await #expect(throws: StoreError.self) { try await store.restore(messages) }
        #expect(error?.outcome == .notDone)
        #expect(try await store.sequences(in: room(), 1...1000).ranges.map { $0 } == [1..<2])
        try await store.limit(pages: 100_000)
        var count: Int?
        // Until the store has seen that there is room again it refuses.
        while count == nil { count = try? await store.restore(messages) }
        #expect(count == messages.count)
        #expect(try await store.append(message(id: "last")).receipt.seq == 201)
        await store.close()
    }

    @Test("To be asked whether it stores makes a store write, but not every time")
    func checking() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        try await store.check()
        let commits = store.commitCount
        #expect(commits <= 1)
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<20 { try await store.check() }
        // One a second at most, on a machine that may be slow.
        let seconds = Int((clock.now - start).components.seconds)
        #expect(store.commitCount <= commits + 1 + seconds + 1)
        await store.close()
        await #expect(throws: StoreError.self) {
            // Whatever it wrote a moment ago.
            try await store.append(message())
        }
    }

    @Test("What would wait behind a disk that does not answer is refused at once")
    func hanging() async throws {
        let (conditions, changes) = AsyncStream.makeStream(of: StoreCondition.self)
        let scratch = ScratchDirectory()
        let store = try scratch.store {
            $0.lockTimeoutMilliseconds = 60_000
            $0.hangMilliseconds = 1
            $0.probeIntervalMilliseconds = 1
            $0.onChange = { changes.yield($0) }
        }
        var iterator = conditions.makeAsyncIterator()
        let unlock = try scratch.lock()
        let appended = Results<AppendOutcome>()
        store.append(try message(id: "first"), floor: 0) { appended.add($0) }
        var waiting = 0
        while try await !self.isRefused(by: store, message(id: "m\(waiting)")) { waiting += 1 }
        let reads = Results<Int>()
        store.readCursor(of: try user().id, in: try room()) { reads.add($0) }
        await #expect(throws: StoreError.self) { try await reads.all(1) }
        await #expect(throws: StoreError.self) { try await store.check() }
        #expect(try await store.lastSequence(of: room()) == 0, "other reads go on")
        unlock()
        #expect(try await appended.all(1)[0].receipt.seq == 1, "what waited was not lost")
        #expect(await iterator.next() == .failing("the disk does not answer"))
        #expect(await iterator.next() == .working, "without a call")
        await store.close()
        changes.finish()
    }

    /// Whether a message is refused before the call returns.
    private func isRefused(by store: SQLiteStore, _ message: ChatMessage) async throws -> Bool {
        await Task.yield()
        let errors = Mutex<[StoreError]>([])
        store.append(message, floor: 0) { result in
            if case .failure(let error) = result { errors.withLock { $0.append(error) } }
        }
        return errors.withLock { $0.first?.reason.contains("does not answer") ?? false }
    }

    @Test("Reads that wait behind writes take no transaction of their own")
    func reads() async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store { $0.lockTimeoutMilliseconds = 60_000 }
        let unlock = try scratch.lock()
        let appended = Results<AppendOutcome>()
        let cursors = Results<Int>()
        store.append(try message(), floor: 0) { appended.add($0) }
        for _ in 0..<50 { store.readCursor(of: try user().id, in: try room()) { cursors.add($0) } }
        unlock()
        #expect(try await appended.all(1).count == 1)
        #expect(try await cursors.all(50).allSatisfy { $0 == 0 })
        #expect(store.commitCount == 1)
        #expect(store.committedCallCount == 1)
        await store.close()
    }

    @Test("Only a transaction that changes something counts as written")
    func nothingWritten() throws {
        try DatabaseQueue().writeWithoutTransaction { database in
            try Schema.create(database)
            let writer = try StoreWriter(database, retention: Retention())
            try writer.begin()
            _ = try writer.append(message(), floor: 0)
            try writer.commit()
            #expect(writer.hasWritten)
            _ = try writer.sweep(now: time().milliseconds)
            #expect(!writer.hasWritten, "there is nothing to delete")
            try writer.begin()
            try writer.touch()
            try writer.commit()
            #expect(writer.hasWritten)
        }
    }

    @Test("Nothing is acknowledged once the file is gone, or another is in its place", arguments: [false, true])
    func removedFile(_ isReplaced: Bool) async throws {
        let scratch = ScratchDirectory()
        let store = try scratch.store()
        _ = try await store.append(message(id: "m1"))
        try FileManager.default.removeItem(atPath: scratch.database)
        if isReplaced { try Data().write(to: URL(filePath: scratch.database)) }
        for number in 2...3 {
            await #expect(throws: StoreError.self) { try await store.append(message(id: "m\(number)")) }
        }
        await #expect(throws: StoreError.self) { try await store.check() }
        await withCheckedContinuation { continuation in store.close { continuation.resume() } }
    }
}
