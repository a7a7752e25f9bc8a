// Licensed under the MIT licence.

/// Where the users are that sockets of one shard watch, on other nodes.
///
/// Of each user who is watched here a roster is kept (``RoomRoster``), as of a room. Whether the user is here is
/// ``PresenceDirectory``'s to know; whoever tells the watchers asks both.
///
/// `Reply` is whatever the shell needs to tell the snapshot.
package struct WatchedUsers<Socket: Hashable & Sendable, Reply: Sendable>: Sendable {
    /// What the shell does next.
    package enum Action: Sendable {
        /// Follow the user, then read; report to ``WatchedUsers/read(_:_:)``, also if following fails.
        case follow(RosterReading)
        /// Follow the user no more.
        case unfollow(UserID)
        /// Read where the user is; report to ``WatchedUsers/read(_:_:)``.
        case read(RosterReading)
        /// Tell how it is now: everything is known that can be.
        case snapshot(UserID, Reply)
        /// The user is on another node now, and was on none.
        case came(ChatUser)
        /// The user is on no other node any more.
        case left(ChatUser)
    }

    private struct View {
        let epoch: UInt64
        var watchers: Set<Socket> = []
        var waiting: [Reply] = []
        var roster = RoomRoster()
        /// On how many other nodes the user is.
        var nodeCount = 0
        /// The user, by the name last given there.
        var user: ChatUser?
        /// Whether the first reading is over, one way or another.
        var isOpen = false
        /// Whether it is followed and was read.
        var isFollowed = false
    }

    /// What this node is, and has been, called by the others.
    package var nodes: Set<NodeName> = []
    private var views: [UserID: View] = [:]
    private var stalled: Set<UserID> = []
    private var lastEpoch: UInt64 = 0

    /// Starts without watchers.
    package init() {}

    /// How many users are watched.
    package var count: Int { self.views.count }
    /// Whether ``retry()`` has something to do.
    package var needsRetry: Bool { !self.stalled.isEmpty }

    /// Whether a user is watched, so that ``elsewhere(_:)`` knows.
    package func isKnown(_ user: UserID) -> Bool { self.views[user]?.isOpen ?? false }

    /// A user who is on another node, by the name given there; nil if the user is not, or that is not known.
    package func elsewhere(_ user: UserID) -> ChatUser? {
        guard let view = self.views[user], view.isOpen, view.nodeCount > 0 else { return nil }
        return view.user
    }

    /// A socket watches a user; watching twice is no error.
    package mutating func watch(_ user: UserID, by socket: Socket, _ reply: Reply) -> [Action] {
        guard var view = self.views[user] else {
            self.lastEpoch += 1
            let view = View(epoch: self.lastEpoch, watchers: [socket], waiting: [reply])
            self.views[user] = view
            return [.follow(RosterReading(user: user, epoch: view.epoch))]
        }
        view.watchers.insert(socket)
        let isOpen = view.isOpen
        if !isOpen { view.waiting.append(reply) }
        self.views[user] = view
        return isOpen ? [.snapshot(user, reply)] : []
    }

    /// A socket watches a user no more.
    package mutating func unwatch(_ user: UserID, by socket: Socket) -> [Action] {
        guard self.views[user]?.watchers.remove(socket) != nil else { return [] }
        guard self.views[user]?.watchers.isEmpty == true else { return [] }
        let waiting = self.views.removeValue(forKey: user)?.waiting ?? []
        self.stalled.remove(user)
        return waiting.map { .snapshot(user, $0) } + [.unfollow(user)]
    }

    /// The answer to ``Action/follow(_:)`` or ``Action/read(_:)``.
    package mutating func read(_ reading: RosterReading, _ result: Result<RosterSnapshot, StoreError>) -> [Action] {
        let user = reading.user
        guard self.views[user]?.epoch == reading.epoch else { return [] }
        var actions: [Action] = []
        switch result {
        case .success(let snapshot):
            self.views[user]?.isFollowed = true
            let nodes = self.nodes
            actions = self.carryOut(self.views[user]?.roster.read(snapshot) { nodes.contains($0) }, user)
        case .failure:
            self.views[user]?.roster.readFailed()
            self.stalled.insert(user)
        }
        guard self.views[user]?.isOpen == false else { return actions }
        self.views[user]?.isOpen = true
        let waiting = self.views[user]?.waiting ?? []
        self.views[user]?.waiting = []
        // Whoever waits is told how it is, not that it has become so.
        let news = actions.filter { action in
            switch action {
            case .came, .left: false
            default: true
            }
        }
        return waiting.map { .snapshot(user, $0) } + news
    }

    /// A user has come to a node, or gone from one.
    package mutating func changed(_ change: RosterChange, _ user: UserID) -> [Action] {
        let nodes = self.nodes
        return self.carryOut(self.views[user]?.roster.changed(change) { nodes.contains($0) }, user)
    }

    /// Changes may have been missed.
    package mutating func doubted(_ user: UserID) -> [Action] {
        self.carryOut(self.views[user]?.roster.doubted(), user)
    }

    /// What could not be read is read again; call every second or so while ``needsRetry``.
    package mutating func retry() -> [Action] {
        let users = self.stalled
        self.stalled = []
        return users.sorted().flatMap { user -> [Action] in
            guard let view = self.views[user] else { return [] }
            // It may not even be followed.
            guard view.isFollowed else { return [.follow(RosterReading(user: user, epoch: view.epoch))] }
            return self.carryOut(self.views[user]?.roster.retry(), user)
        }
    }

    private mutating func carryOut(_ step: RoomRoster.Step?, _ user: UserID) -> [Action] {
        switch step {
        case .apply(let differences):
            return self.note(differences, user)
        case .applyAndRead(let differences):
            let epoch = self.views[user]?.epoch ?? 0
            return self.note(differences, user) + [.read(RosterReading(user: user, epoch: epoch))]
        case .nothing, nil:
            return []
        }
    }

    private mutating func note(_ differences: [RoomRoster.Difference], _ user: UserID) -> [Action] {
        guard var view = self.views[user] else { return [] }
        let before = view.nodeCount
        var last: ChatUser?
        for difference in differences {
            switch difference {
            case .came(let user):
                view.nodeCount += 1
                view.user = user
                last = user
            case .left(let user):
                view.nodeCount -= 1
                last = last ?? user
            }
        }
        self.views[user] = view
        guard let last, (before > 0) != (view.nodeCount > 0) else { return [] }
        return [view.nodeCount > 0 ? .came(last) : .left(last)]
    }
}

/// A user whose nodes are asked for.
package struct RosterReading: Hashable, Sendable {
    /// The user.
    package let user: UserID
    let epoch: UInt64
}
