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
/// Watchers are told at offline or leaving → online and at whatever → leaving, and of nothing else.
package struct PresenceDirectory<Socket: Hashable & Sendable>: Sendable {
    /// A user has come or gone.
    package struct Change: Equatable, Sendable {
        /// What to tell who watches the user.
        package let status: UserStatus
        /// What the store is to remember; nil if the user has come.
        package let departure: Departure?
    }

    /// When a user was last seen; until the store has it the directory does.
    package struct Departure: Equatable, Sendable {
        /// What the store is to remember.
        package let lastSeen: LastSeen
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
    private let grace: TimeAmount

    /// - Parameter grace: How long a user stays online after the last disconnect (`PRESENCE_GRACE`).
    package init(grace: TimeAmount) {
        self.grace = grace
    }

    /// How many users something is kept of.
    package var count: Int { self.records.count }

    /// How many users are online.
    package var onlineCount: Int { self.records.values.reduce(0) { $0 + ($1.isOnline ? 1 : 0) } }

    // MARK: Sockets

    /// A socket has authenticated as a user.
    ///
    /// - Returns: What to tell, if it is the user's first.
    package mutating func connected(_ socket: Socket, as user: ChatUser, now: Timestamp) -> Change? {
        var record = self.records[user.id] ?? PresenceRecord(user, now: now)
        let wasOnline = record.isOnline
        record.connected(socket, as: user, now: now)
        self.records[user.id] = record
        return wasOnline ? nil : Change(status: record.status(now: now), departure: nil)
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

    /// The store has been told of a departure, successfully or not, and can be asked from now on.
    package mutating func stored(_ departure: Departure) {
        let user = departure.lastSeen.user.id
        // Whoever has come back, or even left again, is not to be forgotten.
        guard var record = self.records[user], record.leaving == departure.number else { return }
        record.leaving = nil
        self.records[user] = record.isNeeded ? record : nil
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
        let number = self.nextNumber()
        record.leaving = number
        self.records[user] = record
        return Change(
            status: record.status(now: now),
            departure: Departure(lastSeen: record.sighting, number: number)
        )
    }

    private mutating func nextNumber() -> UInt64 {
        self.lastNumber += 1
        return self.lastNumber
    }
}
