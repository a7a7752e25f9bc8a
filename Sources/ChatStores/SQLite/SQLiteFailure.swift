// Licensed under the MIT licence.

import Chat
import GRDB
import GRDBSQLite

/// What SQLite could not do.
struct SQLiteFailure: Error {
    /// SQLite's extended result code.
    let code: CInt
    let message: String

    /// `SQLITE_IOERR_SHMSIZE`, which Swift does not see: the file `-shm` could not be made as long as it must be.
    private static let noSharedMemory = SQLITE_IOERR | 19 << 8

    init(code: CInt, message: String) {
        self.code = code
        self.message = message
    }

    /// What the connection says about its last call.
    init(_ connection: OpaquePointer?, code: CInt) {
        self.init(code: code, message: String(cString: sqlite3_errmsg(connection)))
    }

    /// What a throwing body threw.
    init(_ error: any Error) {
        switch error {
        case let failure as SQLiteFailure:
            self = failure
        case let error as DatabaseError:
            self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "\(error.resultCode)")
        default:
            self.init(code: SQLITE_ERROR, message: "\(error)")
        }
    }

    var primaryCode: CInt { self.code & 0xff }

    /// Whether the file's content is broken, which no waiting mends.
    var isCorruption: Bool { self.primaryCode == SQLITE_CORRUPT || self.primaryCode == SQLITE_NOTADB }

    /// In words for an operator.
    ///
    /// SQLite's own hold no values, but the codes are needed to look them up.
    var reason: String {
        if self.code == Self.noSharedMemory {
            return "the disk is full, there is no room for the log's index (\(self.message), code \(self.code))"
        }
        return switch self.primaryCode {
        case SQLITE_FULL: "the disk is full (\(self.message), code \(self.code))"
        case SQLITE_CORRUPT, SQLITE_NOTADB: "the database file is damaged (\(self.message), code \(self.code))"
        case SQLITE_READONLY: "the database cannot be written (\(self.message), code \(self.code))"
        default: "\(self.message) (code \(self.code))"
        }
    }
}
