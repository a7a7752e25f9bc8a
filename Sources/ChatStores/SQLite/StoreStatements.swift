// Licensed under the MIT licence.

import GRDB

/// What a reader asks the database.
struct ReaderStatements {
    let begin: SQLStatement
    let commit: SQLStatement
    let rollback: SQLStatement
    /// A room's number and last `seq`, by name.
    let room: SQLStatement
    /// Messages between two places and not from before a time, at most so many, from the oldest on.
    let oldest: SQLStatement
    /// The same, from the newest on.
    let newest: SQLStatement
    /// Where messages stand from a place to another, both included, not from before a time.
    let places: SQLStatement
    /// By room's and user's name.
    let readCursor: SQLStatement
    /// Name and time, by user.
    let lastSeen: SQLStatement
    /// Names and last `seq` behind a name, at most so many.
    let rooms: SQLStatement

    private static let lastSequence = """
        max(last_seq, ifnull((
            SELECT place & 4294967295 FROM messages
            WHERE place BETWEEN number << 32 AND number << 32 | 4294967295 ORDER BY place DESC LIMIT 1
        ), 0))
        """

    init(_ database: Database) throws {
        func page(_ direction: String) throws -> SQLStatement {
            try SQLStatement(
                database,
                """
                SELECT \(MessageRow.columns) FROM messages
                WHERE place > ?1 AND place < ?2 AND time >= ?3 ORDER BY place \(direction) LIMIT ?4
                """
            )
        }
        self.begin = try SQLStatement(database, "BEGIN")
        self.commit = try SQLStatement(database, "COMMIT")
        self.rollback = try SQLStatement(database, "ROLLBACK")
        self.room = try SQLStatement(database, "SELECT number, \(Self.lastSequence) FROM rooms WHERE id = ?1")
        self.oldest = try page("ASC")
        self.newest = try page("DESC")
        self.places = try SQLStatement(
            database,
            "SELECT place FROM messages WHERE place BETWEEN ?1 AND ?2 AND time >= ?3 ORDER BY place"
        )
        self.readCursor = try SQLStatement(
            database,
            "SELECT seq FROM read_cursors WHERE room = (SELECT number FROM rooms WHERE id = ?1) AND user = ?2"
        )
        self.lastSeen = try SQLStatement(database, "SELECT name, time FROM last_seen WHERE user = ?1")
        self.rooms = try SQLStatement(
            database,
            "SELECT id, \(Self.lastSequence) FROM rooms WHERE id > ?1 ORDER BY id LIMIT ?2"
        )
    }
}

/// What the writer tells the database.
struct WriterStatements {
    let begin: SQLStatement
    let commit: SQLStatement
    let rollback: SQLStatement

    /// A room's number and `last_seq`, by name.
    let room: SQLStatement
    /// Makes a room of a name; tells its number.
    let insertRoom: SQLStatement
    /// The least and the greatest place between two.
    let ends: SQLStatement
    let insertMessage: SQLStatement
    let restoreMessage: SQLStatement
    /// Deletes what stands between two places, both included.
    let deleteMessages: SQLStatement
    /// Raises a room's `last_seq`.
    let keepLast: SQLStatement

    /// Remembers a client id unless it is known and its time is not over; see ``SQLStatement/changes``.
    let insertClientID: SQLStatement
    /// The message that a client id became.
    let clientID: SQLStatement
    let advance: SQLStatement
    /// Remembers a user and whether they are there; an earlier time or its name changes nothing.
    let record: SQLStatement
    /// Writes down a time if anybody is there.
    let markPresence: SQLStatement

    /// Numbers, names and `last_seq` behind a number, at most so many.
    let roomsToSweep: SQLStatement
    /// Places and times from a place on, up to another, at most so many.
    let messagesToSweep: SQLStatement
    /// Client ids behind one, at most so many.
    let clientIDsToSweep: SQLStatement
    let deleteClientID: SQLStatement
    /// Read marks behind one and when their users were last seen, null for who is there or was never seen, at most so many.
    let cursorsToSweep: SQLStatement
    let deleteCursor: SQLStatement
    /// Users behind one, when they were last seen and whether they are there, at most so many.
    let usersToSweep: SQLStatement
    let deleteUser: SQLStatement

    let touchProbe: SQLStatement
    let fillProbe: SQLStatement
    let emptyProbe: SQLStatement

    init(_ database: Database) throws {
        func make(_ sql: String) throws -> SQLStatement { try SQLStatement(database, sql) }
        let message = "INTO messages (place, time, id, user, name, client_id, body, attachments)"
        self.begin = try make("BEGIN IMMEDIATE")
        self.commit = try make("COMMIT")
        self.rollback = try make("ROLLBACK")
        self.room = try make("SELECT number, last_seq FROM rooms WHERE id = ?1")
        self.insertRoom = try make("INSERT INTO rooms (id) VALUES (?1) RETURNING number")
        self.ends = try make(
            """
            SELECT (SELECT place FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1),
                (SELECT place FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1)
            """
        )
        self.insertMessage = try make("INSERT \(message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        self.restoreMessage = try make("INSERT OR IGNORE \(message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        self.deleteMessages = try make("DELETE FROM messages WHERE place BETWEEN ?1 AND ?2")
        self.keepLast = try make("UPDATE rooms SET last_seq = max(last_seq, ?2) WHERE number = ?1")
        self.insertClientID = try make(
            """
            INSERT INTO client_ids (room, user, client_id, seq, id, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET seq = excluded.seq, id = excluded.id, time = excluded.time
            WHERE excluded.time - time >= ?7
            """
        )
        self.clientID = try make(
            """
            SELECT seq, id, time FROM client_ids
            WHERE room = ?1 AND user = ?2 AND client_id = ?3 AND ?4 - time < ?5
            """
        )
        self.advance = try make(
            """
            INSERT INTO read_cursors (room, user, seq) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq
            """
        )
        self.record = try make(
            """
            INSERT INTO last_seen (user, name, time, is_online) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET name = iif(excluded.time >= time, excluded.name, name),
                time = max(time, excluded.time), is_online = excluded.is_online
            WHERE excluded.time >= time OR excluded.is_online <> is_online
            """
        )
        self.markPresence = try make(
            """
            INSERT INTO process (number, time)
            SELECT 1, ?1 WHERE EXISTS (SELECT 1 FROM last_seen WHERE is_online = 1)
            ON CONFLICT DO UPDATE SET time = excluded.time
            """
        )
        self.cursorsToSweep = try make(
            """
            SELECT room, user, (
                SELECT time FROM last_seen WHERE last_seen.user = read_cursors.user AND is_online = 0
            ) FROM read_cursors WHERE (room, user) > (?1, ?2) ORDER BY room, user LIMIT ?3
            """
        )
        self.deleteCursor = try make("DELETE FROM read_cursors WHERE room = ?1 AND user = ?2")
        self.usersToSweep = try make(
            "SELECT user, time, is_online FROM last_seen WHERE user > ?1 ORDER BY user LIMIT ?2"
        )
        self.deleteUser = try make("DELETE FROM last_seen WHERE user = ?1")
        self.roomsToSweep = try make(
            "SELECT number, id, last_seq FROM rooms WHERE number > ?1 ORDER BY number LIMIT ?2"
        )
        self.messagesToSweep = try make(
            "SELECT place, time FROM messages WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3"
        )
        self.clientIDsToSweep = try make(
            """
            SELECT room, user, client_id, time FROM client_ids WHERE (room, user, client_id) > (?1, ?2, ?3)
            ORDER BY room, user, client_id LIMIT ?4
            """
        )
        self.deleteClientID = try make("DELETE FROM client_ids WHERE room = ?1 AND user = ?2 AND client_id = ?3")
        self.touchProbe = try make("INSERT OR REPLACE INTO probe (number, filler) VALUES (1, randomblob(16))")
        self.fillProbe = try make("INSERT OR REPLACE INTO probe (number, filler) VALUES (2, zeroblob(?1))")
        self.emptyProbe = try make("DELETE FROM probe WHERE number = 2")
    }
}
