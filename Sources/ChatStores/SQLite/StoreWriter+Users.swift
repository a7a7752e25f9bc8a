// Licensed under the MIT licence.

import Chat

/// How far a round of users has come: first their read marks, then the users themselves.
///
/// So a mark goes only for a user who is known to have been away for too long, and never because nothing is known.
struct UserSweepPosition {
    /// Who was last seen before this moment is forgotten, in milliseconds since 1970; the same for the whole round, so that a user who
    /// goes has no marks left.
    let earliest: Int64
    /// The last read mark that was looked at.
    var cursor = (room: 0, user: "")
    var cursorsAreDone = false
    /// The last user who was looked at.
    var user = ""
}

// Users: that they are there, and that they are forgotten at last.
extension StoreWriter {
    /// Users are gone through once an hour: what goes by days is in no hurry.
    private static let restMilliseconds: Int64 = 3_600_000

    /// Writes down that those who are there are there, in a transaction of its own; nothing if nobody is.
    ///
    /// - Parameter now: Milliseconds since 1970.
    /// - Throws: ``SQLiteFailure``; the transaction must be rolled back then.
    func markPresence(now: Int64) throws {
        try self.begin()
        self.statements.markPresence.bind(now, at: 1)
        try self.statements.markPresence.run()
        try self.commit()
    }

    /// Forgets some of those who have been away for too long, within the transaction of a sweep.
    func sweepUsers(now: Int64) throws {
        if self.sweepPosition.users == nil {
            // A clock that was set back must not keep them for good.
            let isDue = now >= self.nextUserSweep || now < self.nextUserSweep - 2 * Self.restMilliseconds
            guard isDue else { return }
            self.nextUserSweep = now + Self.restMilliseconds
            self.sweepPosition.users = UserSweepPosition(earliest: self.retention.earliestSighting(at: now))
        }
        guard var position = self.sweepPosition.users else { return }
        let isOver: Bool
        if position.cursorsAreDone {
            isOver = try self.sweepUsers(&position)
        } else {
            try self.sweepCursors(&position)
            isOver = false
        }
        self.sweepPosition.users = isOver ? nil : position
    }

    private func sweepCursors(_ position: inout UserSweepPosition) throws {
        let statement = self.statements.cursorsToSweep
        statement.bind(position.cursor.room, at: 1)
        statement.bind(position.cursor.user, at: 2)
        statement.bind(Self.rowsAtATime, at: 3)
        var count = 0
        var expired: [(room: Int, user: String)] = []
        while try statement.step() {
            count += 1
            position.cursor = (statement.integer(0), statement.text(1))
            if !statement.isNull(2), Int64(statement.integer(2)) < position.earliest { expired.append(position.cursor) }
        }
        for cursor in expired {
            let delete = self.statements.deleteCursor
            delete.bind(cursor.room, at: 1)
            delete.bind(cursor.user, at: 2)
            try delete.run()
        }
        position.cursorsAreDone = count < Self.rowsAtATime
    }

    /// - Returns: Whether these were the last.
    private func sweepUsers(_ position: inout UserSweepPosition) throws -> Bool {
        let statement = self.statements.usersToSweep
        statement.bind(position.user, at: 1)
        statement.bind(Self.rowsAtATime, at: 2)
        var count = 0
        var expired: [String] = []
        while try statement.step() {
            count += 1
            position.user = statement.text(0)
            let isAway = statement.integer(2) == 0
            if isAway, Int64(statement.integer(1)) < position.earliest { expired.append(position.user) }
        }
        for user in expired {
            self.statements.deleteUser.bind(user, at: 1)
            try self.statements.deleteUser.run()
        }
        return count < Self.rowsAtATime
    }
}
