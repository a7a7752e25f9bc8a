// Licensed under the MIT licence.

import Chat
import Dispatch
import GRDBSQLite

/// What the writing thread does: takes everything that waits, and carries it out in one transaction.
///
/// Everybody is told once that is committed. Meanwhile the next calls gather, so that a commit is shared by as many messages as
/// came during the one before.
///
/// While the store fails everything is refused at once, and a write is tried about once a second.
struct WriterThread {
    /// How long there is nothing to sweep once a whole round has found nothing, in intervals.
    private static let restIntervals: UInt64 = 300
    /// How much is written to see whether a full disk has room again: as much as there was no room for, within these bounds.
    private static let probeBytes = 64 << 10...1 << 20

    let line: WorkLine<WriteCall>
    let readers: WorkLine<ReadCall>
    let status: StoreStatus
    let counters: StoreCounters
    let options: SQLiteStoreOptions
    /// The database file.
    let path: String
    /// Which one it was when it was opened.
    let identity: FileIdentity?
    /// Where it is.
    let directory: DataDirectory
    /// For the thread alone.
    let writer: StoreWriter

    /// Works until the line is closed and empty.
    func run() {
        var maintenance = Self.time(after: self.options.sweepIntervalMilliseconds)
        var mark = Self.time(after: self.options.markIntervalMilliseconds)
        var missedBytes = 0
        while case .work(let calls) = self.line.take(self.options.maximumBatch, deadline: min(maintenance, mark)) {
            if !calls.isEmpty {
                let bytes = calls.reduce(0) { $0 + $1.byteCount }
                if !self.carryOut(calls) { missedBytes = bytes }
                self.line.done(count: calls.count, bytes: bytes)
            }
            if !self.status.isWorking {
                maintenance = min(maintenance, Self.time(after: self.options.probeIntervalMilliseconds))
            }
            let now = DispatchTime.now()
            if now >= maintenance { maintenance = self.maintain(missedBytes: missedBytes) }
            if now >= mark {
                self.markPresence()
                mark = Self.time(after: self.options.markIntervalMilliseconds)
            }
        }
        self.markPresence()
    }

    /// Writes down that whoever is there was there now.
    private func markPresence() {
        if self.status.isWorking { self.attempt { try self.writer.markPresence(now: self.options.now()) } }
    }

    private static func time(after milliseconds: Int, times count: UInt64 = 1) -> DispatchTime {
        DispatchTime(uptimeNanoseconds: DispatchTime.now().uptimeNanoseconds + UInt64(milliseconds) * 1_000_000 * count)
    }

    // MARK: Calls

    /// - Returns: Whether it did not fail; what is not even tried has not failed.
    private func carryOut(_ calls: [WriteCall]) -> Bool {
        if let refusal = self.status.refusal {
            for call in calls {
                if case .limit = call, let outcome = try? self.perform(call) {
                    self.end(call, .success(outcome))
                } else {
                    self.end(call, .failure(refusal))
                }
            }
            return true
        }
        let reads = calls.count { if case .read = $0 { true } else { false } }
        // Nothing to be written needs no transaction: with what the disk was not asked for it would seem to work.
        if reads == calls.count {
            for call in calls { self.end(call, .success(.done)) }
            return true
        }
        let start = DispatchTime.now().uptimeNanoseconds
        switch self.commit(calls) {
        case .success(let outcomes):
            self.options.onCommit?(calls.count - reads, Int64(DispatchTime.now().uptimeNanoseconds - start))
            self.counters.committed(calls: calls.count - reads, hasWritten: self.writer.hasWritten)
            for (call, outcome) in zip(calls, outcomes) { self.end(call, .success(outcome)) }
            return true
        case .failure(let error):
            for call in calls { self.end(call, .failure(error)) }
            return false
        }
    }

    private func commit(_ calls: [WriteCall]) -> Result<[WriteOutcome], StoreError> {
        var outcomes: [WriteOutcome] = []
        outcomes.reserveCapacity(calls.count)
        var isCommitting = false
        self.counters.began()
        defer { self.counters.ended() }
        do {
            try self.writer.begin()
            for call in calls {
                do {
                    outcomes.append(try self.perform(call))
                } catch let error as StoreError {
                    outcomes.append(.refused(error))
                }
            }
            isCommitting = true
            try self.writer.commit()
            guard FileIdentity(of: self.path) == self.identity else { return .failure(self.status.lost(self.path)) }
            if let refusal = self.directory.writeRefusal {
                self.status.failed(refusal)
                return .failure(StoreError(.unknown, reason: refusal.reason))
            }
            return .success(outcomes)
        } catch {
            let failure = SQLiteFailure(error)
            self.writer.rollback()
            self.status.failed(failure)
            // A commit that fails for want of room has not been written as a whole. One that fails otherwise may have reached
            // the disk all the same, and a process that reads the log after a crash would find it.
            let isUndecided = isCommitting && failure.primaryCode != SQLITE_FULL
            return .failure(StoreError(isUndecided ? .unknown : .notDone, reason: failure.reason))
        }
    }

    private func perform(_ call: WriteCall) throws -> WriteOutcome {
        switch call {
        case .append(let message, let floor, _): return .appended(try self.writer.append(message, floor: floor))
        case .advance(let cursor, _): return .moved(try self.writer.advance(cursor))
        case .record(let sighting, _): try self.writer.record(sighting)
        case .arrive(let sighting, _): try self.writer.arrive(sighting)
        case .restore(let messages, _): return .restored(try self.writer.restore(messages))
        case .check: try self.writer.touch()
        case .limit(let pages, _): try self.writer.limit(pages: pages)
        case .read: break
        }
        return .done
    }

    private func end(_ call: WriteCall, _ result: Result<WriteOutcome, StoreError>) {
        switch (call, result) {
        case (.read(let read), _):
            // What was called before has ended, in one way or the other.
            if !self.readers.put(read, bytes: 0) { read.fail(SQLiteStore.overloaded) }
        case (_, .success(let outcome)):
            call.succeed(outcome)
        case (_, .failure(let error)):
            call.fail(error)
        }
    }

    // MARK: Maintenance

    /// - Parameter missedBytes: How much could not be written when the store began to fail.
    /// - Returns: When to come back.
    private func maintain(missedBytes: Int) -> DispatchTime {
        if self.status.isBroken { return .distantFuture }
        if !self.status.isWorking {
            let bytes = min(max(missedBytes, Self.probeBytes.lowerBound), Self.probeBytes.upperBound)
            self.attempt { try self.writer.probe(bytes: bytes) }
            return Self.time(after: self.options.probeIntervalMilliseconds)
        }
        var hasMore = false
        self.attempt { hasMore = try self.writer.sweep(now: self.options.now()) }
        let interval = self.options.sweepIntervalMilliseconds
        return hasMore ? Self.time(after: interval) : Self.time(after: interval, times: Self.restIntervals)
    }

    private func attempt(_ body: () throws -> Void) {
        self.counters.began()
        defer { self.counters.ended() }
        do {
            try body()
            self.status.recovered()
            self.counters.committed(calls: 0, hasWritten: self.writer.hasWritten)
        } catch {
            self.writer.rollback()
            self.status.failed(SQLiteFailure(error))
        }
    }
}
