// Licensed under the MIT licence.

package import NIOCore

/// Which of the users at home on one shard are online, and who wants to know.
///
/// A user is online while any socket of theirs is connected, and for the grace period after the last one has gone, so that
/// a quick reconnect is silent. Sockets and watchers are told apart by whatever the shell uses. Of a user with neither,
/// nothing is kept here: when they were last seen is the store's to remember, which the shell has to ask where
/// ``needsLastSeen(of:)`` says so.
///
/// ```
///            connected               last one gone, grace > 0
/// offline ─────────────▶ online ──────────────────────────────▶ lingering
///    ▲                     │ ▲           connected                 │ │
///    │  last one gone,     │ └─────────────────────────────────────┘ │
///    └──── no grace ───────┴──────────────── deadline ───────────────┘
/// ```
///
/// Watchers are told at offline → online and at whatever → offline, and of nothing else.
package struct PresenceDirectory<Watcher: Hashable & Sendable>: Sendable {
    /// A user has come or gone.
    package struct Change: Equatable, Sendable {
        /// What to tell.
        package let status: UserStatus
        /// Whom to tell.
        package let watchers: Set<Watcher>
        /// What the store is to remember; nil if the user has come.
        package let lastSeen: LastSeen?
    }

    private struct Lingering {
        let user: UserID
        let number: UInt64
        let deadline: NIODeadline
    }

    private var records: [UserID: PresenceRecord<Watcher>] = [:]
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
    package mutating func connected(_ socket: Watcher, as user: ChatUser, now: Timestamp) -> Change? {
        var record = self.records[user.id] ?? PresenceRecord()
        let wasOnline = record.isOnline
        record.connected(socket, as: user, now: now)
        self.records[user.id] = record
        guard !wasOnline else { return nil }
        return Change(status: record.status(of: user.id, now: now), watchers: record.watchers, lastSeen: nil)
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
        _ socket: Watcher,
        of user: UserID,
        now: Timestamp,
        uptime: NIODeadline
    ) -> Change? {
        guard var record = self.records[user] else { return nil }
        let wasLast = record.disconnected(socket, now: now)
        self.records[user] = record
        guard wasLast else { return nil }
        if self.grace > .zero {
            self.lastNumber += 1
            record.linger(self.lastNumber)
            self.records[user] = record
            self.lingering.append(Lingering(user: user, number: self.lastNumber, deadline: uptime + self.grace))
            return nil
        }
        return self.gone(user, record, now: now)
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
            guard var record = self.records[first.user], record.expired(first.number) else { continue }
            record.lingering = nil
            changes.append(self.gone(first.user, record, now: now))
        }
        return changes
    }

    // MARK: Watchers

    /// A socket watches a user from now on.
    ///
    /// It is then to be told ``status(of:now:stored:)`` at once.
    package mutating func watch(_ user: UserID, by watcher: Watcher) {
        self.records[user, default: PresenceRecord()].watchers.insert(watcher)
    }

    /// A socket watches a user no more.
    package mutating func unwatch(_ user: UserID, by watcher: Watcher) {
        guard var record = self.records[user] else { return }
        record.watchers.remove(watcher)
        self.records[user] = record.isNeeded ? record : nil
    }

    /// Whether the store has to be asked before ``status(of:now:stored:)`` can tell the truth.
    package func needsLastSeen(of user: UserID) -> Bool { self.records[user]?.isKnown != true }

    /// Whether a user is there.
    ///
    /// - Parameters:
    ///   - user: Any user; unknown ones are offline, never seen, and called by the default name.
    ///   - now: The time of day.
    ///   - stored: What the store remembers, if it had to be asked. What has happened since it was asked counts for more.
    /// - Returns: What to tell who asks.
    package mutating func status(of user: UserID, now: Timestamp, stored: LastSeen?) -> UserStatus {
        guard var record = self.records[user] else {
            return PresenceRecord<Watcher>(stored: stored).status(of: user, now: now)
        }
        record.learn(stored)
        self.records[user] = record
        return record.status(of: user, now: now)
    }

    /// The user is offline now.
    private mutating func gone(_ user: UserID, _ record: PresenceRecord<Watcher>, now: Timestamp) -> Change {
        self.records[user] = record.isNeeded ? record : nil
        let status = record.status(of: user, now: now)
        let lastSeen = LastSeen(user: status.user, time: status.lastSeen ?? now)
        return Change(status: status, watchers: record.watchers, lastSeen: lastSeen)
    }
}
