// Licensed under the MIT licence.

/// Whether a user is there: what watchers are told.
package struct UserStatus: Equatable, Sendable {
    /// The user, by the latest name known.
    package let user: ChatUser
    /// Whether any socket of the user is connected.
    package let isOnline: Bool
    /// The last disconnect; while online, the last activity.
    ///
    /// Nil for a user never seen.
    package let lastSeen: Timestamp?
    /// When this was so.
    package let timestamp: Timestamp

    /// A status.
    package init(user: ChatUser, isOnline: Bool, lastSeen: Timestamp?, timestamp: Timestamp) {
        self.user = user
        self.isOnline = isOnline
        self.lastSeen = lastSeen
        self.timestamp = timestamp
    }

    /// The event that tells it.
    package var event: ServerEvent { self.isOnline ? .userOnline : .userOffline }
}
