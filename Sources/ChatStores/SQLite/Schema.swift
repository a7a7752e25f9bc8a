// Licensed under the MIT licence.

import GRDB

/// The tables of a store on disk.
///
/// The file carries ``applicationID``, so that it is known for ours, and ``version``; whoever finds a greater version leaves the
/// file alone. An older file gets what it lacks when it is opened to be written.
enum Schema {
    /// "Mrtl".
    static let applicationID = 0x4d72_746c
    static let version = 2
    static let tables = ["rooms", "messages", "client_ids", "read_cursors", "last_seen", "probe", "process"]

    /// - `rooms`: a number for each name. The last `seq` is the greater one of `last_seq` and the one that `messages` tells:
    ///   it is written down here only when the last message goes, so that an append need not touch two tables.
    /// - `messages`: see ``MessageRow``. Not all are retained; see ``StoreWriter/sweep(now:)``.
    /// - `client_ids`: what became of a user's `client_id`, for ten minutes, whatever became of the message.
    /// - `read_cursors`, `last_seen`: how far and when a user has read and was seen last.
    ///   `is_online` says that the user had come and not gone when this was written.
    /// - `probe`: written to see whether writing is possible.
    /// - `process`: when those who are there were known to be there last.
    private static let steps = [Self.first, Self.second]

    private static let first = """
        CREATE TABLE rooms (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            last_seq INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE messages (
            place INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            id TEXT NOT NULL,
            user TEXT NOT NULL,
            name TEXT NOT NULL,
            client_id TEXT,
            body BLOB NOT NULL,
            attachments BLOB
        );
        CREATE TABLE client_ids (
            room INTEGER NOT NULL,
            user TEXT NOT NULL,
            client_id TEXT NOT NULL,
            seq INTEGER NOT NULL,
            id TEXT NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (room, user, client_id)
        ) WITHOUT ROWID;
        CREATE TABLE read_cursors (
            room INTEGER NOT NULL,
            user TEXT NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (room, user)
        ) WITHOUT ROWID;
        CREATE TABLE last_seen (
            user TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            time INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE probe (
            number INTEGER PRIMARY KEY,
            filler BLOB
        );
        """

    private static let second = """
        ALTER TABLE last_seen ADD COLUMN is_online INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX users_online ON last_seen (user) WHERE is_online = 1;
        CREATE TABLE process (
            number INTEGER PRIMARY KEY,
            time INTEGER NOT NULL
        );
        """

    /// Makes the tables in an empty file, before it gets a write-ahead log: what the header says is in the file itself then.
    static func create(_ database: Database) throws {
        try database.execute(
            sql: """
                BEGIN EXCLUSIVE;
                PRAGMA application_id = \(self.applicationID);
                \(self.steps.joined(separator: "\n"))
                PRAGMA user_version = \(self.version);
                COMMIT;
                """
        )
    }

    /// Gives an older file what it lacks, all of it or nothing.
    ///
    /// - Parameters:
    ///   - database: The file.
    ///   - version: Which version it has, from 1 to ``version``.
    ///   - check: Says by an error that the file does not do; nothing is changed then.
    /// - Throws: What the check or SQLite says.
    static func upgrade(_ database: Database, from version: Int, _ check: () throws -> Void) throws {
        guard version < self.version else { return try check() }
        do {
            try database.execute(
                sql: """
                    BEGIN EXCLUSIVE;
                    \(self.steps.dropFirst(version).joined(separator: "\n"))
                    PRAGMA user_version = \(self.version);
                    """
            )
            try check()
            try database.execute(sql: "COMMIT")
        } catch {
            try? database.execute(sql: "ROLLBACK")
            throw error
        }
    }

    /// Whoever was there when the last process ended was seen last when it was known to live last.
    static let settlePresence = """
        UPDATE last_seen SET is_online = 0,
            time = max(time, ifnull((SELECT time FROM process WHERE number = 1), 0))
        WHERE is_online = 1
        """
}
