// Licensed under the MIT licence.

import Dispatch
import NIOCore
import RedisNIO
import SocketIOCore

/// The journal of a process that is gone.
struct RetiredJournal {
    enum State {
        case reading([@Sendable () -> Void])
        case read(RetiredRecoveryLog, bytes: Int)
    }

    var state: State
    /// When it was last used.
    var used: NIODeadline
}

// Sessions of processes that are gone.
extension RedisRecovery {
    private static let retireScript = RedisScript(embedded: PackageResources.recovery_retire_lua)
    private static let readScript = RedisScript(embedded: PackageResources.recovery_read_lua)
    private static let pageBytes = 1 << 20
    /// How long a journal stays at hand after its last use.
    private static let retiredTime = TimeAmount.seconds(30)

    func takeRetired(_ wanted: WantedSession, from owner: LogName) {
        guard let now = self.log?.loop.now else { return wanted.whenDone(nil) }
        self.retired[owner]?.used = now
        switch self.retired[owner]?.state {
        case .read(let log, _):
            self.take(wanted, from: owner, log)
        case .reading(let waiters):
            self.retired[owner]?.state = .reading(waiters + [{ self.takeRead(wanted, from: owner) }])
        case nil:
            self.retired[owner] = RetiredJournal(state: .reading([{ self.takeRead(wanted, from: owner) }]), used: now)
            self.retire(owner)
        }
    }

    private func takeRead(_ wanted: WantedSession, from owner: LogName) {
        guard case .read(let log, _) = self.retired[owner]?.state else { return wanted.whenDone(nil) }
        self.take(wanted, from: owner, log)
    }

    private func retire(_ owner: LogName) {
        let command = RedisCommand(
            Self.retireScript,
            keys: [self.keys.recoveryState(owner), self.keys.recoveryLease(owner)]
        )
        self.send(command) { reply in
            guard reply?.number == 1 else { return self.finishReading(owner, nil, bytes: 0) }
            self.unread.append(owner)
            self.readNext()
        }
    }

    /// Reads the next of the journals that are closed: one at a time, since each may be large.
    private func readNext() {
        guard self.reading == nil, let owner = self.unread.popFirst() else { return }
        self.reading = (owner, 0)
        self.readPage(of: owner, [], from: 0, bytes: 0)
    }

    private func readPage(of owner: LogName, _ entries: [JournalEntry], from number: UInt64, bytes: Int) {
        let command = RedisCommand(
            Self.readScript,
            keys: [self.keys.recoveryLog(owner)],
            arguments: [.number(Int(number)), .number(Self.pageBytes)]
        )
        self.send(command) { reply in
            guard let fields = reply?.elements, let hasMore = fields.first?.number, fields.count % 2 == 1 else {
                return self.read(owner, nil, bytes: 0)
            }
            var (entries, bytes) = (entries, bytes)
            for index in stride(from: 1, to: fields.count, by: 2) {
                // No log counts that far: somebody else has written there.
                guard let serial = fields[index].text.flatMap(UInt64.init), serial < 1 << 62,
                    let record = fields[index + 1].bytes
                else {
                    return self.read(owner, nil, bytes: 0)
                }
                entries.append(JournalEntry(serial: serial, record: record))
                bytes += record.readableBytes + 64
            }
            guard bytes <= self.options.maximumJournalBytes else { return self.read(owner, nil, bytes: 0) }
            self.reading = (owner, bytes)
            self.dropRetired()
            guard hasMore == 1, let last = entries.last else { return self.read(owner, entries, bytes: bytes) }
            self.readPage(of: owner, entries, from: last.serial + 1, bytes: bytes)
        }
    }

    private func read(_ owner: LogName, _ entries: [JournalEntry]?, bytes: Int) {
        guard let entries, let log = self.log else { return self.finishReading(owner, nil, bytes: 0) }
        self.readingQueue.async {
            let retired = RetiredRecoveryLog(
                entries,
                options: log.options,
                now: .now(),
                nanosecondsSince1970: SystemClock.milliseconds * 1_000_000,
                numbering: log.numbering
            )
            log.loop.execute { self.finishReading(owner, retired, bytes: bytes) }
        }
    }

    private func finishReading(_ owner: LogName, _ log: RetiredRecoveryLog?, bytes: Int) {
        if self.reading?.owner == owner { self.reading = nil }
        defer { self.readNext() }
        guard case .reading(let waiters) = self.retired[owner]?.state else { return }
        if let log { self.retired[owner]?.state = .read(log, bytes: bytes) } else { self.retired[owner] = nil }
        self.dropRetired(except: owner)
        for waiter in waiters { waiter() }
    }

    /// Drops what has not been used for a while, and the oldest where there is too much.
    func dropRetired(except owner: LogName? = nil) {
        guard !self.retired.isEmpty, let now = self.log?.loop.now else { return }
        var bytes = self.reading?.bytes ?? 0
        for (name, journal) in self.retired.sorted(by: { $0.value.used > $1.value.used }) {
            guard case .read(_, let size) = journal.state else { continue }
            bytes += size
            let isTooMuch = bytes > self.options.maximumRetiredBytes || journal.used + Self.retiredTime < now
            if isTooMuch, name != owner { self.retired[name] = nil }
        }
    }

    private func take(_ wanted: WantedSession, from owner: LogName, _ log: RetiredRecoveryLog) {
        guard let loop = self.log?.loop else { return wanted.whenDone(nil) }
        self.readingQueue.async {
            let found = log.find(wanted.pid, after: wanted.offset, now: .now())
            loop.execute {
                if let found { self.complete(found, wanted, from: owner) } else { wanted.whenDone(nil) }
            }
        }
    }

    /// Finds out how far the session's rooms were, and claims it.
    private func complete(_ found: RetiredRecoveryLog.Found, _ wanted: WantedSession, from owner: LogName) {
        var command = RedisCommand("HMGET", .key(self.keys.recoveryRooms(owner)), "")
        for room in found.rooms { command.append(Self.field(room)) }
        self.send(command) { reply in
            guard let fields = reply?.elements, fields.count == found.rooms.count + 1 else {
                return wanted.whenDone(nil)
            }
            var numbers: [Room: Int] = [:]
            for (room, field) in zip(found.rooms, fields.dropFirst()) { numbers[room] = field.number }
            let session = found.moved(noted: numbers, at: fields[0].text.flatMap { RecoveryOffset($0) })
            self.move(wanted.pid, from: owner, to: wanted.asker) { isMoved in
                guard isMoved else { return wanted.whenDone(nil) }
                // Had the process come back it would have gone on with what it had.
                self.send(RedisCommand("GET", .key(self.keys.recoveryState(owner)))) { reply in
                    wanted.whenDone(reply?.text == "retired" ? session : nil)
                }
            }
        }
    }
}
