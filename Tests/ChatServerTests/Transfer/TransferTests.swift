// Licensed under the MIT licence.

import Chat
import ChatStores
import ChatTesting
import Foundation
import NIOCore
import Testing

@testable import ChatServer

/// Rooms that leave one store by a file and come into another.
@Suite struct TransferTests {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("martlet-transfer-\(UUID().uuidString)").path
    private let quiet = ProgressLine(isShown: false)

    private func path(_ name: String) -> String { "\(self.directory)/\(name)" }

    private func write(_ text: String, to name: String = "lines") throws -> TransferFile {
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: self.path(name)))
        return try .reading(self.path(name))
    }

    private func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: self.path(name))), as: UTF8.self)
    }

    /// `sweepTime`: what the store takes for the present when it looks for what is too old to be there at all.
    private func store(
        _ name: String,
        sweepTime: Int64 = time().milliseconds,
        retention: Retention = Retention()
    ) throws -> SQLiteStore {
        var options = SQLiteStoreOptions(directory: self.path(name))
        options.now = { sweepTime }
        options.retention = retention
        return try SQLiteStore(options)
    }

    private func recent(_ number: Int, in name: String = "r1") throws -> ChatMessage {
        // Of today, since commands go by the time of day.
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let attachments = number.isMultiple(of: 3) ? [ByteBuffer(bytes: [UInt8(number % 256), 0])] : []
        return try message("m\(number)", id: "\(name)-\(number)", in: room(name), at: now, attachments: attachments)
    }

    private func export(
        _ name: String,
        after: Int? = nil,
        to output: String,
        retention: Retention = Retention()
    ) async throws -> RoomExport {
        var options = SQLiteStoreOptions(directory: self.path(name))
        options.retention = retention
        let store = try SQLiteStore(readingOnly: options)
        do {
            var export = try await RoomExport(
                store,
                room: room(),
                after: after,
                output: self.path(output),
                progress: self.quiet
            )
            try await export.run()
            await store.close()
            return export
        } catch {
            await store.close()
            throw error
        }
    }

    private func importing(_ store: SQLiteStore, _ input: TransferFile) async throws -> MessageImport {
        var importing = MessageImport(store, input, limits: MessageLineLimits(), progress: self.quiet)
        try await importing.run()
        return importing
    }

    private func remove() { try? FileManager.default.removeItem(atPath: self.directory) }

    @Test func aRoomMoves() async throws {
        defer { self.remove() }
        let source = try self.store("source")
        for number in 1...20 { _ = try await source.append(self.recent(number)) }
        _ = try await source.append(self.recent(1, in: "r2"))
        // The store is open, as a server has it.
        #expect(try await self.export("source", to: "r1").count == 20)
        await source.close()

        let target = try self.store("target")
        var importing = try await self.importing(target, .reading(self.path("r1")))
        #expect((importing.newCount, importing.knownCount) == (20, 0))
        importing = try await self.importing(target, .reading(self.path("r1")))
        #expect((importing.newCount, importing.knownCount) == (0, 20))
        #expect(importing.report == ["20 messages: 0 new, 20 known"])
        #expect(try await target.append(self.recent(21)).receipt.seq == 21, "the room goes on")
        await target.close()
        #expect(try await self.export("target", to: "again").count == 21)
        #expect(try self.read("again").hasPrefix(self.read("r1")))
    }

    @Test func anExportGoesOnWhereItStopped() async throws {
        defer { self.remove() }
        let source = try self.store("source")
        for number in 1...9 { _ = try await source.append(self.recent(number)) }
        #expect(try await self.export("source", to: "whole").count == 9)
        let whole = try self.read("whole")
        // Cut off anywhere.
        for length in stride(from: 0, to: whole.utf8.count, by: 97) {
            _ = try self.write(String(decoding: whole.utf8.prefix(length), as: UTF8.self), to: "part")
            _ = try await self.export("source", to: "part")
            #expect(try self.read("part") == whole, "\(length)")
        }
        #expect(try await self.export("source", to: "whole").count == 0)
        #expect(try await self.export("source", after: 7, to: "end").count == 2)
        #expect(try whole.hasSuffix(self.read("end")))
        for number in 10...12 { _ = try await source.append(self.recent(number)) }
        #expect(try await self.export("source", to: "end").count == 3)
        await #expect(throws: StartError.self) { try await self.export("source", after: 3, to: "end") }
        await source.close()
    }

    @Test(arguments: ["shopping list\n", "no line", #"{"name":"package"}"#, #"{"name":"package"}"# + "\n"])
    func aFileOfSomethingElseIsLeftAlone(text: String) async throws {
        defer { self.remove() }
        let source = try self.store("source")
        _ = try await source.append(self.recent(1))
        _ = try self.write(text, to: "precious")
        await #expect(throws: StartError.self) { try await self.export("source", to: "precious") }
        #expect(try self.read("precious") == text)
        await source.close()
    }

    @Test func whatIsNotThere() async throws {
        defer { self.remove() }
        await #expect(throws: StoreOpeningError.self) { try await self.export("nowhere", to: "file") }
        let source = try self.store("source")
        _ = try await source.append(self.recent(1, in: "r2"))
        let error = await #expect(throws: StartError.self) { try await self.export("source", to: "file") }
        #expect(error?.line == "There is no room of that id in the store.")
        await source.close()
    }

    @Test func aLineThatIsNoMessageStops() async throws {
        defer { self.remove() }
        var lines = try (1...1002).map { seq in
            String(buffer: MessageLine.encode(StoredMessage(seq: seq, message: try self.recent(seq))))
        }
        lines[700] = "{\"type\":\n"
        let target = try self.store("target")
        var importing = MessageImport(
            target,
            try self.write(lines.joined()),
            limits: MessageLineLimits(),
            progress: self.quiet
        )
        let failure = await #expect(throws: CommandFailure.self) { try await importing.run() }
        #expect(failure?.line.hasPrefix("line 701: it is no JSON") == true)
        #expect(failure?.line.hasSuffix("; nothing from line 701 on was imported") == true)
        #expect(importing.newCount == 700, "what stands before it")
        #expect(try await target.lastSequence(of: room()) == 700)
        lines.remove(at: 700)
        importing = try await self.importing(target, self.write(lines.joined()))
        #expect((importing.newCount, importing.knownCount) == (301, 700))
        await target.close()
    }

    @Test func whatTheStoreCannotSayIsNotSaid() async throws {
        defer { self.remove() }
        let lines = try (1...3).map { seq in
            String(buffer: MessageLine.encode(StoredMessage(seq: seq, message: try self.recent(seq))))
        }
        let target = try self.store("target")
        // What is written from now on goes where nobody will find it.
        try FileManager.default.removeItem(atPath: self.path("target") + "/martlet.sqlite")
        let failure = await #expect(throws: CommandFailure.self) {
            try await self.importing(target, self.write("\n" + lines.joined()))
        }
        #expect(failure?.line.hasPrefix("line 2: the store failed: ") == true)
        #expect(
            failure?.line.hasSuffix(
                """
                ; it is not known whether lines 2 to 4 were imported, and nothing behind line 4 was; it is safe to import all of \
                it again
                """
            ) == true
        )
        await target.close()
    }

    @Test func anotherMessageInTheSamePlaceIsRefused() async throws {
        defer { self.remove() }
        let target = try self.store("target")
        let known = StoredMessage(seq: 1, message: try self.recent(1))
        _ = try await target.append(known.message)
        for number in 2...3 { _ = try await target.append(self.recent(number)) }
        let other = StoredMessage(seq: 2, message: try self.recent(99))
        let next = StoredMessage(seq: 4, message: try self.recent(4))
        let text = [known, other, next].map { String(buffer: MessageLine.encode($0)) }.joined()
        var failure = await #expect(throws: CommandFailure.self) {
            try await self.importing(target, self.write(text))
        }
        #expect(
            failure?.line
                == "line 2: the store has another message with seq 2 in that room; nothing from line 2 on was imported"
        )
        #expect(try await target.lastSequence(of: room()) == 3)
        // The same within the file.
        let again = String(buffer: MessageLine.encode(StoredMessage(seq: 4, message: try self.recent(5))))
        failure = await #expect(throws: CommandFailure.self) {
            try await self.importing(target, self.write(String(buffer: MessageLine.encode(next)) + again))
        }
        #expect(
            failure?.line
                == "line 2: line 1 has that seq in the same room; nothing from line 2 on was imported"
        )
        #expect(try await target.lastSequence(of: room()) == 4)
        await target.close()
    }

    @Test func whatIsNotKeptIsTold() async throws {
        defer { self.remove() }
        let old = StoredMessage(seq: 3, message: try message(at: Timestamp(milliseconds: 0)))
        let new = StoredMessage(seq: 4, message: try self.recent(4))
        let lines = String(buffer: MessageLine.encode(old)) + "\n" + String(buffer: MessageLine.encode(new)) + "\n"
        let target = try self.store("target")
        let importing = try await self.importing(target, self.write(lines))
        #expect(
            importing.report == [
                "room r1: messages before seq 4 are past HISTORY_MAX_MESSAGES or HISTORY_MAX_AGE and are not kept",
                "2 messages: 2 new, 0 known",
            ]
        )
        await target.close()
    }

    @Test func whatIsFromTheFutureIsImportedAndTold() async throws {
        defer { self.remove() }
        let ahead = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 2 * 86_400_000)
        let lines = try [self.recent(1), message(id: "m2", at: ahead), message(id: "m3", at: ahead)].enumerated().map {
            String(buffer: MessageLine.encode(StoredMessage(seq: $0.offset + 1, message: $0.element)))
        }
        let target = try self.store("target")
        let importing = try await self.importing(target, self.write(lines.joined()))
        #expect(
            importing.report == [
                """
                2 messages have a created_at more than a day ahead of the clock, the first on line 2: HISTORY_MAX_AGE counts \
                from then
                """,
                "3 messages: 3 new, 0 known",
            ]
        )
        await target.close()
    }

    @Test func whatIsHiddenIsStillCompared() async throws {
        defer { self.remove() }
        // Too old for whoever reads, and yet not deleted.
        let target = try self.store("target", sweepTime: 0)
        let old = try message("old", id: "m1", at: Timestamp(milliseconds: 0))
        let line = String(buffer: MessageLine.encode(StoredMessage(seq: 1, message: old)))
        #expect(try await self.importing(target, self.write(line)).newCount == 1)
        #expect(try await self.importing(target, self.write(line)).knownCount == 1)
        let other = try message("other", id: "m2", at: Timestamp(milliseconds: 0))
        let otherLine = String(buffer: MessageLine.encode(StoredMessage(seq: 1, message: other)))
        let failure = await #expect(throws: CommandFailure.self) {
            try await self.importing(target, self.write(otherLine))
        }
        #expect(failure?.line.contains("the store has another message with seq 1") == true)
        await target.close()
    }

    @Test func oneExportWritesAFileAtATime() async throws {
        defer { self.remove() }
        let source = try self.store("source")
        _ = try await source.append(self.recent(1))
        var other: TransferFile? = try .appending(self.path("file"))
        let error = await #expect(throws: StartError.self) { try await self.export("source", to: "file") }
        #expect(error?.line.hasSuffix("is being written by another export; wait for it or name another file.") == true)
        _ = other
        other = nil
        #expect(try await self.export("source", to: "file").count == 1)
        await source.close()
    }

    @Test func anExportFollowsNoLink() async throws {
        defer { self.remove() }
        let source = try self.store("source")
        _ = try await source.append(self.recent(1))
        _ = try self.write("", to: "target")
        try FileManager.default.createSymbolicLink(
            atPath: self.path("link"),
            withDestinationPath: self.path("target")
        )
        let error = await #expect(throws: StartError.self) { try await self.export("source", to: "link") }
        #expect(error?.line.hasSuffix("is a symbolic link; name the file itself.") == true)
        #expect(try self.read("target") == "")
        await source.close()
    }

    @Test func whatIsNoLongerThereIsSaid() async throws {
        defer { self.remove() }
        let source = try self.store("source")
        for number in 1...9 { _ = try await source.append(self.recent(number)) }
        #expect(try await self.export("source", to: "whole").gap == nil)
        await source.close()
        var options = SQLiteStoreOptions(directory: self.path("source"))
        options.retention.maximumMessages = 3
        let shorter = try SQLiteStore(options)
        for number in 10...15 { _ = try await shorter.append(self.recent(number)) }
        // The store is asked by its own settings.
        #expect(
            try await self.export("source", to: "whole", retention: options.retention).gap?.hasPrefix(
                "seq 10 to 12 missing: "
            ) == true
        )
        #expect(try await self.export("source", to: "whole", retention: options.retention).gap == nil, "said once")
        let new = try await self.export("source", to: "new", retention: options.retention)
        #expect((new.count, new.gap) == (3, nil), "a new file has what is retained")
        let behind = try await self.export("source", after: 11, to: "behind", retention: options.retention)
        #expect(behind.gap?.hasPrefix("seq 12 missing: ") == true)
        await shorter.close()
    }

    private func lines(_ sequences: [Int]) throws -> String {
        try sequences.map { String(buffer: MessageLine.encode(StoredMessage(seq: $0, message: try self.recent($0)))) }
            .joined()
    }

    @Test func whatNeverWasIsNotMissed() async throws {
        defer { self.remove() }
        let source = try self.store("source")
        _ = try await self.importing(source, self.write(self.lines(Array(1...5) + [7])))
        #expect(try await self.export("source", to: "file").gap == nil, "seq 6 never was")
        _ = try await self.importing(source, self.write(self.lines([10, 11, 14])))
        let more = try await self.export("source", to: "file")
        #expect((more.count, more.gap) == (3, nil))
        // With less that is retained the store cannot know of what stands before all of it.
        let retention = Retention(maximumMessages: 4)
        var behind = try await self.export("source", after: 9, to: "certain", retention: retention)
        #expect(behind.gap == "seq 10 missing: no longer in the store (HISTORY_MAX_MESSAGES, HISTORY_MAX_AGE)")
        behind = try await self.export("source", after: 3, to: "possible", retention: retention)
        #expect(behind.gap?.hasPrefix("seq 4 to 10 missing: no longer in the store (") == true)
        #expect(behind.gap?.hasSuffix(", unless there never were any") == true)
        await source.close()
    }

    @Test func whatIsHiddenInBetweenIsMissed() async throws {
        defer { self.remove() }
        let source = try self.store("source", sweepTime: 0)
        _ = try await source.append(self.recent(1))
        _ = try await source.append(message(id: "old", at: Timestamp(milliseconds: 0)))
        for number in 3...4 { _ = try await source.append(self.recent(number)) }
        let export = try await self.export("source", to: "file")
        #expect(export.count == 3)
        #expect(export.gap == "seq 2 missing: no longer in the store (HISTORY_MAX_MESSAGES, HISTORY_MAX_AGE)")
        await source.close()
    }

    @Test func whatAnImportPushesOutIsTold() async throws {
        defer { self.remove() }
        let target = try self.store("target", retention: Retention(maximumMessages: 10))
        var importing = try await self.importing(target, self.write(self.lines(Array(1...9))))
        #expect(importing.report == ["9 messages: 9 new, 0 known"])
        importing = try await self.importing(target, self.write(self.lines([10, 11])))
        #expect(
            importing.report.first
                == """
                room r1: 1 message that it had before is too far behind seq 11 for HISTORY_MAX_MESSAGES and not kept any more; \
                numbers without a message count as well
                """
        )
        // Also if a line behind it stops the import.
        importing = MessageImport(
            target,
            try self.write(self.lines([100]) + "{\n"),
            limits: MessageLineLimits(),
            progress: self.quiet
        )
        await #expect(throws: CommandFailure.self) { try await importing.run() }
        #expect(importing.report.first?.hasPrefix("room r1: 10 messages that it had before are too far behind") == true)
        #expect(importing.report.last == "1 message: 1 new, 0 known")
        #expect(try await target.append(self.recent(101)).receipt.seq == 101)
        await target.close()
    }

    @Test func aSeqThatLeavesNoOthersNamesItsLine() async throws {
        defer { self.remove() }
        let target = try self.store("target")
        let failure = await #expect(throws: CommandFailure.self) {
            try await self.importing(target, self.write(self.lines([1, 4_294_967_295])))
        }
        #expect(failure?.line == "line 2: seq must be at most 2000000000; nothing from line 2 on was imported")
        #expect(try await target.append(self.recent(2)).receipt.seq == 2)
        await target.close()
    }

    @Test func gapsAreNamedUpToANumber() {
        var missing = MissingRanges()
        #expect(missing.description == nil)
        for seq in [3, 7, 9, 11, 13] { missing.append(RangeSet(seq..<seq + 1)) }
        #expect(missing.description?.hasPrefix("seq 3, 7, 9, 11, 13 missing: ") == true)
        missing.append(RangeSet(20..<30))
        #expect(missing.description?.hasPrefix("seq 3, 7, 9, 11, 13 and 1 more gap missing: ") == true)
        #expect(missing.description?.hasSuffix("HISTORY_MAX_AGE)") == true)
        missing.append(RangeSet(), RangeSet(40..<50))
        #expect(missing.description?.contains(" and 2 more gaps missing: ") == true)
        #expect(missing.description?.hasSuffix(", unless there never were any") == true)
    }
}
