// Licensed under the MIT licence.

import Chat
import GRDB
import GRDBSQLite
import NIOCore

/// Changes the database on a connection of its own; for the thread that uses the connection.
///
/// Everything happens within the transaction that ``begin()`` opens. After a failure of SQLite's it must be rolled back: no part
/// of it has happened then. A `StoreError` concerns one call alone, which has changed nothing.
final class StoreWriter {
    /// How many rooms' last `seq` is kept at hand.
    private static let knownRooms = 20_000
    /// A room loses messages that are not retained when there are so many, so that there is not a deletion for each append.
    private static let slack = 64

    let statements: WriterStatements
    let retention: Retention
    var rooms = RoomCache(capacity: StoreWriter.knownRooms)
    /// How far ``sweep(now:)`` has come.
    var sweepPosition = SweepPosition()
    /// When users are gone through next, in milliseconds since 1970.
    var nextUserSweep: Int64 = 0
    /// How many rows the connection had changed when the last transaction began.
    private var changesBefore: CInt = 0
    /// Whether nobody of an earlier process counts as being there; they must not get this one's mark.
    private var isPresenceSettled = false
    private let database: Database

    init(_ database: Database, retention: Retention) throws {
        self.database = database
        self.statements = try WriterStatements(database)
        self.retention = retention
    }

    // MARK: Transactions

    func begin() throws {
        try self.statements.begin.run()
        self.changesBefore = sqlite3_total_changes(self.database.sqliteConnection)
        if !self.isPresenceSettled { try SQLStatement(self.database, Schema.settlePresence).run() }
    }

    func commit() throws {
        try self.statements.commit.run()
        self.isPresenceSettled = true
    }

    /// Whether the last transaction has changed anything; a commit of nothing does not get to the disk.
    var hasWritten: Bool { sqlite3_total_changes(self.database.sqliteConnection) != self.changesBefore }

    /// Undoes the transaction, be there one or not.
    func rollback() {
        self.rooms.removeAll()
        // What had been deleted is there again, and must not be taken for gone.
        self.sweepPosition = SweepPosition()
        self.nextUserSweep = 0
        // Some failures have rolled back already. If this fails too, the next transaction cannot begin, and says so.
        if sqlite3_get_autocommit(self.database.sqliteConnection) == 0 { try? self.statements.rollback.run() }
    }

    // MARK: Changes

    func append(_ message: ChatMessage, floor: Int) throws -> AppendOutcome {
        let place = try self.place(of: message.room)
        let room = self.rooms[place]
        let last = max(room.last, floor)
        guard last < MessageRow.maximumSequence else {
            if let first = try self.receipt(of: message, room.number) { return .repeated(first) }
            throw StoreError.noSequenceLeft
        }
        let seq = last + 1
        if let clientID = message.clientID, let first = try self.remember(clientID, of: message, room.number, seq) {
            return .repeated(first)
        }
        try MessageRow.insert(self.statements.insertMessage, room: room.number, seq: seq, message)
        if room.first > room.last { self.rooms[place].first = seq }
        self.rooms[place].last = seq
        try self.trim(place)
        return .stored(StoredMessage(seq: seq, message: message))
    }

    /// - Returns: What the client id was used for, if its time is not over.
    private func remember(
        _ clientID: ExactText,
        of message: ChatMessage,
        _ number: Int,
        _ seq: Int
    ) throws -> MessageReceipt? {
        let insert = self.statements.insertClientID
        insert.bind(number, at: 1)
        insert.bind(message.sender.id.string, at: 2)
        insert.bind(clientID.string, at: 3)
        insert.bind(seq, at: 4)
        insert.bind(message.id.string, at: 5)
        insert.bind(message.timestamp.milliseconds, at: 6)
        insert.bind(Retention.clientIDWindowMilliseconds, at: 7)
        try insert.run()
        return insert.changes > 0 ? nil : try self.receipt(of: message, number)
    }

    /// - Returns: What the client id of a message was used for, if its time is not over.
    private func receipt(of message: ChatMessage, _ number: Int) throws -> MessageReceipt? {
        guard let clientID = message.clientID else { return nil }
        let first = self.statements.clientID
        first.bind(number, at: 1)
        first.bind(message.sender.id.string, at: 2)
        first.bind(clientID.string, at: 3)
        first.bind(message.timestamp.milliseconds, at: 4)
        first.bind(Retention.clientIDWindowMilliseconds, at: 5)
        return try first.row {
            MessageReceipt(
                id: MessageID(first.text(1)),
                seq: first.integer(0),
                timestamp: Timestamp(milliseconds: Int64(first.integer(2)))
            )
        }
    }

    func advance(_ cursor: ReadCursor) throws -> Bool {
        guard cursor.seq > 0 else { return false }
        let advance = self.statements.advance
        advance.bind(self.rooms[try self.place(of: cursor.room)].number, at: 1)
        advance.bind(cursor.user.string, at: 2)
        advance.bind(cursor.seq, at: 3)
        try advance.run()
        return advance.changes > 0
    }

    func record(_ sighting: LastSeen) throws { try self.see(sighting, isOnline: 0) }

    func arrive(_ sighting: LastSeen) throws { try self.see(sighting, isOnline: 1) }

    private func see(_ sighting: LastSeen, isOnline: Int) throws {
        let record = self.statements.record
        record.bind(isOnline, at: 4)
        record.bind(sighting.user.id.string, at: 1)
        record.bind(sighting.user.name.string, at: 2)
        record.bind(sighting.time.milliseconds, at: 3)
        try record.run()
    }

    /// - Returns: How many of the messages were not there.
    func restore(_ messages: [StoredMessage]) throws -> Int {
        let restore = self.statements.restoreMessage
        var count = 0
        for stored in messages {
            guard (1...MessageRow.maximumSequence).contains(stored.seq) else { continue }
            let place = try self.place(of: stored.message.room)
            let room = self.rooms[place]
            try MessageRow.insert(restore, room: room.number, seq: stored.seq, stored.message)
            count += restore.changes
            self.rooms[place].first = room.first > room.last ? stored.seq : min(room.first, stored.seq)
            self.rooms[place].last = max(room.last, stored.seq)
        }
        return count
    }

    // MARK: Rooms

    /// Where the room is in ``rooms``; made if nobody has heard of it.
    private func place(of id: RoomID) throws -> Int {
        if let place = self.rooms.place(of: id) { return place }
        let find = self.statements.room
        find.bind(id.string, at: 1)
        if let (number, last) = try find.row({ (find.integer(0), find.integer(1)) }) {
            let ends = try self.ends(of: number)
            let room = RoomCache.Room(
                number: number,
                last: max(last, ends?.last ?? 0),
                first: ends?.first ?? last + 1
            )
            return self.rooms.insert(id, room)
        }
        let insert = self.statements.insertRoom
        insert.bind(id.string, at: 1)
        guard let number = try insert.row({ insert.integer(0) }), number <= MessageRow.maximumRoom else {
            throw StoreError(.notDone, reason: "no number is left for a new room")
        }
        return self.rooms.insert(id, RoomCache.Room(number: number, last: 0, first: 1))
    }

    /// The `seq` of the first and the last message there is of a room.
    func ends(of number: Int) throws -> (first: Int, last: Int)? {
        let ends = self.statements.ends
        ends.bind(MessageRow.place(room: number, 0), at: 1)
        ends.bind(MessageRow.place(room: number, MessageRow.maximumSequence), at: 2)
        return try ends.row {
            ends.isNull(0) ? nil : (MessageRow.seq(ends.integer(0)), MessageRow.seq(ends.integer(1)))
        } ?? nil
    }

    /// Deletes messages that newer ones have pushed out, a few at a time.
    ///
    /// Not all rooms have their turn at the same `seq`, or a commit with messages for many would have to delete from all.
    private func trim(_ place: Int) throws {
        let room = self.rooms[place]
        let dropped = self.retention.lastDropped(behind: room.last)
        guard dropped >= room.first, (room.last + room.number) % Self.slack == 0 else { return }
        let end = min(dropped, room.first + 4 * Self.slack)
        try self.delete(room.number, from: room.first, through: end)
        self.rooms[place].first = end + 1
    }

    func delete(_ number: Int, from first: Int, through last: Int) throws {
        let delete = self.statements.deleteMessages
        delete.bind(MessageRow.place(room: number, first), at: 1)
        delete.bind(MessageRow.place(room: number, last), at: 2)
        try delete.run()
    }

    // MARK: Trying

    /// Writes something small.
    func touch() throws { try self.statements.touchProbe.run() }

    /// Writes so many bytes for good, then takes them back: what is full has no place for them.
    func probe(bytes: Int) throws {
        try self.begin()
        self.statements.fillProbe.bind(bytes, at: 1)
        try self.statements.fillProbe.run()
        try self.commit()
        try self.begin()
        try self.statements.emptyProbe.run()
        try self.commit()
    }

    /// Not through GRDB, which takes account of transactions only if all statements are run by it.
    func limit(pages: Int) throws { try SQLStatement(self.database, "PRAGMA max_page_count = \(pages)").run() }
}
