// Licensed under the MIT licence.

import Chat

/// How far a sweep has come: rooms, client ids and, more rarely, users are gone through again and again, a few at a time.
struct SweepPosition {
    /// The last room that was done; 0 for none.
    var room = 0
    /// The last client id that was looked at; nil for none.
    var clientID: (room: Int, user: String, clientID: String)?
    /// Whether this round is through with them.
    var roomsAreDone = false
    var clientIDsAreDone = false
    /// Who has been away for too long; nil while users rest.
    var users: UserSweepPosition?
    /// Whether this round has found anything to delete.
    var hasDeleted = false
}

// Giving back the bytes of what is no longer retained. Reads do not depend on it.
extension StoreWriter {
    private static let roomsAtATime = 200
    static let rowsAtATime = 1000

    /// Deletes some of what is too old, or too far behind: at most 1,000 messages and as many client ids, read marks or users.
    ///
    /// In a transaction of its own, which takes a few milliseconds.
    ///
    /// - Parameter now: Milliseconds since 1970.
    /// - Returns: Whether there may be more to delete; if not, a whole round has found nothing.
    /// - Throws: ``SQLiteFailure``; the transaction must be rolled back then.
    func sweep(now: Int64) throws -> Bool {
        try self.begin()
        if !self.sweepPosition.roomsAreDone { try self.sweepRooms(now: now) }
        if !self.sweepPosition.clientIDsAreDone { try self.sweepClientIDs(now: now) }
        try self.sweepUsers(now: now)
        try self.commit()
        let position = self.sweepPosition
        guard position.roomsAreDone, position.clientIDsAreDone, position.users == nil else { return true }
        defer { self.sweepPosition = SweepPosition() }
        return self.sweepPosition.hasDeleted
    }

    private func sweepRooms(now: Int64) throws {
        let statement = self.statements.roomsToSweep
        statement.bind(self.sweepPosition.room, at: 1)
        statement.bind(Self.roomsAtATime, at: 2)
        var rooms: [(number: Int, id: String, last: Int)] = []
        while try statement.step() {
            rooms.append((statement.integer(0), statement.text(1), statement.integer(2)))
        }
        var budget = Self.rowsAtATime
        for room in rooms {
            let count = try self.sweep(room, now: now, budget: budget)
            if count > 0 { self.sweepPosition.hasDeleted = true }
            budget -= count
            // The room may have more.
            guard budget > 0 else { return }
            self.sweepPosition.room = room.number
        }
        self.sweepPosition.roomsAreDone = rooms.count < Self.roomsAtATime
    }

    /// - Returns: How many messages were deleted.
    private func sweep(_ room: (number: Int, id: String, last: Int), now: Int64, budget: Int) throws -> Int {
        guard let ends = try self.ends(of: room.number) else { return 0 }
        let dropped = self.retention.lastDropped(behind: max(room.last, ends.last))
        let oldest = self.retention.oldest(at: now)
        let statement = self.statements.messagesToSweep
        statement.bind(MessageRow.place(room: room.number, ends.first), at: 1)
        statement.bind(MessageRow.place(room: room.number, ends.last), at: 2)
        statement.bind(budget, at: 3)
        defer { statement.reset() }
        var count = 0
        var end = 0
        while try statement.step() {
            let seq = MessageRow.seq(statement.integer(0))
            guard seq <= dropped || Int64(statement.integer(1)) < oldest else { break }
            count += 1
            end = seq
        }
        statement.reset()
        guard count > 0 else { return 0 }
        if end == ends.last {
            // Nothing but this tells from now on where the room has come to.
            let keep = self.statements.keepLast
            keep.bind(room.number, at: 1)
            keep.bind(end, at: 2)
            try keep.run()
        }
        try self.delete(room.number, from: ends.first, through: end)
        if let id = try? RoomID(room.id) { self.rooms.dropped(through: end, of: id) }
        return count
    }

    private func sweepClientIDs(now: Int64) throws {
        let statement = self.statements.clientIDsToSweep
        let position = self.sweepPosition.clientID
        statement.bind(position?.room ?? 0, at: 1)
        statement.bind(position?.user ?? "", at: 2)
        statement.bind(position?.clientID ?? "", at: 3)
        statement.bind(Self.rowsAtATime, at: 4)
        var count = 0
        var expired: [(room: Int, user: String, clientID: String)] = []
        while try statement.step() {
            count += 1
            let row = (room: statement.integer(0), user: statement.text(1), clientID: statement.text(2))
            self.sweepPosition.clientID = row
            if now - Int64(statement.integer(3)) >= Retention.clientIDWindowMilliseconds { expired.append(row) }
        }
        for row in expired {
            let delete = self.statements.deleteClientID
            delete.bind(row.room, at: 1)
            delete.bind(row.user, at: 2)
            delete.bind(row.clientID, at: 3)
            try delete.run()
        }
        if !expired.isEmpty { self.sweepPosition.hasDeleted = true }
        self.sweepPosition.clientIDsAreDone = count < Self.rowsAtATime
    }
}
