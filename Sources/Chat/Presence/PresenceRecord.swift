// Licensed under the MIT licence.

/// What is known of one user who is online or watched.
struct PresenceRecord<Watcher: Hashable & Sendable>: Sendable {
    private var sockets: Set<Watcher> = []
    private var user: ChatUser?
    private var lastSeen: Timestamp?
    /// Whether ``user`` and ``lastSeen`` are the latest there is; if not, the store may know more.
    private(set) var isKnown: Bool
    /// Set while the user has no socket but counts as online; the number tells one such time from the next.
    var lingering: UInt64?
    var watchers: Set<Watcher> = []

    init() {
        self.isKnown = false
    }

    /// A record of nobody here, from what the store remembers.
    init(stored: LastSeen?) {
        self.init()
        self.learn(stored)
    }

    var isOnline: Bool { !self.sockets.isEmpty || self.lingering != nil }
    var isNeeded: Bool { self.isOnline || !self.watchers.isEmpty }

    mutating func connected(_ socket: Watcher, as user: ChatUser, now: Timestamp) {
        self.sockets.insert(socket)
        self.user = user
        self.seen(now)
        self.isKnown = true
        self.lingering = nil
    }

    /// - Returns: Whether it was the last.
    mutating func disconnected(_ socket: Watcher, now: Timestamp) -> Bool {
        guard self.sockets.remove(socket) != nil else { return false }
        self.seen(now)
        return self.sockets.isEmpty
    }

    mutating func active(now: Timestamp) {
        if self.isOnline { self.seen(now) }
    }

    /// The clock may have been set back; last seen never goes back.
    private mutating func seen(_ now: Timestamp) {
        self.lastSeen = max(self.lastSeen ?? now, now)
    }

    mutating func linger(_ number: UInt64) {
        self.lingering = number
    }

    func expired(_ number: UInt64) -> Bool { self.lingering == number }

    mutating func learn(_ stored: LastSeen?) {
        guard !self.isKnown else { return }
        self.user = stored?.user
        self.lastSeen = stored?.time
        self.isKnown = true
    }

    func status(of id: UserID, now: Timestamp) -> UserStatus {
        UserStatus(
            user: self.user ?? ChatUser(id: id),
            isOnline: self.isOnline,
            lastSeen: self.lastSeen,
            timestamp: now
        )
    }
}
