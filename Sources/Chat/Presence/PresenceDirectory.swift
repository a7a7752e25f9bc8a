// Licensed under the MIT licence.

package import NIOCore

/// Which of the users at home on one shard are online.
///
/// A user is online while any socket of theirs is connected, and for the grace period after the last one has gone, so that
/// a quick reconnect is silent. Sockets are told apart by whatever the shell uses. Of a user who is offline nothing is kept
/// here: when they were last seen is the store's to remember, which the shell has to ask where ``needsLastSeen(of:)`` says so.
///
/// ```
///            connected               last one gone, grace > 0
/// offline ─────────────▶ online ──────────────────────────────▶ lingering
///  ▲    ▲                  │ ▲           connected                 │ │
///  │    │  last one gone,  │ └─────────────────────────────────────┘ │
///  │    │  no grace        ▼                 deadline                │
///  │    └─ stored ────  leaving  ◀───────────────────────────────────┘
///  └─ connected: online
/// ```
///
/// Watchers are told at offline or leaving → online and at whatever → leaving, and of nothing else. The store is told then, too, and
/// what it refuses it is told again by ``retry()``: as it is by then, since of each user only the last word counts. Otherwise who has
/// gone would be there for it for ever, and who has come would not.
package struct PresenceDirectory<Socket: Hashable & Sendable>: Sendable {
    /// A user has come or gone.
    package struct Change: Equatable, Sendable {
        /// What to tell who watches the user.
        package let status: UserStatus
        /// What to tell the store.
        package let report: Report
    }

    /// What the store is to remember of a user; until it does the directory does.
    package struct Report: Equatable, Sendable {
        /// The user, and when they were seen.
        package let sighting: LastSeen
        /// Whether they are there.
        package let isOnline: Bool
        let number: UInt64
    }

    private struct Lingering {
        let user: UserID
        let number: UInt64
        let deadline: NIODeadline
    }

    private var records: [UserID: PresenceRecord<Socket>] = [:]
    /// In the order of their deadlines, as the grace period never changes.
    ///
    /// Some have been overtaken by a reconnect.
    private var lingering = CircularBuffer<Lingering>()
    private var lastNumber: UInt64 = 0
    /// Of whom the store has refused the last word.
    private var refusedUsers: Set<UserID> = []
    private let grace: TimeAmount
    private let maximumRefused: Int

    /// - Parameters:
    ///   - grace: How long a user stays online after the last disconnect (`PRESENCE_GRACE`).
    ///   - maximumRefused: Of how many users changes are kept that the store has refused; who goes when there are so many is forgotten.
    package init(grace: TimeAmount, maximumRefused: Int = 100_000) {
        self.grace = grace
        self.maximumRefused = maximumRefused
    }

    /// How many users something is kept of.
    package var count: Int { self.records.count }

    /// How many users are online.
    package private(set) var onlineCount = 0

    // MARK: Sockets

    /// A socket has authenticated as a user.
    ///
    /// - Returns: What to tell, if it is the user's first.
    package mutating func connected(_ socket: Socket, as user: ChatUser, now: Timestamp) -> Change? {
        var record = self.records[user.id] ?? PresenceRecord(user, now: now)
        let wasOnline = record.isOnline
        record.connected(socket, as: user, now: now)
        if !wasOnline { self.onlineCount += 1 }
        defer { self.records[user.id] = record }
        return wasOnline ? nil : self.change(&record, now: now)
    }

    /// A socket of a user is gone.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - user: Whose it was.
    ///   - now: The time of day.
    ///   - uptime: The same by the clock that deadlines go by.
    /// - Returns: What to tell, if it was the last and there is no grace.
    package mutating func disconnected(
        _ socket: Socket,
        of user: UserID,
        now: Timestamp,
        uptime: NIODeadline
    ) -> Change? {
        guard var record = self.records[user] else { return nil }
        let wasLast = record.disconnected(socket, now: now)
        guard wasLast else {
            self.records[user] = record
            return nil
        }
        guard self.grace > .zero else { return self.gone(user, record, now: now) }
        record.lingering = self.nextNumber()
        self.records[user] = record
        self.lingering.append(
            Lingering(user: user, number: self.lastNumber, deadline: uptime + self.grace)
        )
        return nil
    }

    /// Something came from a user who is online.
    package mutating func active(_ user: UserID, now: Timestamp) {
        self.records[user]?.active(now: now)
    }

    /// When ``expire(now:uptime:)`` has something to do.
    package var nextDeadline: NIODeadline? { self.lingering.first?.deadline }

    /// Time has passed: users whose grace is over go offline.
    package mutating func expire(now: Timestamp, uptime: NIODeadline) -> [Change] {
        var changes: [Change] = []
        while let first = self.lingering.first, first.deadline <= uptime {
            self.lingering.removeFirst()
            // Whoever has come back lingers no more, or under another number.
            guard var record = self.records[first.user], record.lingering == first.number else { continue }
            record.lingering = nil
            changes.append(self.gone(first.user, record, now: now))
        }
        return changes
    }

    // MARK: The store

    /// The store has taken a report, and can be asked from now on.
    package mutating func stored(_ report: Report) {
        self.forget(report.sighting.user.id, report.number)
    }

    /// The store has refused a report, or may have; ``retry()`` tells again.
    package mutating func refused(_ report: Report) {
        let user = report.sighting.user.id
        // Whatever they have done meanwhile was told by itself.
        guard let record = self.records[user], record.unstored == report.number else { return }
        // Who is there takes up room anyhow.
        if record.isOnline || self.refusedUsers.count < self.maximumRefused {
            self.refusedUsers.insert(user)
        } else {
            self.forget(user, report.number)
        }
    }

    /// Whether ``retry()`` has something to do.
    package var needsRetry: Bool { !self.refusedUsers.isEmpty }

    /// What to tell the store again, of a thousand users at a time: it may still fail.
    package mutating func retry() -> [Report] {
        self.refusedUsers.prefix(1000).sorted().compactMap { user in
            guard var record = self.records[user] else {
                assertionFailure("nothing is forgotten that the store has refused")
                self.refusedUsers.remove(user)
                return nil
            }
            defer { self.records[user] = record }
            return self.report(&record)
        }
    }

    private mutating func forget(_ user: UserID, _ number: UInt64) {
        // Whoever has come back, or even left again, is not to be forgotten.
        guard var record = self.records[user], record.unstored == number else { return }
        record.unstored = nil
        self.records[user] = record.isNeeded ? record : nil
    }

    private mutating func report(_ record: inout PresenceRecord<Socket>) -> Report {
        let number = self.nextNumber()
        record.unstored = number
        self.refusedUsers.remove(record.sighting.user.id)
        return Report(sighting: record.sighting, isOnline: record.isOnline, number: number)
    }

    // MARK: Status

    /// Whether a user is online, by the sockets here.
    package func isOnline(_ user: UserID) -> Bool { self.records[user]?.isOnline ?? false }

    /// Whether the store has to be asked before ``status(of:now:stored:)`` can tell the truth.
    package func needsLastSeen(of user: UserID) -> Bool { self.records[user] == nil }

    /// Whether a user is there.
    ///
    /// - Parameters:
    ///   - user: Any user; unknown ones are offline, never seen, and called by the default name.
    ///   - now: The time of day.
    ///   - stored: What the store remembers, if it had to be asked. What has happened since it was asked counts for more.
    /// - Returns: What to tell who asks.
    package func status(of user: UserID, now: Timestamp, stored: LastSeen?) -> UserStatus {
        if let record = self.records[user] { return record.status(now: now) }
        return UserStatus(
            user: stored?.user ?? ChatUser(id: user),
            isOnline: false,
            lastSeen: stored?.time,
            timestamp: now
        )
    }

    /// The user is offline now.
    private mutating func gone(_ user: UserID, _ record: PresenceRecord<Socket>, now: Timestamp) -> Change {
        var record = record
        self.onlineCount -= 1
        defer { self.records[user] = record }
        return self.change(&record, now: now)
    }

    private mutating func change(_ record: inout PresenceRecord<Socket>, now: Timestamp) -> Change {
        Change(status: record.status(now: now), report: self.report(&record))
    }

    private mutating func nextNumber() -> UInt64 {
        self.lastNumber += 1
        return self.lastNumber
    }
}
