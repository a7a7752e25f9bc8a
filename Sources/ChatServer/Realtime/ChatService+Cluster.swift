// Licensed under the MIT licence.

import Chat
import SocketIO

// What other nodes tell, brought to the homes of rooms and users.
extension ChatService: ChatClusterListener {
    func stored(_ message: StoredMessage) {
        let home = self.home(of: message.message.room)
        home.shard.run { home.stored(message) }
    }

    func changed(_ change: RosterChange, at place: ClusterPlace) {
        switch place {
        case .room(let room):
            let home = self.home(of: room)
            home.shard.run { home.perform(home.hub.rosterChanged(change, in: room)) }
        case .user(let user):
            let home = self.home(of: user)
            home.shard.run { home.perform(home.watched.changed(change, user)) }
        }
    }

    func doubted(_ place: ClusterPlace) {
        switch place {
        case .room(let room):
            let home = self.home(of: room)
            home.shard.run { home.doubted(room) }
        case .user(let user):
            let home = self.home(of: user)
            home.shard.run { home.perform(home.watched.doubted(user)) }
        }
    }

    func renamed(_ names: Set<NodeName>) {
        for home in self.homes {
            home.shard.run {
                home.hub.nodes = names
                home.watched.nodes = names
            }
        }
    }
}

extension ChatShard {
    /// A message was stored, by whichever node.
    func stored(_ message: StoredMessage) {
        self.carryOut(self.hub.timelines.appended(.stored(message), to: message.message.room))
    }

    /// Something that happened in a room may not have been told.
    func doubted(_ room: RoomID) {
        self.perform(self.hub.rosterDoubted(room))
        self.store.raise(self.hub.timelines.floor(of: room), of: room)
        self.carryOut(self.hub.timelines.doubted(room))
    }

    /// Has a room followed before it is opened, so that nothing falls between.
    func follow(_ opening: RoomOpening) {
        guard let cluster else { return self.open(opening) }
        cluster.follow(.room(opening.room)) { result in
            self.shard.run {
                switch result {
                case .success: self.readRoster(opening, thenOpen: true)
                case .failure(let error): self.opened(opening, .failure(error), delivered: nil)
                }
            }
        }
    }

    func readRoster(_ opening: RoomOpening, thenOpen: Bool = false) {
        self.cluster?.roster(of: .room(opening.room)) { result in
            self.shard.run {
                self.perform(self.hub.rosterRead(opening, result))
                self.scheduleRetryIfNeeded()
                guard thenOpen else { return }
                switch result {
                case .success: self.open(opening)
                case .failure(let error): self.opened(opening, .failure(error), delivered: nil)
                }
            }
        }
    }
}

extension ChatShard {
    /// Who is in a room, on any node; fails if that cannot be asked.
    func users(in room: RoomID, whenKnown: @escaping @Sendable (Result<[UserID], StoreError>) -> Void) {
        let users = self.hub.users(in: room)
        // Who follows a room knows of all who are in it.
        guard let cluster, users.isEmpty else { return whenKnown(.success(users)) }
        cluster.roster(of: .room(room)) { result in
            whenKnown(result.map { Set($0.users.values.joined().map(\.id)).sorted() })
        }
    }
}

// Users who are watched here and may be on any node.
extension ChatShard {
    func perform(_ actions: [WatchedUsers<ChatMember, StatusReply>.Action]) {
        for action in actions {
            switch action {
            case .follow(let reading):
                self.cluster?.follow(.user(reading.user)) { result in
                    switch result {
                    case .success: self.readNodes(reading)
                    case .failure(let error): self.nodesRead(reading, .failure(error))
                    }
                }
            case .unfollow(let user):
                self.cluster?.unfollow(.user(user))
            case .read(let reading):
                self.readNodes(reading)
            case .snapshot(let user, let reply):
                self.knownStatus(of: user, reply)
            case .came(let user), .left(let user):
                // The directory tells of who is here.
                if !self.presence.isOnline(user.id) { self.knownStatus(of: user.id, self.tellWatchers) }
            }
        }
        self.scheduleRetryIfNeeded()
    }

    /// Tells everybody here who watches a user.
    func tellWatchers(_ status: UserStatus) {
        self.namespace.local.to(.watchers(of: status.user.id)).emit(
            raw: status.event.rawValue,
            arguments: ServerPayload.status(status)
        )
    }

    private func readNodes(_ reading: RosterReading) {
        self.cluster?.roster(of: .user(reading.user)) { self.nodesRead(reading, $0) }
    }

    private func nodesRead(_ reading: RosterReading, _ result: Result<RosterSnapshot, StoreError>) {
        self.shard.run { self.perform(self.watched.read(reading, result)) }
    }
}
