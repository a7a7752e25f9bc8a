// Licensed under the MIT licence.

import RedisNIO

/// Which topics a namespace is subscribed to: some always, others as long as rooms have members.
///
/// Theory of operation. A topic is wanted or idle, and its subscription confirmed or not. One that is no longer wanted stays subscribed
/// for a while, so that rooms that empty and fill again do not cost two commands each time; it goes at the second tick after it
/// became idle, unless it is wanted again by then. Ticks are needed only while a topic is idle. Who waits for a topic is told when
/// its subscription is confirmed, or at once when it is not wanted (any more) or was refused. What is returned has to be done before the next call.
struct TopicSubscriptions<Waiter: Sendable>: Sendable {
    private struct Entry: Sendable {
        /// How many rooms share the topic.
        var wantedCount = 0
        var isConfirmed = false
        /// Whether the client has given it up.
        var isRefused = false
        var waiters: [Waiter] = []
    }

    /// What has to be done after a topic lost a room.
    struct Release {
        /// They will not see the topic confirmed.
        var waiters: [Waiter] = []
        /// Whether ``tick()`` has to be called after the time that a topic may be idle.
        var needsTick = false
    }

    /// Who waits, and what is to be told.
    enum Wait: Equatable {
        case untilConfirmed
        case isConfirmed
        case isUnwanted
    }

    private var entries: [RedisSubscription: Entry] = [:]
    /// Topics that became idle; some may be wanted again.
    private var idle = FadingSet<RedisSubscription>()

    /// All topics, wanted or not.
    var topics: [RedisSubscription] { Array(self.entries.keys) }

    /// Whether what comes on the topic concerns anybody.
    func isWanted(_ topic: RedisSubscription) -> Bool { (self.entries[topic]?.wantedCount ?? 0) > 0 }

    /// A topic is wanted, by one more.
    /// - Returns: Whether it has to be subscribed to.
    mutating func wanted(_ topic: RedisSubscription) -> Bool {
        let isNew = self.entries[topic] == nil
        self.entries[topic, default: Entry()].wantedCount += 1
        return isNew
    }

    /// A topic is wanted by one less.
    mutating func released(_ topic: RedisSubscription) -> Release {
        guard var entry = self.entries[topic], entry.wantedCount > 0 else { return Release() }
        entry.wantedCount -= 1
        guard entry.wantedCount == 0 else {
            self.entries[topic] = entry
            return Release()
        }
        let waiters = entry.waiters
        entry.waiters = []
        self.entries[topic] = entry
        return Release(waiters: waiters, needsTick: self.idle.insert(topic))
    }

    /// Topics have been idle for a while.
    /// - Returns: The topics to unsubscribe from, and whether another tick is needed.
    mutating func tick() -> (unsubscribe: [RedisSubscription], needsTick: Bool) {
        let (gone, needsTick) = self.idle.tick()
        let unwanted = gone.filter { !self.isWanted($0) }
        for topic in unwanted { self.entries[topic] = nil }
        return (Array(unwanted), needsTick)
    }

    /// Somebody waits for a topic; kept only ``Wait/untilConfirmed``.
    mutating func wait(_ waiter: Waiter, for topic: RedisSubscription) -> Wait {
        guard self.isWanted(topic) else { return .isUnwanted }
        if self.entries[topic]?.isConfirmed == true { return .isConfirmed }
        if self.entries[topic]?.isRefused == true { return .isUnwanted }
        self.entries[topic]?.waiters.append(waiter)
        return .untilConfirmed
    }

    /// A subscription is confirmed.
    /// - Returns: Who has waited for it.
    mutating func confirmed(_ topic: RedisSubscription) -> [Waiter] {
        // Unsubscribed meanwhile: the confirmation was on its way.
        guard let waiters = self.entries[topic]?.waiters else { return [] }
        self.entries[topic]?.isConfirmed = true
        self.entries[topic]?.waiters = []
        return waiters
    }

    /// A subscription has to be made again; that is not for the caller to do.
    mutating func interrupted(_ topic: RedisSubscription) {
        self.entries[topic]?.isConfirmed = false
    }

    /// A subscription was refused, and given up by the client.
    /// - Returns: Who has waited for it in vain.
    mutating func failed(_ topic: RedisSubscription) -> [Waiter] {
        defer { self.entries[topic]?.waiters = [] }
        self.entries[topic]?.isConfirmed = false
        self.entries[topic]?.isRefused = true
        return self.entries[topic]?.waiters ?? []
    }

    /// The namespace is gone.
    /// - Returns: The topics to unsubscribe from, and those who wait in vain.
    mutating func removeAll() -> (unsubscribe: [RedisSubscription], waiters: [Waiter]) {
        defer { self = TopicSubscriptions() }
        return (self.topics, self.entries.values.flatMap(\.waiters))
    }
}
