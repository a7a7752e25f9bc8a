// Licensed under the MIT licence.

import Chat
import ChatStores
import NIOCore

/// Reads messages line by line and has the store put them in their places, batch by batch: all of a batch or nothing.
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

    private let store: SQLiteStore
    private let size: Int?
    private var lines: LineReader
    private var progress: ProgressLine
    private var entries: [Entry] = []
    private var places: [Place: Int] = [:]
    private var byteCount = 0
    /// By room, the least `seq` that was imported.
    private var firsts: [RoomID: Int] = [:]
    /// How many messages the store has because of this.
    private(set) var newCount = 0
    /// How many it had before, or the file has twice.
    private(set) var knownCount = 0
    private var forgotten: [String] = []

    init(_ store: SQLiteStore, _ input: TransferFile, progress: ProgressLine = ProgressLine()) {
        self.store = store
        self.size = input.size
        self.lines = LineReader(input, maximumBytes: MessageLine.maximumBytes)
        self.progress = progress
    }

    /// What was done, in lines for a person.
    var report: [String] {
        let total = self.newCount + self.knownCount
        return self.forgotten + [
            "\(total) message\(total == 1 ? "" : "s"): \(self.newCount) new, \(self.knownCount) known"
        ]
    }

    /// - Throws: ``CommandFailure`` naming the line that stopped it.
    mutating func run() async throws {
        defer { self.progress.clear() }
        while let line = try self.lines.next() {
            // As editors leave them at the end.
            guard line.readableBytesView.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else {
                continue
            }
            try self.take(line)
            if self.entries.count >= Self.batch.messages || self.byteCount >= Self.batch.bytes {
                try await self.storeBatch()
            }
        }
        try await self.storeBatch()
        await self.lookForForgotten()
    }

    private mutating func take(_ line: ByteBuffer) throws(CommandFailure) {
        let message: StoredMessage
        do {
            message = try MessageLine.decode(line)
        } catch {
            throw self.failure(self.lines.number, error.reason)
        }
        guard message.seq <= SQLiteStore.maximumSequence else {
            throw self.failure(self.lines.number, "seq must be at most \(SQLiteStore.maximumSequence)")
        }
        let entry = Entry(line: self.lines.number, message: message, text: MessageLine.encode(message))
        let place = Place(room: message.message.room, seq: message.seq)
        if let index = self.places[place] {
            guard self.entries[index].text == entry.text else {
                throw self.failure(entry.line, "line \(self.entries[index].line) has another message with the same seq")
            }
        } else {
            self.places[place] = self.entries.count
        }
        self.entries.append(entry)
        self.byteCount += line.readableBytes
    }

    /// Has the store put the batch in its places.
    private mutating func storeBatch() async throws(CommandFailure) {
        guard let last = self.entries.last else { return }
        try await self.compare()
        let messages = self.entries.map(\.message)
        let store = self.store
        let result = await withCheckedContinuation { continuation in
            store.restore(messages) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(let count):
            self.newCount += count
            self.knownCount += messages.count - count
        case .failure(let error):
            throw self.failure(last.line, "the store failed: \(error.reason.oneLine)")
        }
        for message in messages {
            self.firsts[message.message.room] = min(message.seq, self.firsts[message.message.room] ?? .max)
        }
        self.entries = []
        self.places = [:]
        self.byteCount = 0
        self.progress.show("\(self.newCount) new, \(self.knownCount) known", self.lines.byteCount, of: self.size)
    }

    /// Looks for places of the batch that have another message.
    private func compare() async throws(CommandFailure) {
        for (room, indices) in Dictionary(grouping: self.places, by: \.key.room) {
            let sequences = indices.map(\.key.seq).sorted()
            var start = 0
            while start < sequences.count {
                var end = start + 1
                while end < sequences.count, sequences[end] == sequences[end - 1] + 1 { end += 1 }
                for stored in try await self.stored(in: room, sequences[start]...sequences[end - 1]) {
                    guard let index = self.places[Place(room: room, seq: stored.seq)] else { continue }
                    guard MessageLine.encode(stored) == self.entries[index].text else {
                        throw self.failure(
                            self.entries[index].line,
                            "the store has another message with seq \(stored.seq) in that room"
                        )
                    }
                }
                start = end
            }
        }
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
            throw self.failure(self.lines.number, "the store cannot be read: \(error.reason.oneLine)")
        }
    }

    /// Tells of rooms whose oldest messages are not retained.
    private mutating func lookForForgotten() async {
        for (room, first) in self.firsts.sorted(by: { $0.key < $1.key }) {
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
        let first = self.entries.first?.line ?? line
        return CommandFailure("line \(line): \(reason); nothing from line \(min(first, line)) on was imported")
    }
}
