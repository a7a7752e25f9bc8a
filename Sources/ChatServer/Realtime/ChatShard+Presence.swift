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
        if let lastSeen = change.lastSeen {
            // Should the store fail, the time is lost with this process; there is nobody to tell.
            self.store.record(lastSeen) { _ in }
        }
        let payload = ServerPayload.status(change.status)
        for watcher in change.watchers {
            watcher.socket.emit(raw: change.status.event.rawValue, arguments: payload)
        }
    }

    /// Watches a user, and tells the snapshot.
    func watch(_ user: UserID, by member: ChatMember, whenKnown: @escaping @Sendable (UserStatus) -> Void) {
        self.presence.watch(user, by: member)
        self.status(of: user, whenKnown: whenKnown)
    }

    func unwatch(_ user: UserID, by member: ChatMember) {
        self.presence.unwatch(user, by: member)
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
