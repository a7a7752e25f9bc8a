// Licensed under the MIT licence.

import Chat
import ChatStores
import NIOCore

/// Writes what is retained of one room up to the message that was its last when it began.
struct RoomExport {
    private static let page = (messages: 500, bytes: 4 << 20)

    private let store: SQLiteStore
    private let room: RoomID
    private let output: TransferFile
    private let start: Int
    private let last: Int
    private(set) var count = 0
    private var missing = MissingRanges()
    private var progress: ProgressLine

    /// - Parameters:
    ///   - store: Where the messages are.
    ///   - room: Whose.
    ///   - after: Only those with a greater `seq`; all if nil.
    ///   - output: A file to go on with or to make; standard output if nil or `-`.
    ///   - progress: Where to say how far it is.
    /// - Throws: If there is no such room, or the file is of no use.
    init(
        _ store: SQLiteStore,
        room: RoomID,
        after: Int?,
        output: String?,
        progress: ProgressLine = ProgressLine()
    ) async throws(StartError) {
        self.store = store
        self.room = room
        self.progress = progress
        switch await store.lastSequence(of: room) {
        case .success(0): throw StartError("There is no room of that id in the store.")
        case .success(let last): self.last = last
        case .failure(let error): throw StartError("The store cannot be read: \(error.reason.oneLine).")
        }
        guard let output, output != "-" else {
            self.output = .standardOutput
            self.start = after ?? 0
            return
        }
        let file = try ExportFile(output, room: room)
        self.output = file.file
        if let last = file.last, let after, after != last {
            throw StartError(
                "\(file.file.name) has messages up to seq \(last) already; leave --after out to go on with it."
            )
        }
        self.start = file.last ?? after ?? 0
    }

    /// What was done, in one line.
    var summary: String {
        self.count == 1
            ? "1 message exported" : "\(self.count) messages exported, up to seq \(max(self.start, self.last))"
    }

    /// What lies behind the beginning of the export, or of the file that it goes on with, and could not be exported, in one line;
    /// nil if nothing is missing.
    var gap: String? { self.missing.description }

    mutating func run() async throws {
        defer { self.progress.clear() }
        var position = self.start
        var isComplete = position >= self.last
        while !isComplete {
            let query = HistoryQuery(
                after: position,
                before: self.last + 1,
                limit: Self.page.messages,
                maximumBytes: Self.page.bytes
            )
            let page: HistoryPage
            do {
                page = try await self.store.messages(in: self.room, query).get()
            } catch {
                throw CommandFailure("the store cannot be read behind seq \(position): \(error.reason.oneLine)")
            }
            isComplete = !page.hasMore || page.messages.isEmpty
            try await self.noteGaps(page.messages, behind: position, isLast: isComplete)
            for message in page.messages {
                try MessageLine.encode(message).withUnsafeReadableBytes { bytes throws(StartError) in
                    try self.output.write(bytes)
                }
                position = message.seq
            }
            self.count += page.messages.count
            self.progress.show(
                "\(self.count) messages, up to seq \(position)",
                position - self.start,
                of: self.last - self.start
            )
        }
        try self.output.synchronize()
    }

    private mutating func noteGaps(_ page: [StoredMessage], behind position: Int, isLast: Bool) async throws {
        // Before the first message of a room there is no gap: what is retained begins somewhere.
        guard let start = position > 0 ? position + 1 : page.first?.seq else { return }
        let end = isLast ? self.last + 1 : page.last.map { $0.seq + 1 } ?? start
        guard start < end, end - start > page.count else { return }
        do {
            let lost = try await RoomGaps(store: self.store, room: self.room).lost(in: page, of: start..<end)
            self.missing.append(lost.certain, lost.possible)
        } catch {
            throw CommandFailure("the store cannot be read behind seq \(position): \(error.reason.oneLine)")
        }
    }
}
