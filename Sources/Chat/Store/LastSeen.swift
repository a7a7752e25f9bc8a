// Licensed under the MIT licence.

/// When a user was last seen, and by which name.
package struct LastSeen: Hashable, Sendable {
    /// The user, by the name used then.
    package let user: ChatUser
    /// The last disconnect, or the time of coming.
    package let time: Timestamp

    /// A sighting.
    package init(user: ChatUser, time: Timestamp) {
        self.user = user
        self.time = time
    }
}
