// Licensed under the MIT licence.

import Chat
import EngineIOCore
import Logging
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
        self.tellStore(change.report)
        if change.status.isOnline {
            self.cluster?.enter(user, .user(user.id))
        } else {
            self.cluster?.exit(user, .user(user.id))
        }
        // Who is on another node as well was online before, and still is.
        if self.watched.elsewhere(user.id) == nil { self.tellWatchers(change.status) }
    }

    /// Tells the store again what it has refused.
    func retryPresence() {
        for report in self.presence.retry() { self.tellStore(report) }
    }

    /// The first of many is news.
    private func notePresenceRefused(_ error: StoreError) {
        guard !self.isPresenceRefused else { return }
        self.isPresenceRefused = true
        self.logger.warning(
            "the store does not take who comes and goes; it is told again every second",
            metadata: ["reason": "\(error.reason)"]
        )
    }

    private func notePresenceStored() {
        guard self.isPresenceRefused, !self.presence.needsRetry else { return }
        self.isPresenceRefused = false
        self.logger.notice("the store knows again who is there")
    }

    private func tellStore(_ report: PresenceDirectory<ChatMember>.Report) {
        let whenDone: @Sendable (Result<Void, StoreError>) -> Void = { result in
            self.shard.run {
                switch result {
                case .success:
                    self.presence.stored(report)
                    self.notePresenceStored()
                case .failure(let error):
                    self.presence.refused(report)
                    self.notePresenceRefused(error)
                    self.scheduleRetryIfNeeded()
                }
            }
        }
        if report.isOnline {
            self.store.arrived(report.sighting, completion: whenDone)
        } else {
            self.store.record(report.sighting, completion: whenDone)
        }
    }

    /// Has a socket watch a user, and tells the snapshot.
    ///
    /// It joins from here, so that it is told of every change that comes behind.
    func watch(_ user: UserID, by member: ChatMember, whenKnown: @escaping StatusReply) {
        member.socket.join(.watchers(of: user))
        guard self.cluster != nil else { return self.knownStatus(of: user, whenKnown) }
        self.perform(self.watched.watch(user, by: member, whenKnown))
    }

    func unwatch(_ user: UserID, by member: ChatMember, _ acknowledgement: Acknowledgement?) {
        member.socket.leave(.watchers(of: user))
        self.perform(self.watched.unwatch(user, by: member))
        acknowledgement?.send(raw: ChatReply.unsubscribed(user))
    }

    /// Whether a user is there, on any node; fails if that cannot be asked, or when the user was last seen.
    func status(
        of user: UserID,
        whenKnown: @escaping @Sendable (Result<UserStatus, StoreError>) -> Void
    ) {
        guard let cluster, !self.presence.isOnline(user) else { return self.statusHere(of: user, whenKnown) }
        if self.watched.isKnown(user) {
            return self.status(of: user, elsewhere: self.watched.elsewhere(user), whenKnown)
        }
        let names = cluster.names
        cluster.roster(of: .user(user)) { result in
            self.shard.run {
                switch result {
                case .success(let roster):
                    let others = roster.users.filter { !names.contains($0.key) }
                    self.status(of: user, elsewhere: others.values.first?.first, whenKnown)
                case .failure(let error):
                    whenKnown(.failure(error))
                }
            }
        }
    }

    /// Whether a user is there, as far as that is known: for watchers, who are told once more when it turns out otherwise.
    ///
    /// Of nodes that cannot be asked the user is on none, and without the store's word was never seen.
    func knownStatus(of user: UserID, _ reply: @escaping StatusReply) {
        self.status(of: user) { result in
            let known = try? result.get()
            reply(known ?? self.presence.status(of: user, now: self.timestamp(), stored: nil))
        }
    }

    private func status(
        of user: UserID,
        elsewhere: ChatUser?,
        _ whenKnown: @escaping @Sendable (Result<UserStatus, StoreError>) -> Void
    ) {
        guard let elsewhere, !self.presence.isOnline(user) else { return self.statusHere(of: user, whenKnown) }
        whenKnown(.success(self.status(of: elsewhere)))
    }

    /// That of a user who is on another node.
    private func status(of elsewhere: ChatUser) -> UserStatus {
        // Only the other node knows more exactly when the user was last active.
        let now = self.timestamp()
        return UserStatus(user: elsewhere, isOnline: true, lastSeen: now, timestamp: now)
    }

    private func statusHere(
        of user: UserID,
        _ whenKnown: @escaping @Sendable (Result<UserStatus, StoreError>) -> Void
    ) {
        guard self.presence.needsLastSeen(of: user) else {
            return whenKnown(.success(self.presence.status(of: user, now: self.timestamp(), stored: nil)))
        }
        self.store.lastSeen(of: user) { result in
            self.shard.run {
                // The user may have come to another node meanwhile, of which watchers were told before this.
                if let elsewhere = self.watched.elsewhere(user), !self.presence.isOnline(user) {
                    return whenKnown(.success(self.status(of: elsewhere)))
                }
                whenKnown(result.map { self.presence.status(of: user, now: self.timestamp(), stored: $0) })
            }
        }
    }
}
