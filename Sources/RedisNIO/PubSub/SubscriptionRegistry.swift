// Licensed under the MIT licence.

/// Who receives what, over all links.
///
/// Theory: a subscription exists while it has a receiver. It is live or not; when it becomes live for the first time nothing can have
/// been missed, later something may have been. Who comes while it is live is told at once.
struct SubscriptionRegistry<Receiver> {
    private struct Entry {
        var receivers: [(id: ObjectIdentifier, receiver: Receiver)]
        var isLive = false
        var wasLive = false
    }

    enum Addition: Equatable {
        /// Nobody received it before: subscribe.
        case first
        /// Others receive it.
        case further(isLive: Bool)
        /// The receiver has it already.
        case known
    }

    enum Removal: Equatable {
        /// Nobody is left: unsubscribe.
        case last
        case others
        case unknown
    }

    private var entries: [RedisSubscription: Entry] = [:]

    var subscriptions: [RedisSubscription] {
        Array(self.entries.keys)
    }

    mutating func add(_ receiver: Receiver, id: ObjectIdentifier, to subscription: RedisSubscription) -> Addition {
        guard let entry = self.entries[subscription] else {
            self.entries[subscription] = Entry(receivers: [(id, receiver)])
            return .first
        }
        guard !entry.receivers.contains(where: { $0.id == id }) else { return .known }
        self.entries[subscription]?.receivers.append((id, receiver))
        return .further(isLive: entry.isLive)
    }

    mutating func remove(id: ObjectIdentifier, from subscription: RedisSubscription) -> Removal {
        guard let index = self.entries[subscription]?.receivers.firstIndex(where: { $0.id == id }) else {
            return .unknown
        }
        self.entries[subscription]?.receivers.remove(at: index)
        guard self.entries[subscription]?.receivers.isEmpty ?? true else { return .others }
        self.entries[subscription] = nil
        return .last
    }

    func receivers(of subscription: RedisSubscription) -> [(id: ObjectIdentifier, receiver: Receiver)] {
        self.entries[subscription]?.receivers ?? []
    }

    /// Notes that the server has confirmed it.
    ///
    /// - Returns: Whether it was live before; `nil` if nobody wants it any longer, or if it is live already.
    mutating func becameLive(_ subscription: RedisSubscription) -> Bool? {
        guard let entry = self.entries[subscription], !entry.isLive else { return nil }
        self.entries[subscription]?.isLive = true
        self.entries[subscription]?.wasLive = true
        return entry.wasLive
    }

    /// Whether the server has ever confirmed it.
    func wasLive(_ subscription: RedisSubscription) -> Bool {
        self.entries[subscription]?.wasLive ?? false
    }

    /// Notes that messages do not come.
    ///
    /// - Returns: Whether they did until now.
    mutating func interrupted(_ subscription: RedisSubscription) -> Bool {
        guard self.entries[subscription]?.isLive ?? false else { return false }
        self.entries[subscription]?.isLive = false
        return true
    }

    /// Forgets a subscription with all its receivers, and gives them.
    mutating func drop(_ subscription: RedisSubscription) -> [(id: ObjectIdentifier, receiver: Receiver)] {
        self.entries.removeValue(forKey: subscription)?.receivers ?? []
    }
}
