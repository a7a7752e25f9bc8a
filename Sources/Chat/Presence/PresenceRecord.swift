// Licensed under the MIT licence.

/// What is known of one user who is online, or has just left.
struct PresenceRecord<Socket: Hashable & Sendable>: Sendable {
    private var sockets: Set<Socket> = []
    private var user: ChatUser
    private var lastSeen: Timestamp
    /// Set while the user has no socket but counts as online; the number tells one such time from the next.
    var lingering: UInt64?
    /// Set while the store has not taken what it was told last; numbered as above.
    ///
    /// Nobody need ask it then.
    var unstored: UInt64?

    init(_ user: ChatUser, now: Timestamp) {
        self.user = user
        self.lastSeen = now
    }

    var isOnline: Bool { !self.sockets.isEmpty || self.lingering != nil }
    var isNeeded: Bool { self.isOnline || self.unstored != nil }

    mutating func connected(_ socket: Socket, as user: ChatUser, now: Timestamp) {
        self.sockets.insert(socket)
        self.user = user
        self.seen(now)
        self.lingering = nil
    }

    /// - Returns: Whether it was the last.
    mutating func disconnected(_ socket: Socket, now: Timestamp) -> Bool {
        guard self.sockets.remove(socket) != nil else { return false }
        self.seen(now)
        return self.sockets.isEmpty
    }

    mutating func active(now: Timestamp) {
        if self.isOnline { self.seen(now) }
    }

    /// The clock may have been set back; last seen never goes back.
    private mutating func seen(_ now: Timestamp) {
        self.lastSeen = max(self.lastSeen, now)
    }

    var sighting: LastSeen { LastSeen(user: self.user, time: self.lastSeen) }

    func status(now: Timestamp) -> UserStatus {
        UserStatus(user: self.user, isOnline: self.isOnline, lastSeen: self.lastSeen, timestamp: now)
    }
}
