// Licensed under the MIT licence.

import NIOCore

/// The sessions of clients that went away, in memory; the oldest go first when there are too many.
struct SessionStore {
    /// What the store keeps at most.
    struct Bounds: Equatable {
        var sessions: Int
        var bytes: Int
        var age: TimeAmount
    }

    private struct Entry {
        let session: RecoverySession
        let serial: UInt64
    }

    private let bounds: Bounds
    private var entries: [PrivateSessionID: Entry] = [:]
    /// In the order of saving; those that were taken or saved again meanwhile are passed over.
    private var order: [(pid: PrivateSessionID, serial: UInt64)] = []
    private var head = 0
    private var nextSerial: UInt64 = 0
    private(set) var byteCount = 0

    init(bounds: Bounds) {
        self.bounds = bounds
    }

    var count: Int { self.entries.count }
    /// All that any of them is in.
    var rooms: Set<Room> { self.entries.values.reduce(into: []) { $0.formUnion($1.session.history.rooms) } }

    mutating func save(_ session: RecoverySession, now: NIODeadline) {
        _ = self.remove(session.pid)
        self.entries[session.pid] = Entry(session: session, serial: self.nextSerial)
        self.order.append((session.pid, self.nextSerial))
        self.nextSerial += 1
        self.byteCount += session.byteCount
        self.trim(now: now)
    }

    /// A session that could be taken, if it is not too old.
    subscript(pid: PrivateSessionID) -> RecoverySession? { self.entries[pid]?.session }

    mutating func removeAll() {
        self = SessionStore(bounds: self.bounds)
    }

    mutating func take(_ pid: PrivateSessionID, now: NIODeadline) -> RecoverySession? {
        self.trim(now: now)
        guard let session = self.remove(pid), !self.isTooOld(session, now: now) else { return nil }
        return session
    }

    /// Drops what is too old or too much.
    mutating func trim(now: NIODeadline) {
        while self.head < self.order.count {
            let (pid, serial) = self.order[self.head]
            if let entry = self.entries[pid], entry.serial == serial {
                let isTooMuch = self.count > self.bounds.sessions || self.byteCount > self.bounds.bytes
                guard isTooMuch || self.isTooOld(entry.session, now: now) else { break }
                _ = self.remove(pid)
            }
            self.head += 1
        }
        // What was taken leaves its place in the order behind.
        guard self.order.count > self.count * 2 + 64 else { return }
        self.order = self.order[self.head...].filter { self.entries[$0.pid]?.serial == $0.serial }
        self.head = 0
    }

    private func isTooOld(_ session: RecoverySession, now: NIODeadline) -> Bool {
        session.disconnectedAt + self.bounds.age < now
    }

    private mutating func remove(_ pid: PrivateSessionID) -> RecoverySession? {
        guard let entry = self.entries.removeValue(forKey: pid) else { return nil }
        self.byteCount -= entry.session.byteCount
        return entry.session
    }
}
