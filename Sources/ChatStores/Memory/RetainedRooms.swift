// Licensed under the MIT licence.

import Chat

/// The rooms of one stripe, kept within its share of bytes and rooms.
///
/// A room is *full* while it has messages or client ids, and *hollow* when nothing is left but its last `seq` and read
/// cursors. When bytes run out the full room that was quiet for longest is made hollow, then hollow ones are forgotten, and
/// at last the room being written to shrinks; when there are too many rooms, hollow ones are forgotten before full ones.
struct RetainedRooms: Sendable {
    private static let full = 0
    private static let hollow = 1

    private let options: MemoryStoreOptions
    private var indices: [RoomID: Int] = [:]
    /// Some are free: they hold nothing and are in no list.
    private var rooms: [RetainedRoom] = []
    private var free: [Int] = []
    private var recency = RecencyLists(lists: 2)
    private(set) var byteCount = 0

    init(_ options: MemoryStoreOptions) {
        self.options = options
    }

    var count: Int { self.indices.count }

    /// - Returns: Nil if the room has no `seq` left.
    mutating func append(_ message: ChatMessage, floor: Int) -> AppendOutcome? {
        let index = self.index(of: message.room)
        let options = self.options
        let outcome = self.update(index) { $0.append(message, floor: floor, options) }
        self.recency.touch(index, list: self.rooms[index].isHollow ? Self.hollow : Self.full)
        self.makeRoom(keeping: index)
        self.hollowIfExpired(now: message.timestamp)
        return outcome
    }

    mutating func messages(in room: RoomID, _ query: HistoryQuery, now: Timestamp) -> HistoryPage {
        guard let index = self.indices[room] else { return HistoryPage(messages: [], hasMore: false) }
        let options = self.options
        return self.update(index) { room in
            room.expire(now: now, options)
            return room.page(query)
        }
    }

    func lastSequence(of room: RoomID) -> Int {
        self.indices[room].map { self.rooms[$0].lastSequence } ?? 0
    }

    mutating func advance(_ cursor: ReadCursor) -> Bool {
        let index = self.index(of: cursor.room)
        let maximumCount = self.options.maximumReadersPerRoom
        let moved = self.update(index) { $0.advance(cursor.user, to: cursor.seq, maximumCount: maximumCount) }
        if self.rooms[index].isHollow { self.recency.touch(index, list: Self.hollow) }
        self.makeRoom(keeping: index)
        return moved
    }

    func readCursor(of user: UserID, in room: RoomID) -> Int {
        self.indices[room].map { self.rooms[$0].readCursor(of: user) } ?? 0
    }

    /// Where the room is; made now if it is new.
    private mutating func index(of room: RoomID) -> Int {
        if let index = self.indices[room] { return index }
        let retained = RetainedRoom(room)
        let index: Int
        if let free = self.free.popLast() {
            index = free
            self.rooms[free] = retained
        } else {
            index = self.rooms.count
            self.rooms.append(retained)
        }
        self.indices[room] = index
        self.byteCount += retained.byteCount
        return index
    }

    /// Changes a room in its place and keeps the account of bytes.
    private mutating func update<Result>(_ index: Int, _ body: (inout RetainedRoom) -> Result) -> Result {
        let before = self.rooms[index].byteCount
        defer { self.byteCount += self.rooms[index].byteCount - before }
        return body(&self.rooms[index])
    }

    /// Brings the stripe back within its share after room `index` has grown.
    private mutating func makeRoom(keeping index: Int) {
        while self.byteCount > self.options.maximumBytes {
            if let quiet = self.recency.first(of: Self.full), quiet != index {
                self.hollow(quiet)
            } else if let quiet = self.recency.first(of: Self.hollow), quiet != index {
                self.forget(quiet)
            } else if !self.update(index, { $0.shrink() }) {
                break
            }
        }
        while self.count > self.options.maximumRooms {
            let candidates = [self.recency.first(of: Self.hollow), self.recency.first(of: Self.full)]
            guard let quiet = candidates.compactMap({ $0 }).first(where: { $0 != index }) else { break }
            self.forget(quiet)
        }
    }

    /// The room that was quiet for longest loses what it has if all is too old.
    ///
    /// Once for each append, so that rooms that nobody touches any more do not keep theirs.
    private mutating func hollowIfExpired(now: Timestamp) {
        guard
            let quiet = self.recency.first(of: Self.full),
            let lastAppend = self.rooms[quiet].lastAppend,
            now.milliseconds(since: lastAppend)
                > max(self.options.maximumAgeMilliseconds, self.options.clientIDWindowMilliseconds)
        else { return }
        self.hollow(quiet)
    }

    private mutating func hollow(_ index: Int) {
        self.update(index) { $0.hollow() }
        self.recency.touch(index, list: Self.hollow)
    }

    private mutating func forget(_ index: Int) {
        self.recency.remove(index)
        self.indices[self.rooms[index].id] = nil
        self.byteCount -= self.rooms[index].byteCount
        // Its name stays until the place is taken again.
        self.rooms[index] = RetainedRoom(self.rooms[index].id)
        self.free.append(index)
    }
}
