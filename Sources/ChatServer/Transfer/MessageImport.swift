// Licensed under the MIT licence.

import Chat
import ChatStores
import EngineIO
import NIOCore

/// Reads messages line by line and has the store put them in their places, batch by batch: all of a batch or nothing.
///
/// What stands before a line that stops it is stored.
struct MessageImport {
    /// Where a message is to stand.
    private struct Place: Hashable {
        let room: RoomID
        let seq: Int
    }

    private struct Entry {
        let line: Int
        let message: StoredMessage
        /// As it is written, which is how messages are compared.
        let text: ByteBuffer
    }

    private static let batch = (messages: 500, bytes: 4 << 20)
    /// So far clocks of machines may be apart without a word.
    private static let clockMilliseconds: Int64 = 24 * 3600 * 1000

    private let store: SQLiteStore
    private let size: Int?
    private let limits: MessageLineLimits
    private var lines: LineReader
    private var accepted = ImportedLines()
    private var progress: ProgressLine
    private var entries: [Entry] = []
    private var places: [Place: Int] = [:]
    private var byteCount = 0
    /// By room, the least `seq` that was imported.
    private var firsts: [RoomID: Int] = [:]
    /// By room, what the store gave out when this began.
    private var retained: [RoomID: RangeSet<Int>] = [:]
    /// The present, as far as it matters to what is retained: what grows too old meanwhile is not lost by this.
    private let began = Timestamp(milliseconds: WallClock.milliseconds)
    /// How many messages the store has because of this.
    private(set) var newCount = 0
    /// How many it had before.
    private(set) var knownCount = 0
    private var forgotten: [String] = []
    /// How many messages are from the future, and the line of the first.
    private var ahead: (count: Int, line: Int)?

    init(
        _ store: SQLiteStore,
        _ input: TransferFile,
        limits: MessageLineLimits,
        progress: ProgressLine = ProgressLine()
    ) {
        self.store = store
        self.size = input.size
        self.limits = limits
        self.lines = LineReader(input, maximumBytes: limits.maximumLineBytes)
        self.progress = progress
    }

    /// What was done, in lines for a person.
    var report: [String] {
        let total = self.newCount + self.knownCount
        let ahead = self.ahead.map { ahead in
            """
            \(ahead.count) message\(ahead.count == 1 ? " has" : "s have") a created_at more than a day ahead of the clock, the \
            first on line \(ahead.line): HISTORY_MAX_AGE counts from then
            """
        }
        return [ahead].compactMap { $0 } + self.forgotten + [
            "\(total) message\(total == 1 ? "" : "s"): \(self.newCount) new, \(self.knownCount) known"
        ]
    }

    /// - Throws: ``CommandFailure`` naming the line that stopped it.
    mutating func run() async throws {
        defer { self.progress.clear() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await self.storeLines())
        } catch {
            result = .failure(error)
        }
        await self.lookForForgotten()
        try result.get()
    }

    private mutating func storeLines() async throws {
        var stop: (any Error)?
        while stop == nil {
            do {
                guard try self.takeLine() else { break }
            } catch {
                stop = error
            }
            if self.entries.count >= Self.batch.messages || self.byteCount >= Self.batch.bytes {
                try await self.storeBatch()
            }
        }
        try await self.storeBatch()
        if let stop { throw stop }
    }

    /// - Returns: Whether there was a line.
    private mutating func takeLine() throws -> Bool {
        switch try self.lines.next() {
        case nil:
            return false
        case .tooLong:
            let reason =
                "it is longer than \(self.limits.maximumLineBytes) bytes, the most that MAX_PAYLOAD_BYTES allows"
            throw self.failure(self.lines.number, reason)
        case .line(let line):
            // As editors leave them at the end.
            let isBlank = line.readableBytesView.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
            if isBlank { return true }
            do {
                try self.take(line)
            } catch {
                throw self.failure(self.lines.number, error.reason)
            }
            return true
        }
    }

    private mutating func take(_ line: ByteBuffer) throws(MessageFlaw) {
        let message = try MessageLine.decode(line, limits: self.limits)
        try self.accepted.take(message, line: self.lines.number)
        self.places[Place(room: message.message.room, seq: message.seq)] = self.entries.count
        self.entries.append(
            Entry(line: self.lines.number, message: message, text: MessageLine.encode(message))
        )
        self.byteCount += line.readableBytes
    }

    /// Has the store put the batch in its places, up to the first that another message has.
    private mutating func storeBatch() async throws(CommandFailure) {
        guard let first = self.entries.first else { return }
        let conflict = try await self.firstConflict()
        try await self.noteRetained()
        let imported = self.entries.prefix(conflict ?? self.entries.count)
        let messages = imported.map(\.message)
        let store = self.store
        let result = await withCheckedContinuation { continuation in
            store.restore(messages) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(let count):
            self.newCount += count
            self.knownCount += messages.count - count
        case .failure(let error):
            let reason = "the store failed: \(error.reason.oneLine)"
            switch error.outcome {
            case .notDone: throw self.failure(first.line, reason)
            case .unknown: throw self.doubt(first.line, imported.last?.line ?? first.line, reason)
            }
        }
        let latest = WallClock.milliseconds + Self.clockMilliseconds
        for entry in imported {
            let message = entry.message.message
            self.firsts[message.room] = min(entry.message.seq, self.firsts[message.room] ?? .max)
            if message.timestamp.milliseconds > latest {
                self.ahead = ((self.ahead?.count ?? 0) + 1, self.ahead?.line ?? entry.line)
            }
        }
        if let conflict {
            let entry = self.entries[conflict]
            throw self.failure(entry.line, "the store has another message with seq \(entry.message.seq) in that room")
        }
        self.entries = []
        self.places = [:]
        self.byteCount = 0
        self.progress.show("\(self.newCount) new, \(self.knownCount) known", self.lines.byteCount, of: self.size)
    }

    /// The first message of the batch in whose place the store has another.
    private func firstConflict() async throws(CommandFailure) -> Int? {
        var conflict: Int?
        for (room, indices) in Dictionary(grouping: self.places, by: \.key.room) {
            let sequences = indices.map(\.key.seq).sorted()
            var start = 0
            while start < sequences.count {
                var end = start + 1
                while end < sequences.count, sequences[end] == sequences[end - 1] + 1 { end += 1 }
                for stored in try await self.stored(in: room, sequences[start]...sequences[end - 1]) {
                    guard let index = self.places[Place(room: room, seq: stored.seq)] else { continue }
                    if MessageLine.encode(stored) != self.entries[index].text {
                        conflict = min(index, conflict ?? index)
                    }
                }
                start = end
            }
        }
        return conflict
    }

    private func stored(in room: RoomID, _ range: ClosedRange<Int>) async throws(CommandFailure) -> [StoredMessage] {
        let store = self.store
        let result = await withCheckedContinuation { continuation in
            // What is not retained any more takes its place until it is deleted.
            store.held(in: room, range) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(let messages): return messages
        case .failure(let error):
            let line = self.entries.first?.line ?? self.lines.number
            throw self.failure(line, "the store cannot be read: \(error.reason.oneLine)")
        }
    }

    /// Notes what the store gives out of the batch's rooms, before anything is imported into them.
    private mutating func noteRetained() async throws(CommandFailure) {
        for room in Set(self.places.keys.map(\.room)) where self.retained[room] == nil {
            switch await self.store.sequences(in: room, 1...SQLiteStore.maximumSequence, now: self.began) {
            case .success(let sequences): self.retained[room] = sequences
            case .failure(let error):
                let line = self.entries.first?.line ?? self.lines.number
                throw self.failure(line, "the store cannot be read: \(error.reason.oneLine)")
            }
        }
    }

    /// Tells of a room that has lost messages which it had before.
    private mutating func lookForPushedOut(_ room: RoomID) async {
        guard let before = self.retained[room], !before.isEmpty,
            case .success(let last) = await self.store.lastSequence(of: room)
        else { return }
        // By the rule, since others may have grown too old meanwhile and be gone as well.
        let dropped = RangeSet(1..<self.store.retention.lastDropped(behind: last) + 1)
        let count = before.intersection(dropped).ranges.reduce(0) { $0 + $1.count }
        guard count > 0 else { return }
        self.forgotten.append(
            """
            room \(room.string): \(count) message\(count == 1 ? "" : "s") that it had before \(count == 1 ? "is" : "are") too far \
            behind seq \(last) for HISTORY_MAX_MESSAGES and not kept any more; numbers without a message count as well
            """
        )
    }

    /// Tells of rooms whose oldest messages are not retained.
    private mutating func lookForForgotten() async {
        for (room, first) in self.firsts.sorted(by: { $0.key < $1.key }) {
            await self.lookForPushedOut(room)
            guard case .success(let page) = await self.store.messages(in: room, HistoryQuery(after: 0, limit: 1)) else {
                continue
            }
            let oldest = page.messages.first?.seq
            if let oldest, oldest <= first { continue }
            self.forgotten.append(
                """
                room \(room.string): messages \(oldest.map { "before seq \($0) " } ?? "")are past HISTORY_MAX_MESSAGES or \
                HISTORY_MAX_AGE and are not kept
                """
            )
        }
    }

    private func failure(_ line: Int, _ reason: String) -> CommandFailure {
        CommandFailure("line \(line): \(reason); nothing from line \(line) on was imported")
    }

    /// The store does not know what it has done with a batch.
    private func doubt(_ first: Int, _ last: Int, _ reason: String) -> CommandFailure {
        let lines = first == last ? "line \(first) was" : "lines \(first) to \(last) were"
        return CommandFailure(
            """
            line \(first): \(reason); it is not known whether \(lines) imported, and nothing behind line \(last) was; it is safe to \
            import all of it again
            """
        )
    }
}
