// Licensed under the MIT licence.

import Foundation
import GRDB
import NIOCore
import SocketIOCore

/// The file behind a recovery journal: a database of numbered records.
///
/// It is written without waiting for the disk, so it outlives the process but not the system: what a machine wrote before it was
/// started anew is dropped. Whatever in it makes no sense is dropped, too; it holds nothing that anybody needs for longer than a few
/// minutes.
///
/// Touched by one thread at a time.
final class RecoveryJournalFile {
    /// "MrtJ".
    private static let applicationID = 0x4d72_744a
    private static let version = 1

    private let connection: DatabaseQueue
    private var insertion: SQLStatement?
    private var deletion: SQLStatement?

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
                    CREATE TABLE IF NOT EXISTS records (serial INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
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
            try database.execute(sql: "BEGIN IMMEDIATE; DELETE FROM records; DELETE FROM system")
            try database.execute(sql: "INSERT INTO system VALUES (?); COMMIT", arguments: [start ?? ""])
        }
    }

    /// All records, in order.
    func entries() throws -> [JournalEntry] {
        try self.connection.writeWithoutTransaction { database in
            let statement = try SQLStatement(database, "SELECT serial, bytes FROM records ORDER BY serial")
            defer { statement.reset() }
            var entries: [JournalEntry] = []
            while try statement.step() {
                let serial = UInt64(clamping: statement.integer(0))
                entries.append(JournalEntry(serial: serial, record: statement.bytes(1)))
            }
            return entries
        }
    }

    /// Adds and drops records, at once.
    func commit(_ batch: JournalBatch) throws {
        try self.connection.writeWithoutTransaction { database in
            let insertion = try self.insertion ?? SQLStatement(database, "INSERT INTO records VALUES (?, ?)")
            let deletion = try self.deletion ?? SQLStatement(database, "DELETE FROM records WHERE serial < ?")
            (self.insertion, self.deletion) = (insertion, deletion)
            try database.execute(sql: "BEGIN IMMEDIATE")
            var serial = batch.firstSerial
            for record in batch.records {
                insertion.bind(Int64(clamping: serial), at: 1)
                try insertion.bind(record, at: 2) { try insertion.run() }
                serial += 1
            }
            deletion.bind(Int64(clamping: batch.dropBefore), at: 1)
            try deletion.run()
            try database.execute(sql: "COMMIT")
        }
    }

    func close() {
        (self.insertion, self.deletion) = (nil, nil)
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

/// Tells one start of the machine's system from the next.
private enum SystemStart {
    /// `nil` where the system does not say; then nothing is known to be of the same start.
    static var id: String? {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
