// Licensed under the MIT licence.

import NIOCore

/// Rooms that stay open without members for a while, since a client that has lost its connection may come back to them; no more
/// than so many.
struct AwaitedRooms: Sendable {
    private struct Entry {
        let room: RoomID
        let deadline: NIODeadline
    }

    private let maximumCount: Int
    private var deadlines: [RoomID: NIODeadline] = [:]
    /// In the order of their deadlines, as clients are always waited for equally long; some have been overtaken by a later one.
    private var queue = CircularBuffer<Entry>()

    init(maximumCount: Int) {
        self.maximumCount = max(0, maximumCount)
    }

    var count: Int { self.deadlines.count }

    /// How many entries there are for them, which is what memory is used by.
    var entryCount: Int { self.queue.count }

    func contains(_ room: RoomID) -> Bool { self.deadlines[room] != nil }

    var nextDeadline: NIODeadline? { self.queue.first?.deadline }

    /// Keeps a room, or keeps it longer.
    ///
    /// - Returns: The room that would have been the next to expire, which is not among them any more, if there are too many.
    mutating func keep(_ room: RoomID, until deadline: NIODeadline) -> RoomID? {
        guard deadline > self.deadlines[room] ?? .distantPast else { return nil }
        self.deadlines[room] = deadline
        self.queue.append(Entry(room: room, deadline: deadline))
        let oldest = self.deadlines.count > self.maximumCount ? self.removeFirst() : nil
        // Clients that come and go again and again must not fill the memory.
        if self.queue.count > 2 * self.deadlines.count + 64 {
            let current = self.queue.filter { self.deadlines[$0.room] == $0.deadline }
            self.queue = CircularBuffer(current)
        }
        return oldest
    }

    /// - Returns: The rooms that nobody is waited for in any more.
    mutating func expire(now: NIODeadline) -> [RoomID] {
        var expired: [RoomID] = []
        while let first = self.queue.first, first.deadline <= now {
            self.queue.removeFirst()
            guard self.deadlines[first.room] == first.deadline else { continue }
            self.deadlines[first.room] = nil
            expired.append(first.room)
        }
        return expired
    }

    private mutating func removeFirst() -> RoomID? {
        while let first = self.queue.popFirst() {
            guard self.deadlines[first.room] == first.deadline else { continue }
            self.deadlines[first.room] = nil
            return first.room
        }
        return nil
    }
}
