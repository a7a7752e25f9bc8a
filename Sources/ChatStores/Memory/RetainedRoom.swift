// Licensed under the MIT licence.

import Chat
import NIOCore

/// What is kept of one room.
struct RetainedRoom: Sendable {
    /// What a message costs on top of its bytes: the objects that hold it, its id and its sender.
    private static let messageOverhead = 400
    private static let roomOverhead = 400
    private static let cursorOverhead = 100
    /// The greatest `seq`: no client reads a greater number exactly.
    private static let maximumSequence = 1 << 53 - 1

    let id: RoomID
    private(set) var lastSequence = 0
    /// When the last message came; nil if none has, or all has been dropped.
    private(set) var lastAppend: Timestamp?
    /// Ascending.
    private var messages = CircularBuffer<StoredMessage>(initialCapacity: 4)
    private var messageBytes = 0
    private var clientIDs = ClientIDWindow()
    private var cursors: [UserID: Int] = [:]

    init(_ id: RoomID) {
        self.id = id
    }

    var byteCount: Int {
        // Room for the name is in the overhead.
        Self.roomOverhead + self.messageBytes + self.clientIDs.byteCount + self.cursors.count * Self.cursorOverhead
    }

    var isHollow: Bool { self.messages.isEmpty && self.clientIDs.isEmpty }

    /// - Returns: Nil if no `seq` is left.
    mutating func append(_ message: ChatMessage, floor: Int, _ options: MemoryStoreOptions) -> AppendOutcome? {
        let key = message.clientID.map { ClientIDWindow.Key(message.sender.id, $0) }
        if let key,
            let first = self.clientIDs.receipt(
                of: key,
                now: message.timestamp,
                window: options.clientIDWindowMilliseconds
            )
        {
            return .repeated(first)
        }
        let last = max(self.lastSequence, floor)
        guard last < Self.maximumSequence else { return nil }
        self.lastSequence = last + 1
        let stored = StoredMessage(seq: self.lastSequence, message: message)
        self.messages.append(stored)
        self.messageBytes += Self.cost(stored)
        self.lastAppend = message.timestamp
        if let key {
            self.clientIDs.remember(key, stored.receipt, maximumCount: options.maximumClientIDsPerRoom)
        }
        let dropped = self.lastSequence - options.maximumMessagesPerRoom
        while let first = self.messages.first,
            first.seq <= dropped
                || self.messageBytes > options.maximumBytesPerRoom && self.messages.count > 1
        {
            self.dropOldest()
        }
        self.expire(now: message.timestamp, options)
        return .stored(stored)
    }

    /// Drops what is too old.
    mutating func expire(now: Timestamp, _ options: MemoryStoreOptions) {
        while let first = self.messages.first,
            now.milliseconds(since: first.message.timestamp) > options.maximumAgeMilliseconds
        {
            self.dropOldest()
        }
    }

    func page(_ query: HistoryQuery) -> HistoryPage {
        let start = query.after.map { self.index(behind: $0) } ?? self.messages.startIndex
        let end = query.before.map { self.index(atOrBehind: $0) } ?? self.messages.endIndex
        guard start < end else { return HistoryPage(messages: [], hasMore: false) }
        let range = self.messages[start..<end]
        var bytes = 0
        var count = 0
        func fits(_ stored: StoredMessage) -> Bool {
            // No sum overflows: what is held fits into memory.
            bytes += stored.message.body.byteCount
            guard count < query.limit, count == 0 || bytes <= query.maximumBytes else { return false }
            count += 1
            return true
        }
        if query.isAscending {
            for stored in range { guard fits(stored) else { break } }
            return HistoryPage(messages: Array(range.prefix(count)), hasMore: count < range.count)
        }
        for stored in range.reversed() { guard fits(stored) else { break } }
        return HistoryPage(messages: Array(range.suffix(count)), hasMore: count < range.count)
    }

    mutating func advance(_ user: UserID, to seq: Int, maximumCount: Int) -> Bool {
        if let known = self.cursors[user] {
            guard known < seq else { return false }
            self.cursors[user] = seq
            return true
        }
        guard seq > 0 else { return false }
        if self.cursors.count >= maximumCount, let other = self.cursors.keys.first { self.cursors[other] = nil }
        self.cursors[user] = seq
        return true
    }

    func readCursor(of user: UserID) -> Int { self.cursors[user] ?? 0 }

    /// Drops messages and client ids; what is left is small.
    mutating func hollow() {
        self.messages = CircularBuffer(initialCapacity: 1)
        self.messageBytes = 0
        self.clientIDs = ClientIDWindow()
        self.lastAppend = nil
    }

    /// Drops the oldest message, or else the oldest client id, but never the newest message.
    ///
    /// - Returns: Whether there was anything to drop.
    mutating func shrink() -> Bool {
        if self.messages.count > 1 {
            self.dropOldest()
        } else if !self.clientIDs.isEmpty {
            self.clientIDs.forgetOldest()
        } else {
            return false
        }
        return true
    }

    private mutating func dropOldest() {
        guard let dropped = self.messages.popFirst() else { return }
        self.messageBytes -= Self.cost(dropped)
    }

    private static func cost(_ stored: StoredMessage) -> Int { stored.message.body.byteCount + Self.messageOverhead }

    private func index(behind seq: Int) -> CircularBuffer<StoredMessage>.Index { self.firstIndex { $0 > seq } }
    private func index(atOrBehind seq: Int) -> CircularBuffer<StoredMessage>.Index { self.firstIndex { $0 >= seq } }

    private func firstIndex(where isBehind: (Int) -> Bool) -> CircularBuffer<StoredMessage>.Index {
        var low = 0
        var high = self.messages.count
        while low < high {
            let middle = (low + high) / 2
            let index = self.messages.index(self.messages.startIndex, offsetBy: middle)
            if isBehind(self.messages[index].seq) { high = middle } else { low = middle + 1 }
        }
        return self.messages.index(self.messages.startIndex, offsetBy: low)
    }
}
