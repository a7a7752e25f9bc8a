// Licensed under the MIT licence.

/// Something has changed about which users are at a place on which nodes.
package struct RosterChange: Equatable, Sendable {
    /// What has changed.
    package enum Event: Equatable, Sendable {
        /// A user's first socket on a node has come.
        case came(ChatUser, NodeName)
        /// A user's last socket on a node has gone.
        case left(UserID, NodeName)
        /// A node is gone, and with it all of its sockets.
        case nodeGone(NodeName)
    }

    /// One more than that of the place's change before.
    package let version: Int
    /// What has changed.
    package let event: Event

    /// A change.
    package init(version: Int, _ event: Event) {
        self.version = version
        self.event = event
    }
}

/// Which users are at a place on which nodes, as of a version.
package struct RosterSnapshot: Equatable, Sendable {
    /// That of the last change it holds; 0 if there has been none.
    package let version: Int
    /// Users by node; each once.
    package let users: [NodeName: [ChatUser]]

    /// A snapshot.
    package init(version: Int, users: [NodeName: [ChatUser]]) {
        self.version = version
        self.users = users
    }
}
