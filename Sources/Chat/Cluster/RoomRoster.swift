// Licensed under the MIT licence.

/// A node's copy of who is in one room on the other nodes.
///
/// The truth is elsewhere and numbers its changes. As long as they come one after the other they are applied; where one is
/// missing, the truth is read again and the copy made equal to it.
///
/// ```
///          read, nothing newer was told        change that does not follow
/// unread ─────────────────────────────▶ current ───────────────────────────▶ behind
///                                          ▲                                   │
///                                          └───────────────────────────────────┘
///                                            read, nothing newer was told
/// ```
///
/// Changes that come while the truth is being read are not kept: it is read once more if it turns out older than they are. If it
/// is older than what was known when it was asked for, it has been lost in part, and what is left of it counts; its changes may
/// have numbers then that were known before, so only what is told from there on says how old it is.
/// What this node has put there itself is passed over, since it knows its own sockets better.
package struct RoomRoster: Sendable {
    /// What a change or a reading means for who is in the room.
    package enum Difference: Equatable, Sendable {
        /// On one node more.
        case came(ChatUser)
        /// On one node less.
        case left(ChatUser)
    }

    /// What to do.
    package enum Step: Equatable, Sendable {
        /// Take note of these, in order.
        case apply([Difference])
        /// Take note of these, and read the truth (once more); report to ``RoomRoster/read(_:isOwn:)`` or
        /// ``RoomRoster/readFailed()``.
        case applyAndRead([Difference])
        /// Nothing.
        case nothing
    }

    private enum State {
        /// Being read; `told` is the version of the newest change that came meanwhile.
        case unread(told: Int)
        case current(version: Int)
        /// Being read once more.
        case behind(told: Int)
        /// Could not be read.
        case stalled
    }

    private var state = State.unread(told: 0)
    /// Whether something may have been missed that the reading under way need not have seen.
    private var isDoubtful = false
    private var nodes: [NodeName: [UserID: ChatUser]] = [:]

    /// Starts without knowing anything; whoever makes it reads the truth.
    package init() {}

    /// A change is told.
    ///
    /// - Parameters:
    ///   - change: The change.
    ///   - isOwn: Whether a name is this node's, now or before.
    /// - Returns: What to do.
    package mutating func changed(_ change: RosterChange, isOwn: (NodeName) -> Bool) -> Step {
        switch self.state {
        case .unread(let told):
            self.state = .unread(told: max(told, change.version))
            return .nothing
        case .current(let version) where change.version == version &+ 1:
            self.state = .current(version: change.version)
            return .apply(self.apply(change.event, isOwn: isOwn))
        case .current(let version) where change.version > version:
            return self.readAgain()
        case .current:
            // It was in what was read.
            return .nothing
        case .behind(let told):
            self.state = .behind(told: max(told, change.version))
            return .nothing
        case .stalled:
            return self.readAgain()
        }
    }

    /// Changes may have been missed.
    package mutating func doubted() -> Step {
        switch self.state {
        case .unread, .behind:
            // What is being read may have been read before whatever was missed.
            self.isDoubtful = true
            return .nothing
        case .current:
            return self.readAgain()
        case .stalled:
            return .nothing
        }
    }

    /// The truth was read.
    package mutating func read(_ snapshot: RosterSnapshot, isOwn: (NodeName) -> Bool) -> Step {
        let newest: Int
        switch self.state {
        case .unread(let told), .behind(let told): newest = told
        case .current, .stalled: return .nothing
        }
        let differences = self.become(snapshot, isOwn: isOwn)
        guard snapshot.version < newest || self.isDoubtful else {
            self.state = .current(version: snapshot.version)
            return .apply(differences)
        }
        _ = self.readAgain()
        return .applyAndRead(differences)
    }

    /// The truth could not be read.
    package mutating func readFailed() {
        if case .behind = self.state { self.state = .stalled }
    }

    /// It is time to try again what failed.
    package mutating func retry() -> Step {
        if case .stalled = self.state { self.readAgain() } else { .nothing }
    }

    private mutating func readAgain() -> Step {
        self.state = .behind(told: 0)
        self.isDoubtful = false
        return .applyAndRead([])
    }

    private mutating func apply(_ event: RosterChange.Event, isOwn: (NodeName) -> Bool) -> [Difference] {
        switch event {
        case .came(let user, let node):
            guard !isOwn(node) else { return [] }
            let known = self.nodes[node, default: [:]].updateValue(user, forKey: user.id)
            return known == nil ? [.came(user)] : []
        case .left(let user, let node):
            guard let known = self.nodes[node]?.removeValue(forKey: user) else { return [] }
            if self.nodes[node]?.isEmpty == true { self.nodes[node] = nil }
            return [.left(known)]
        case .nodeGone(let node):
            return Self.sorted(self.nodes.removeValue(forKey: node)?.values).map { .left($0) }
        }
    }

    /// Comings before leavings, so that who has merely moved from one node to another is not told of.
    private mutating func become(_ snapshot: RosterSnapshot, isOwn: (NodeName) -> Bool) -> [Difference] {
        let before = self.nodes
        self.nodes = [:]
        for (node, users) in snapshot.users where !isOwn(node) && !users.isEmpty {
            self.nodes[node] = Dictionary(users.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        }
        var came: [ChatUser] = []
        var left: [ChatUser] = []
        for (node, users) in self.nodes {
            came += users.values.filter { before[node]?[$0.id] == nil }
        }
        for (node, users) in before {
            left += users.values.filter { self.nodes[node]?[$0.id] == nil }
        }
        return Self.sorted(came).map { .came($0) } + Self.sorted(left).map { .left($0) }
    }

    private static func sorted(_ users: (some Sequence<ChatUser>)?) -> [ChatUser] {
        users?.sorted { $0.id < $1.id } ?? []
    }
}
