// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore
import SocketIO

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

    /// Tells everybody who watches, and has the store remember.
    func announce(_ change: PresenceDirectory<ChatMember>.Change) {
        if let departure = change.departure {
            self.store.record(departure.lastSeen) { _ in
                // Should the store fail, the time is lost; there is nobody to tell.
                self.shard.run { self.presence.stored(departure) }
            }
        } else {
            self.store.arrived(LastSeen(user: change.status.user, time: change.status.timestamp))
        }
        self.namespace.to(.watchers(of: change.status.user.id)).emit(
            raw: change.status.event.rawValue,
            arguments: ServerPayload.status(change.status)
        )
    }

    /// Has a socket watch a user, and tells the snapshot.
    ///
    /// It joins from here, so that it is told of every change that comes behind.
    func watch(_ user: UserID, by member: ChatMember, whenKnown: @escaping @Sendable (UserStatus) -> Void) {
        member.socket.join(.watchers(of: user))
        self.status(of: user, whenKnown: whenKnown)
    }

    func unwatch(_ user: UserID, by member: ChatMember, _ acknowledgement: Acknowledgement?) {
        member.socket.leave(.watchers(of: user))
        acknowledgement?.send(raw: ChatReply.unsubscribed(user))
    }

    func status(of user: UserID, whenKnown: @escaping @Sendable (UserStatus) -> Void) {
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
