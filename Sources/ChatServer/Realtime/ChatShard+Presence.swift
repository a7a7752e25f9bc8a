// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO

/// Gets a user's status, on the user's home.
typealias StatusReply = @Sendable (UserStatus) -> Void

// Presence at the home of a user.
extension ChatShard {
    func connected(_ member: ChatMember, as user: ChatUser) {
        guard let change = self.presence.connected(member, as: user, now: self.timestamp()) else { return }
        self.announce(change)
    }

    func disconnected(_ member: ChatMember, of user: UserID) {
        let change = self.presence.disconnected(member, of: user, now: self.timestamp(), uptime: self.shard.now)
        if let change { self.announce(change) }
        self.scheduleExpiryIfNeeded()
    }

    func active(_ user: UserID) {
        self.presence.active(user, now: self.timestamp())
    }

    /// Tells everybody who watches, has the store remember, and tells the other nodes.
    func announce(_ change: PresenceDirectory<ChatMember>.Change) {
        let user = change.status.user
        if let departure = change.departure {
            self.store.record(departure.lastSeen) { _ in
                // Should the store fail, the time is lost; there is nobody to tell.
                self.shard.run { self.presence.stored(departure) }
            }
            self.cluster?.exit(user, .user(user.id))
        } else {
            self.store.arrived(LastSeen(user: user, time: change.status.timestamp))
            self.cluster?.enter(user, .user(user.id))
        }
        // Who is on another node as well was online before, and still is.
        if self.watched.elsewhere(user.id) == nil { self.tellWatchers(change.status) }
    }

    /// Has a socket watch a user, and tells the snapshot.
    ///
    /// It joins from here, so that it is told of every change that comes behind.
    func watch(_ user: UserID, by member: ChatMember, whenKnown: @escaping StatusReply) {
        member.socket.join(.watchers(of: user))
        guard self.cluster != nil else { return self.status(of: user, whenKnown: whenKnown) }
        self.perform(self.watched.watch(user, by: member, whenKnown))
    }

    func unwatch(_ user: UserID, by member: ChatMember, _ acknowledgement: Acknowledgement?) {
        member.socket.leave(.watchers(of: user))
        self.perform(self.watched.unwatch(user, by: member))
        acknowledgement?.send(raw: ChatReply.unsubscribed(user))
    }

    /// Whether a user is there, on any node.
    func status(of user: UserID, whenKnown: @escaping StatusReply) {
        guard let cluster, !self.presence.isOnline(user) else { return self.statusHere(of: user, whenKnown) }
        if self.watched.isKnown(user) {
            return self.status(of: user, elsewhere: self.watched.elsewhere(user), whenKnown)
        }
        let names = cluster.names
        cluster.roster(of: .user(user)) { result in
            self.shard.run {
                // What cannot be asked counts as not there.
                let others = (try? result.get())?.users.filter { !names.contains($0.key) }
                self.status(of: user, elsewhere: others?.values.first?.first, whenKnown)
            }
        }
    }

    private func status(of user: UserID, elsewhere: ChatUser?, _ whenKnown: @escaping StatusReply) {
        self.statusHere(of: user) { status in
            guard let elsewhere, !status.isOnline else { return whenKnown(status) }
            // Only the other node knows more exactly when the user was last active.
            whenKnown(
                UserStatus(user: elsewhere, isOnline: true, lastSeen: status.timestamp, timestamp: status.timestamp)
            )
        }
    }

    private func statusHere(of user: UserID, _ whenKnown: @escaping StatusReply) {
        guard self.presence.needsLastSeen(of: user) else {
            return whenKnown(self.presence.status(of: user, now: self.timestamp(), stored: nil))
        }
        self.store.lastSeen(of: user) { result in
            self.shard.run {
                // Without the store's word the user counts as never seen.
                let stored = try? result.get()
                whenKnown(self.presence.status(of: user, now: self.timestamp(), stored: stored))
            }
        }
    }
}
