// Licensed under the MIT licence.

import Chat
import GRDB
import GRDBSQLite
import NIOCore

/// Carries out reads on a connection of its own; for the thread that uses the connection.
final class StoreReader {
    private let database: Database
    private let statements: ReaderStatements
    private let retention: Retention

    init(_ database: Database, retention: Retention) throws {
        self.database = database
        self.statements = try ReaderStatements(database)
        self.retention = retention
    }

    /// Carries out a call and tells its caller.
    ///
    /// - Returns: What went wrong, if anything.
    func carryOut(_ call: ReadCall) -> SQLiteFailure? {
        switch call {
        case .messages(let room, let query, let now, let completion):
            self.answer(completion) { try self.messages(in: room, query, now: now) }
        case .held(let room, let range, let completion):
            self.answer(completion) { try self.held(in: room, range) }
        case .sequences(let room, let range, let now, let completion):
            self.answer(completion) { try self.sequences(in: room, range, now: now) }
        case .lastSequence(let room, let completion):
            self.answer(completion) { try self.lastSequence(of: room) }
        case .readCursor(let user, let room, let completion):
            self.answer(completion) { try self.readCursor(of: user, in: room) }
        case .lastSeen(let user, let completion):
            self.answer(completion) { try self.lastSeen(of: user) }
        case .rooms(let after, let limit, let completion):
            self.answer(completion) { try self.rooms(after: after, limit: limit) }
        }
    }

    private func answer<Value>(
        _ completion: WriteCall.Completion<Value>,
        _ body: () throws -> Value
    ) -> SQLiteFailure? {
        do {
            let value = try body()
            completion(.success(value))
            return nil
        } catch {
            let failure = SQLiteFailure(error)
            completion(.failure(StoreError(.notDone, reason: failure.reason)))
            return failure
        }
    }

    // MARK: Reads

    func messages(in room: RoomID, _ query: HistoryQuery, now: Timestamp) throws -> HistoryPage {
        // Both statements see the same moment.
        try self.statements.begin.run()
        defer { self.end() }
        guard let (number, last) = try self.number(of: room) else { return HistoryPage(messages: [], hasMore: false) }
        let after = max(query.after ?? 0, self.retention.lastDropped(behind: last), 0)
        let before = min(query.before ?? .max, last + 1)
        guard after < before else { return HistoryPage(messages: [], hasMore: false) }
        let statement = query.isAscending ? self.statements.oldest : self.statements.newest
        statement.bind(MessageRow.place(room: number, after), at: 1)
        statement.bind(MessageRow.place(room: number, before), at: 2)
        statement.bind(self.retention.oldest(at: now.milliseconds), at: 3)
        // One more tells whether there is more.
        statement.bind(min(query.limit, 1 << 40) + 1, at: 4)
        var page = try MessageRow.page(statement, room: room, query)
        if !query.isAscending { page.messages.reverse() }
        return page
    }

    /// Ends a transaction in which nothing was changed, so that the next can begin.
    private func end() {
        do {
            try self.statements.commit.run()
        } catch {
            // What was read is as good as before. If this fails too, the next transaction cannot begin, and says so.
            if sqlite3_get_autocommit(self.database.sqliteConnection) == 0 { try? self.statements.rollback.run() }
        }
    }

    /// What stands in places, be it retained or not.
    func held(in room: RoomID, _ range: ClosedRange<Int>) throws -> [StoredMessage] {
        guard let (number, last) = try self.number(of: room) else { return [] }
        let after = max(range.lowerBound, 1) - 1
        let through = min(range.upperBound, last)
        guard after < through else { return [] }
        let statement = self.statements.oldest
        statement.bind(MessageRow.place(room: number, after), at: 1)
        statement.bind(MessageRow.place(room: number, through + 1), at: 2)
        statement.bind(Int64.min, at: 3)
        statement.bind(through - after, at: 4)
        return try MessageRow.page(statement, room: room, HistoryQuery(after: after, limit: through - after)).messages
    }

    /// Which places have messages, be they retained or not if `now` is nil.
    func sequences(in room: RoomID, _ range: ClosedRange<Int>, now: Timestamp?) throws -> RangeSet<Int> {
        // Both statements see the same moment.
        try self.statements.begin.run()
        defer { self.end() }
        guard let (number, last) = try self.number(of: room) else { return RangeSet() }
        let dropped = now == nil ? 0 : self.retention.lastDropped(behind: last)
        let first = max(range.lowerBound, dropped + 1)
        let through = min(range.upperBound, last)
        guard first <= through else { return RangeSet() }
        let statement = self.statements.places
        statement.bind(MessageRow.place(room: number, first), at: 1)
        statement.bind(MessageRow.place(room: number, through), at: 2)
        statement.bind(now.map { self.retention.oldest(at: $0.milliseconds) } ?? .min, at: 3)
        defer { statement.reset() }
        var sequences = RangeSet<Int>()
        var run = first..<first
        while try statement.step() {
            let seq = MessageRow.seq(statement.integer(0))
            if seq != run.upperBound {
                sequences.insert(contentsOf: run)
                run = seq..<seq
            }
            run = run.lowerBound..<seq + 1
        }
        sequences.insert(contentsOf: run)
        return sequences
    }

    func lastSequence(of room: RoomID) throws -> Int { try self.number(of: room)?.last ?? 0 }

    private func number(of room: RoomID) throws -> (number: Int, last: Int)? {
        let statement = self.statements.room
        statement.bind(room.string, at: 1)
        return try statement.row { (statement.integer(0), statement.integer(1)) }
    }

    func readCursor(of user: UserID, in room: RoomID) throws -> Int {
        let statement = self.statements.readCursor
        statement.bind(room.string, at: 1)
        statement.bind(user.string, at: 2)
        return try statement.row { statement.integer(0) } ?? 0
    }

    func lastSeen(of user: UserID) throws -> LastSeen? {
        let statement = self.statements.lastSeen
        statement.bind(user.string, at: 1)
        return try statement.row {
            LastSeen(
                user: ChatUser(id: user, name: ExactText(statement.text(0))),
                time: Timestamp(milliseconds: Int64(statement.integer(1)))
            )
        }
    }

    func rooms(after: RoomID?, limit: Int) throws -> [RoomSummary] {
        let statement = self.statements.rooms
        statement.bind(after?.string ?? "", at: 1)
        statement.bind(max(limit, 0), at: 2)
        var rooms: [RoomSummary] = []
        while try statement.step() {
            let id = RoomID(unchecked: ExactText(statement.text(0)))
            rooms.append(RoomSummary(id: id, lastSequence: statement.integer(1)))
        }
        return rooms
    }
}
