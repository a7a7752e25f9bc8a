// Licensed under the MIT licence.

import GRDB
import GRDBSQLite
import NIOCore

/// A prepared statement of one connection, for the thread that uses the connection.
///
/// GRDB makes and keeps it; values are bound and read through SQLite's own interface, because a message should cost no more
/// than copying its bytes. A value that cannot be bound makes the next ``step()`` fail.
///
/// Columns and parameters are counted from 0 and 1, as SQLite does.
final class SQLStatement {
    private let statement: Statement
    private let connection: OpaquePointer?
    private var bindingCode = SQLITE_OK

    private var handle: OpaquePointer { self.statement.sqliteStatement }

    init(_ database: Database, _ sql: String) throws {
        self.statement = try database.makeStatement(sql: sql)
        self.connection = database.sqliteConnection
    }

    // MARK: Binding

    func bind(_ value: Int, at index: CInt) {
        self.note(sqlite3_bind_int64(self.handle, index, sqlite3_int64(value)))
    }

    func bind(_ value: Int64, at index: CInt) {
        self.note(sqlite3_bind_int64(self.handle, index, value))
    }

    /// SQLite takes a copy.
    func bind(_ text: String, at index: CInt) {
        var text = text
        text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                // A text of no bytes may have no address, which would be NULL.
                guard let start = characters.baseAddress, !characters.isEmpty else {
                    return self.note(sqlite3_bind_text(self.handle, index, "", 0, Self.copies))
                }
                self.note(sqlite3_bind_text(self.handle, index, start, CInt(clamping: characters.count), Self.copies))
            }
        }
    }

    func bindNull(at index: CInt) {
        self.note(sqlite3_bind_null(self.handle, index))
    }

    /// SQLite reads the bytes where they are, as long as `body` runs.
    func bind<Result>(_ bytes: ByteBuffer, at index: CInt, while body: () throws -> Result) rethrows -> Result {
        try bytes.withUnsafeReadableBytes { bytes in
            if bytes.isEmpty {
                self.note(sqlite3_bind_zeroblob(self.handle, index, 0))
            } else {
                self.note(sqlite3_bind_blob64(self.handle, index, bytes.baseAddress, UInt64(bytes.count), nil))
            }
            // Whatever happens, SQLite must not keep the address.
            defer { sqlite3_bind_null(self.handle, index) }
            return try body()
        }
    }

    private func note(_ code: CInt) {
        if code != SQLITE_OK { self.bindingCode = code }
    }

    /// Tells SQLite to take a copy of what is bound; it has a meaning only as the address -1.
    private static var copies: sqlite3_destructor_type? { unsafeBitCast(-1, to: sqlite3_destructor_type?.self) }

    // MARK: Running

    /// Goes to the next row.
    ///
    /// - Returns: Whether there is one; if not, the statement is ready to be used again.
    func step() throws -> Bool {
        let code = self.bindingCode == SQLITE_OK ? sqlite3_step(self.handle) : self.bindingCode
        if code == SQLITE_ROW { return true }
        let failure = code == SQLITE_DONE ? nil : SQLiteFailure(self.connection, code: code)
        self.reset()
        if let failure { throw failure }
        return false
    }

    /// Runs a statement without rows.
    func run() throws {
        while try self.step() {}
    }

    /// Runs a statement for its only row, if there is one.
    func row<Result>(_ body: () throws -> Result) throws -> Result? {
        guard try self.step() else { return nil }
        defer { self.reset() }
        return try body()
    }

    /// Makes the statement ready to be used again.
    func reset() {
        self.bindingCode = SQLITE_OK
        sqlite3_reset(self.handle)
    }

    /// How many rows the last statement of the connection changed.
    var changes: Int { Int(sqlite3_changes(self.connection)) }

    // MARK: Columns

    func integer(_ column: CInt) -> Int { Int(sqlite3_column_int64(self.handle, column)) }

    func isNull(_ column: CInt) -> Bool { sqlite3_column_type(self.handle, column) == SQLITE_NULL }

    /// Text that is not UTF-8, which we never wrote, is mended.
    func text(_ column: CInt) -> String {
        guard let start = sqlite3_column_text(self.handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(self.handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: CInt) -> ByteBuffer {
        guard let start = sqlite3_column_blob(self.handle, column) else { return ByteBuffer() }
        let count = Int(sqlite3_column_bytes(self.handle, column))
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: start, count: count))
    }

    func byteCount(_ column: CInt) -> Int { Int(sqlite3_column_bytes(self.handle, column)) }
}
