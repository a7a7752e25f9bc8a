// Licensed under the MIT licence.

import Chat
import EngineIO
import EngineIOCore
import Logging
import NIOCore
import SocketIO

/// The rooms and users that are at home on one shard.
///
/// `@unchecked Sendable`: every `var` is touched on the shard only; others hand work over with `shard.run`.
final class ChatShard: @unchecked Sendable {
    let shard: any EngineShard
    let namespace: Namespace
    let store: any MessageStore
    let limits: ChatLimits
    var hub: RoomHub<ChatMember, JoinReply>
    /// What the hub has said and is not done yet; the first of them is being done.
    var roomActions = CircularBuffer<ArraySlice<RoomHubAction<ChatMember, JoinReply>>>()
    var presence: PresenceDirectory<ChatMember>
    /// The other nodes; nothing if there are none.
    let cluster: (any ChatCluster)?
    /// Where the users are who are watched here, on other nodes.
    var watched = WatchedUsers<ChatMember, StatusReply>()
    /// Rooms that clients may come back to after a restart, until they are open, and until when.
    var expected: [RoomID: (room: ExpectedRoom, deadline: NIODeadline)] = [:]
    let counters = ChatCounters()
    private var ids: MessageIDGenerator
    private var timestamps = TimestampFormatter()
    private var isRetryScheduled = false
    /// Whether the store has refused who comes and goes, and has not taken all of it since.
    var isPresenceRefused = false
    let logger: Logger
    private var isExpiryScheduled = false
    private var isRoomExpiryScheduled = false
    /// How long a room stays open for clients that have lost their connections.
    let recoveryWindow: TimeAmount

    init(
        shard: any EngineShard,
        namespace: Namespace,
        store: any MessageStore,
        cluster: (any ChatCluster)?,
        settings: ChatSettings,
        logger: Logger
    ) {
        self.shard = shard
        self.namespace = namespace
        self.store = store
        self.cluster = cluster
        self.logger = logger
        self.limits = settings.limits
        self.hub = RoomHub(limits: settings.limits)
        self.presence = PresenceDirectory(grace: settings.presenceGrace)
        self.recoveryWindow = settings.recoveryWindow
        self.ids = MessageIDGenerator(seed: UInt64.random(in: .min ... .max))
    }

    /// The time of day.
    func timestamp() -> Timestamp {
        self.timestamps.timestamp(milliseconds: WallClock.milliseconds)
    }

    func nextMessageID() -> MessageID { self.ids.next() }

    /// Tries again what the store has refused, or could not be read for.
    func scheduleRetryIfNeeded() {
        let isNeeded = self.hub.needsRetry || self.watched.needsRetry || self.presence.needsRetry
        guard isNeeded, !self.isRetryScheduled else { return }
        self.isRetryScheduled = true
        self.shard.schedule(after: .seconds(1)) {
            self.isRetryScheduled = false
            self.perform(self.hub.retry())
            self.perform(self.watched.retry())
            self.retryPresence()
            self.scheduleRetryIfNeeded()
        }
    }

    /// Has rooms end that clients can come back to no more.
    func scheduleRoomExpiryIfNeeded() {
        guard !self.isRoomExpiryScheduled, let deadline = self.hub.nextDeadline else { return }
        self.isRoomExpiryScheduled = true
        self.shard.schedule(after: max(.milliseconds(1), deadline - self.shard.now)) {
            self.isRoomExpiryScheduled = false
            self.perform(self.hub.expire(now: self.shard.now))
            self.scheduleRoomExpiryIfNeeded()
        }
    }

    /// Has users go offline once their grace is over.
    func scheduleExpiryIfNeeded() {
        guard !self.isExpiryScheduled, let deadline = self.presence.nextDeadline else { return }
        self.isExpiryScheduled = true
        self.shard.schedule(after: max(.milliseconds(1), deadline - self.shard.now)) {
            self.isExpiryScheduled = false
            for change in self.presence.expire(now: self.timestamp(), uptime: self.shard.now) { self.announce(change) }
            self.scheduleExpiryIfNeeded()
        }
    }
}
