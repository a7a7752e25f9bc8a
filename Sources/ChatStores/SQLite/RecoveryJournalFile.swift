// Licensed under the MIT licence.

import Foundation
import GRDB
import GRDBSQLite
import NIOCore
import SocketIOCore

/// The file behind a recovery journal: a database of numbered records, those of a batch in one row.
///
/// A row has the number of its first record, and the bytes of all, each behind its length, a big-endian u32.
///
/// It is written without waiting for the disk, so it outlives the process but not the system: what a machine wrote before it was
/// started anew is dropped. Whatever in it makes no sense is dropped, too; it holds nothing that anybody needs for longer than a few
/// minutes.
///
/// Touched by one thread at a time.
final class RecoveryJournalFile {
    /// "MrtJ".
    private static let applicationID = 0x4d72_744a
    private static let version = 2
    /// Rows go when they hold about so many records that are not needed, not a few with each batch.
    private static let slack: UInt64 = 512

    private let connection: DatabaseQueue
    private var statements: JournalStatements?
    /// Up to where records were dropped.
    private var droppedBefore: UInt64 = 0

    /// Opens the file, and makes it if it is not there.
    ///
    /// - Throws: ``StoreOpeningError`` if the file is another program's, which is left alone; otherwise what SQLite says.
    init(_ path: String) throws {
        if let header = try DatabaseHeader(of: path) {
            guard header.isDatabase else { throw StoreOpeningError.notADatabase(path: path) }
            guard header.applicationID == Self.applicationID else { throw StoreOpeningError.foreign(path: path) }
            if header.userVersion != Self.version { Self.remove(path) }
        }
        var configuration = Configuration()
        configuration.label = "martlet recovery journal"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF")
        }
        self.connection = try DatabaseQueue(path: path, configuration: configuration)
        chmod(path, 0o600)
        try self.connection.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    BEGIN IMMEDIATE;
                    CREATE TABLE IF NOT EXISTS batches (serial INTEGER PRIMARY KEY, records BLOB NOT NULL);
                    CREATE TABLE IF NOT EXISTS system (start TEXT NOT NULL);
                    PRAGMA application_id = \(Self.applicationID);
                    PRAGMA user_version = \(Self.version);
                    COMMIT;
                    PRAGMA journal_mode = WAL
                    """
            )
            let start = SystemStart.id
            let known = try String.fetchOne(database, sql: "SELECT start FROM system")
            guard known != start || start == nil else { return }
            try database.execute(sql: "BEGIN IMMEDIATE; DELETE FROM batches; DELETE FROM system")
            try database.execute(sql: "INSERT INTO system VALUES (?); COMMIT", arguments: [start ?? ""])
        }
    }

    /// All records, in order.
    ///
    /// - Throws: What SQLite says, or that a row is not whole.
    func entries() throws -> [JournalEntry] {
        try self.connection.writeWithoutTransaction { database in
            let statement = try SQLStatement(database, "SELECT serial, records FROM batches ORDER BY serial")
            defer { statement.reset() }
            var entries: [JournalEntry] = []
            while try statement.step() {
                var serial = UInt64(clamping: statement.integer(0))
                var records = statement.bytes(1)
                while records.readableBytes > 0 {
                    guard let record = records.readLengthPrefixedSlice(as: UInt32.self) else {
                        throw SQLiteFailure(code: SQLITE_CORRUPT, message: "a batch is not whole")
                    }
                    entries.append(JournalEntry(serial: serial, record: record))
                    serial += 1
                }
            }
            return entries
        }
    }

    /// Adds records, and drops others, at once.
    func commit(_ batch: JournalBatch) throws {
        try self.connection.writeWithoutTransaction { database in
            let statements = try self.statements ?? JournalStatements(database)
            self.statements = statements
            try statements.begin.run()
            do {
                try statements.insert(batch)
                if self.isTimeToDrop(batch) {
                    try statements.drop(before: batch.dropBefore)
                    self.droppedBefore = batch.dropBefore
                }
                try statements.commit.run()
            } catch {
                // Some failures have rolled back already.
                try? statements.rollback.run()
                throw error
            }
        }
    }

    /// What contradicts the batch must go with it.
    private func isTimeToDrop(_ batch: JournalBatch) -> Bool {
        batch.dropBefore == batch.firstSerial || batch.dropBefore >= self.droppedBefore + Self.slack
    }

    func close() {
        self.statements = nil
        try? self.connection.close()
    }

    /// Takes the file away, whatever is in it, unless it is another program's.
    static func remove(_ path: String) {
        do {
            let header = try DatabaseHeader(of: path)
            guard header == nil || header?.applicationID == Self.applicationID else { return }
        } catch {
            // What cannot be read may be anybody's.
            return
        }
        for file in [path, path + "-wal", path + "-shm", path + "-journal"] { unlink(file) }
    }
}

/// What is done with a journal's rows; for the thread that uses the connection.
private struct JournalStatements {
    let begin: SQLStatement
    let commit: SQLStatement
    let rollback: SQLStatement
    private let insertion: SQLStatement
    private let deletion: SQLStatement

    init(_ database: Database) throws {
        self.begin = try SQLStatement(database, "BEGIN IMMEDIATE")
        self.commit = try SQLStatement(database, "COMMIT")
        self.rollback = try SQLStatement(database, "ROLLBACK")
        self.insertion = try SQLStatement(database, "INSERT INTO batches VALUES (?, ?)")
        // The last row that begins at the number or before holds it, so that row stays.
        self.deletion = try SQLStatement(
            database,
            "DELETE FROM batches WHERE serial < (SELECT max(serial) FROM batches WHERE serial <= ?)"
        )
    }

    func insert(_ batch: JournalBatch) throws {
        let count = batch.records.reduce(0) { $0 + 4 + $1.readableBytes }
        var row = ByteBufferAllocator().buffer(capacity: count)
        for record in batch.records {
            row.writeInteger(UInt32(clamping: record.readableBytes))
            row.writeImmutableBuffer(record)
        }
        self.insertion.bind(Int64(clamping: batch.firstSerial), at: 1)
        try self.insertion.bind(row, at: 2) { try self.insertion.run() }
    }

    func drop(before serial: UInt64) throws {
        self.deletion.bind(Int64(clamping: serial), at: 1)
        try self.deletion.run()
    }
}

/// Tells one start of the machine's system from the next.
private enum SystemStart {
    /// `nil` where the system does not say; then nothing is known to be of the same start.
    static var id: String? {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
