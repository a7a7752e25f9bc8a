// Licensed under the MIT licence.

package import Chat
import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// A store in a directory of this machine: SQLite with a write-ahead log.
///
/// Calls never wait. Those that write gather in a bounded line; one thread carries out what waits in one transaction and calls
/// back after the commit, so that many messages share one write to the disk. Those that read are carried out by other threads on
/// snapshots of their own, and neither wait for writers nor hold them up. When too much waits, the disk does not
/// answer, or the store is known to fail, calls fail with `notDone` at once.
///
/// What is promised: a message whose append succeeded is there after the process ends at any moment; with
/// ``SQLiteStoreOptions/Synchronization/full`` also after a loss of power, as far as the disk keeps its word.
///
/// The directory is held for one process. To be closed with ``close(completion:)``; if it is not, nothing is lost, but the next
/// start takes a little longer.
package final class SQLiteStore: MessageStore {
    /// The greatest `seq` that a message can have.
    package static let maximumSequence = MessageRow.maximumSequence

    static let overloaded = StoreError(.notDone, reason: "too many calls wait for the disk")
    private static let closed = StoreError(.notDone, reason: "the store is closed")

    /// What is retained.
    package let retention: Retention
    private let writes: WorkLine<WriteCall>
    private let reads: WorkLine<ReadCall>
    private let status: StoreStatus
    private let counters: StoreCounters
    private let ending = StoreEnding()

    /// Finds out whether a store could have its files in a directory, without making anything or opening what is there.
    ///
    /// - Parameter directory: Where, as ``SQLiteStoreOptions/directory``.
    /// - Throws: ``StoreOpeningError/directory(path:reason:)``.
    package static func check(directory: String) throws(StoreOpeningError) {
        try DataDirectory.check(directory)
    }

    /// Opens the store, and makes it if it is not there.
    ///
    /// - Parameter options: Where, and how.
    /// - Throws: Why it cannot be opened; nothing has been changed then.
    package init(_ options: SQLiteStoreOptions) throws(StoreOpeningError) {
        self.retention = options.retention
        self.writes = WorkLine(.init(count: options.maximumWaitingCalls, bytes: options.maximumWaitingBytes))
        self.reads = WorkLine(.init(count: options.maximumWaitingCalls, bytes: .max))
        self.status = StoreStatus(onChange: options.onChange)
        self.counters = StoreCounters(hangMilliseconds: options.hangMilliseconds)
        let directory = try DataDirectory(options.directory)
        let opening = SQLiteOpening(options: options)
        let writer = try opening.writer(in: directory)
        try self.startReaders(opening)
        let identity = FileIdentity(of: DataDirectory.database(in: options.directory))
        self.startWriter { [writes, reads, status, counters] in
            writer.writeWithoutTransaction { database in
                do {
                    let writer = try StoreWriter(database, retention: options.retention)
                    WriterThread(
                        line: writes,
                        readers: reads,
                        status: status,
                        counters: counters,
                        options: options,
                        path: DataDirectory.database(in: options.directory),
                        identity: identity,
                        directory: directory,
                        writer: writer
                    ).run()
                } catch {
                    // The same statements were made when the file was opened.
                    status.failed(SQLiteFailure(code: SQLITE_CORRUPT, message: SQLiteFailure(error).message))
                    Self.refuse(writes, status.refusal ?? Self.closed)
                }
            }
            return {
                try? writer.close()
                directory.release()
            }
        }
    }

    /// Opens a store that is there for reading alone, also while a server is using it.
    ///
    /// Whatever would change something fails with `notDone`.
    ///
    /// - Parameter options: Where it is; most other options do not matter.
    /// - Throws: Why it cannot be opened.
    package init(readingOnly options: SQLiteStoreOptions) throws(StoreOpeningError) {
        self.retention = options.retention
        self.writes = WorkLine(.init(count: options.maximumWaitingCalls, bytes: options.maximumWaitingBytes))
        self.reads = WorkLine(.init(count: options.maximumWaitingCalls, bytes: .max))
        self.status = StoreStatus(onChange: options.onChange)
        self.counters = StoreCounters(hangMilliseconds: options.hangMilliseconds)
        let opening = SQLiteOpening(options: options)
        try opening.checkFile()
        try self.startReaders(opening)
        self.startWriter { [writes] in
            Self.refuse(writes, StoreError(.notDone, reason: "the store is open for reading only"))
            return {}
        }
    }

    deinit { self.writes.close() }

    /// How many transactions with calls were committed so far.
    package var commitCount: Int { self.counters.commitCount }

    /// How many calls these transactions held.
    package var committedCallCount: Int { self.counters.callCount }

    // MARK: Threads

    private func startReaders(_ opening: SQLiteOpening) throws(StoreOpeningError) {
        let (line, status, ending, retention) = (self.reads, self.status, self.ending, opening.options.retention)
        var connections: [DatabaseQueue] = []
        for number in 1...max(opening.options.readers, 1) { connections.append(try opening.reader(number)) }
        ending.expect(readers: connections.count)
        for (number, connection) in connections.enumerated() {
            let thread = Thread {
                // The connection is this thread's for its whole life.
                connection.unsafeRead { database in
                    ReaderThread(line: line, status: status, retention: retention).run(database)
                }
                try? connection.close()
                ending.readerEnded()
            }
            thread.name = "store-read-\(number + 1)"
            thread.start()
        }
    }

    /// - Parameter work: Works until the line of writes has come to its end, and returns what is to be done last.
    private func startWriter(_ work: @escaping @Sendable () -> () -> Void) {
        let (reads, ending) = (self.reads, self.ending)
        let thread = Thread {
            let finish = work()
            // What was written last may be asked for until the readers end; the last connection puts the log into the file.
            reads.close()
            ending.waitForReaders()
            finish()
            ending.writerEnded()
        }
        thread.name = "store-write"
        thread.start()
    }

    /// Refuses what is in a line until it is closed.
    private static func refuse(_ line: WorkLine<WriteCall>, _ error: StoreError) {
        while case .work(let calls) = line.take(.max) {
            for call in calls { call.fail(error) }
            line.done(count: calls.count, bytes: calls.reduce(0) { $0 + $1.byteCount })
        }
    }

    // MARK: Calls

    private func put(_ call: WriteCall) {
        if let refusal = self.status.refusal { return call.fail(refusal) }
        // It would wait behind what may never end.
        if self.counters.hangs { return call.fail(self.hung()) }
        guard self.writes.put(call, bytes: call.byteCount) else { return call.fail(self.refusal) }
    }

    private func put(_ call: ReadCall) {
        guard self.reads.put(call, bytes: 0) else { return call.fail(self.refusal) }
    }

    /// Reads after everything that was called before.
    private func putBehindWrites(_ call: ReadCall) {
        if self.writes.isIdle { return self.put(call) }
        if self.counters.hangs { return call.fail(self.hung()) }
        let call = WriteCall.read(call)
        if !self.writes.put(call, bytes: call.byteCount) { call.fail(self.refusal) }
    }

    /// The disk has not answered for too long: what waits is refused once it does, and then a write is tried as after other failures.
    private func hung() -> StoreError {
        let reason = "the disk does not answer"
        if self.status.isWorking {
            self.status.hung(reason)
            // Has the writing thread come by, also where it has come back by now and would wait for calls.
            let call = WriteCall.check { _ in }
            _ = self.writes.put(call, bytes: call.byteCount)
        }
        return StoreError(.notDone, reason: reason)
    }

    private var refusal: StoreError { self.ending.hasBegun ? Self.closed : Self.overloaded }

    package func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { self.put(.append(message, floor: floor, completion)) }

    package func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) { self.put(.messages(room, query, now: now, completion)) }

    package func lastSequence(of room: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        self.put(.lastSequence(room, completion))
    }

    package func advance(_ cursor: ReadCursor, completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        self.put(.advance(cursor, completion))
    }

    package func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { self.putBehindWrites(.readCursor(user, room, completion)) }

    package func arrived(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.put(.arrive(sighting, completion))
    }

    package func record(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.put(.record(sighting, completion))
    }

    package func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    ) { self.putBehindWrites(.lastSeen(user, completion)) }

    package func check(completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        if self.status.isWorking, self.counters.wroteOfLate { return completion(.success(())) }
        self.put(.check(completion))
    }

    package func close(completion: @escaping @Sendable () -> Void) {
        self.ending.whenEnded(completion)
        self.writes.close()
    }

    // MARK: Moving messages

    /// Puts messages back in their places, in one transaction.
    ///
    /// A place that is taken keeps what it has. Each room's last `seq` is at least that of its messages here then, and goes on
    /// from there. What is not retained (``Retention``) is not given out, and deleted in time.
    ///
    /// - Parameters:
    ///   - messages: Of any rooms; `seq` from 1 to ``maximumSequence``, others are left out. Some hundred at a time, since nothing
    ///     else is stored meanwhile.
    ///   - completion: How many were not there before.
    package func restore(
        _ messages: [StoredMessage],
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { self.put(.restore(messages, completion)) }

    /// Reads messages of a room that the tables hold, be they retained or not.
    ///
    /// - Parameters:
    ///   - room: The room.
    ///   - range: From which `seq` to which.
    ///   - completion: The messages, in ascending order.
    package func held(
        in room: RoomID,
        _ range: ClosedRange<Int>,
        completion: @escaping @Sendable (Result<[StoredMessage], StoreError>) -> Void
    ) { self.put(.held(room, range, completion)) }

    /// Tells which `seq` of a room have messages.
    ///
    /// - Parameters:
    ///   - room: The room.
    ///   - range: From which `seq` to which, from 1 up.
    ///   - now: The present, for those that are retained alone; nil for all that the tables hold.
    ///   - completion: The numbers.
    package func sequences(
        in room: RoomID,
        _ range: ClosedRange<Int>,
        now: Timestamp?,
        completion: @escaping @Sendable (Result<RangeSet<Int>, StoreError>) -> Void
    ) { self.put(.sequences(room, range, now: now, completion)) }

    /// Lists the rooms that have or had messages or readers.
    ///
    /// - Parameters:
    ///   - after: The last room of the page before; nil for the first page.
    ///   - limit: How many at most.
    ///   - completion: The rooms, in the order of their names' bytes.
    package func rooms(
        after: RoomID?,
        limit: Int,
        completion: @escaping @Sendable (Result<[RoomSummary], StoreError>) -> Void
    ) { self.put(.rooms(after: after, limit: limit, completion)) }

    /// Bounds the size of the database from now on, in pages of 4 KiB.
    func limit(pages: Int, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        // Also while the store fails.
        let call = WriteCall.limit(pages: pages, completion)
        if !self.writes.put(call, bytes: call.byteCount) { call.fail(self.refusal) }
    }
}
