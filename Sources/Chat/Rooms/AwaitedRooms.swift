// Licensed under the MIT licence.

import NIOCore

/// Rooms that stay open without members for a while, since a client that has lost its connection may come back to them.
struct AwaitedRooms: Sendable {
    private struct Entry {
        let room: RoomID
        let deadline: NIODeadline
    }

    private var deadlines: [RoomID: NIODeadline] = [:]
    /// In the order of their deadlines, as clients are always waited for equally long; some have been overtaken by a later one.
    private var queue = CircularBuffer<Entry>()

    func contains(_ room: RoomID) -> Bool { self.deadlines[room] != nil }

    var nextDeadline: NIODeadline? { self.queue.first?.deadline }

    mutating func keep(_ room: RoomID, until deadline: NIODeadline) {
        guard deadline > self.deadlines[room] ?? .distantPast else { return }
        self.deadlines[room] = deadline
        self.queue.append(Entry(room: room, deadline: deadline))
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
}
