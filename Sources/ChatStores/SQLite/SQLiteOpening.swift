// Licensed under the MIT licence.

import GRDB

/// Opens the connections of a store, so that nothing which is not ours, or is broken, is written to.
struct SQLiteOpening {
    /// Past this size not everything is looked at, since that takes a second for each GB or so.
    private static let checkedPages = 64 * 256

    let options: SQLiteStoreOptions

    private var path: String { DataDirectory.database(in: self.options.directory) }

    /// The connection that writes; the file is made if it is not there.
    ///
    /// - Parameter directory: The directory, which is held as long as the connection is used.
    /// - Returns: The connection.
    /// - Throws: Why the file cannot be used.
    func writer(in directory: DataDirectory) throws(StoreOpeningError) -> DatabaseQueue {
        let header = try DatabaseHeader(of: self.path)
        let hasLog = DataDirectory.hasLog(of: self.path)
        if let header {
            try self.check(header)
        } else if hasLog {
            // SQLite would remove it, and it holds the last messages of a database that was moved away.
            throw .unreadable(path: self.path, reason: "there is no database, but the log of one beside it")
        } else {
            try directory.makeDatabase()
        }
        // The last connection that may write puts the log into the file, also when the file is refused. It is not the last one beside a
        // reader, and a reader leaves the log behind a kill as it is.
        let guardian = hasLog ? try self.reader(0) : nil
        do {
            let queue = try DatabaseQueue(
                path: self.path,
                configuration: self.configuration("writer", isReadOnly: false)
            )
            do {
                try queue.writeWithoutTransaction { try self.prepare($0) }
            } catch {
                try? queue.close()
                throw error
            }
            try guardian?.close()
            return queue
        } catch {
            try? guardian?.close()
            throw self.opening(error)
        }
    }

    /// Makes what is missing, once it is sure that what is there is ours and whole.
    private func prepare(_ database: Database) throws {
        // Also where the process was killed while it made the file.
        if try Int.fetchOne(database, sql: "PRAGMA page_count") == 0 {
            // It belongs to messages that are gone.
            SQLiteRecoveryJournal.discard(directory: self.options.directory)
            try Schema.create(database)
        }
        // What the header says may be older than what waits in the log.
        let version = try self.checkVersion(database)
        try self.keepLog(database)
        try self.checkPages(database)
        try Schema.upgrade(database, from: version) {
            try self.checkTables(database)
            // A file that passes for ours has all that we are going to ask for.
            _ = try WriterStatements(database)
            _ = try ReaderStatements(database)
        }
        try self.settlePresence(database)
    }

    /// A connection that reads, of a file that is there.
    ///
    /// - Throws: Why it cannot, among that the log beside the file is by a newer version.
    func reader(_ number: Int) throws(StoreOpeningError) -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(
                path: self.path,
                configuration: self.configuration("reader \(number)", isReadOnly: true)
            )
            _ = try queue.read { try self.checkVersion($0) }
            return queue
        } catch {
            throw self.opening(error)
        }
    }

    /// Sees to it that there is a file, and that it is ours.
    func checkFile() throws(StoreOpeningError) {
        guard let header = try DatabaseHeader(of: self.path) else {
            throw .unreadable(path: self.path, reason: "there is no database")
        }
        try self.check(header)
    }

    private func check(_ header: DatabaseHeader) throws(StoreOpeningError) {
        guard header.isDatabase else { throw .notADatabase(path: self.path) }
        guard header.applicationID == Schema.applicationID else { throw .foreign(path: self.path) }
        try self.check(version: header.userVersion)
    }

    private func check(version: Int) throws(StoreOpeningError) {
        if version > Schema.version { throw .newer(path: self.path, version: version, known: Schema.version) }
        if version < 1 { throw .damaged(path: self.path, reason: "its schema is \(version)") }
    }

    /// - Returns: The schema's version.
    private func checkVersion(_ database: Database) throws -> Int {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        try self.check(version: version)
        return version
    }

    /// Has SQLite write to a log, on which what is promised depends; it says in an answer, not by an error, that it cannot.
    private func keepLog(_ database: Database) throws {
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") ?? "unknown"
        guard mode == "wal" else {
            throw StoreOpeningError.unreadable(
                path: self.path,
                reason: "no write-ahead log can be kept there, the journal mode is \(mode)"
            )
        }
    }

    /// That there is no room for this is no reason not to start: what is there can be read, and the first transaction of
    /// ``StoreWriter`` makes up for it.
    private func settlePresence(_ database: Database) throws {
        do {
            try database.execute(sql: Schema.settlePresence)
        } catch {
            if SQLiteFailure(error).isCorruption { throw error }
        }
    }

    /// Looks for what is broken: at everything if the file is small, otherwise at the tables' beginnings and ends.
    private func checkPages(_ database: Database) throws {
        if try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0 <= Self.checkedPages {
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
            guard verdict == "ok" else {
                let reason = verdict.split(whereSeparator: \.isNewline).joined(separator: " ")
                throw StoreOpeningError.damaged(path: self.path, reason: reason)
            }
        }
    }

    private func checkTables(_ database: Database) throws {
        for table in Schema.tables {
            _ = try Row.fetchOne(database, sql: "SELECT * FROM \(table) LIMIT 1")
            _ = try Row.fetchOne(database, sql: "SELECT * FROM \(table) ORDER BY 1 DESC LIMIT 1")
        }
    }

    private func configuration(_ name: String, isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.label = "martlet store, \(name)"
        configuration.readonly = isReadOnly
        configuration.foreignKeysEnabled = false
        // Somebody looks at the file with a tool of theirs, or takes a backup.
        let options = self.options
        configuration.busyMode = .timeout(Double(options.lockTimeoutMilliseconds) / 1000)
        configuration.prepareDatabase { database in
            guard !isReadOnly else { return }
            try database.execute(sql: "PRAGMA synchronous = \(options.synchronization == .full ? "FULL" : "NORMAL")")
            try database.execute(sql: "PRAGMA cache_size = -16384")
            // Once the log holds 4 MiB, the writer puts it into the file behind its next commit. Nothing else bounds the log: a
            // checkpoint by another connection cannot begin the log anew while the writer is at work.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 1024")
            // The log shrinks to this once it has grown past it.
            try database.execute(sql: "PRAGMA journal_size_limit = \(16 << 20)")
            if let pages = options.maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        return configuration
    }

    /// What an error means for whoever wants to start.
    private func opening(_ error: any Error) -> StoreOpeningError {
        if let error = error as? StoreOpeningError { return error }
        let failure = SQLiteFailure(error)
        return failure.isCorruption
            ? .damaged(path: self.path, reason: failure.message)
            : .unreadable(path: self.path, reason: failure.reason)
    }
}
