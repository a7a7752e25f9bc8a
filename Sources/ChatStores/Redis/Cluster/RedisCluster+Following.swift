// Licensed under the MIT licence.

package import Chat
package import NIOCore
package import RedisNIO

/// A place whose channel is subscribed to.
struct FollowedPlace {
    typealias Completion = @Sendable (Result<Void, StoreError>) -> Void

    let place: ClusterPlace
    /// Whether the server has confirmed it, and the connection has not been lost since.
    var isConfirmed = false
    var waiting: [(completion: Completion, deadline: NIODeadline)] = []
    /// Since when nobody is interested; for a moment it stays, as people come back.
    var unwantedSince: NIODeadline?
}

extension RedisCluster {
    /// How long a channel that nobody is interested in any more stays subscribed to.
    private static let lingering = TimeAmount.seconds(5)
    /// How long a channel may take to be subscribed to.
    private static let patience = TimeAmount.seconds(5)

    package func follow(
        _ place: ClusterPlace,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.run {
            guard !self.isClosed else { return completion(.failure(StoreError(.notDone, reason: "closed"))) }
            let channel = ExactText(self.keys.channel(place))
            let isNew = self.followed[channel] == nil
            self.followed[channel, default: FollowedPlace(place: place)].unwantedSince = nil
            if self.followed[channel]?.isConfirmed == true { return completion(.success(())) }
            let deadline = self.client.eventLoop.now + Self.patience
            self.followed[channel]?.waiting.append((completion, deadline))
            if isNew { self.client.subscribe(to: self.subscription(channel), self) }
        }
    }

    package func unfollow(_ place: ClusterPlace) {
        self.run {
            self.followed[ExactText(self.keys.channel(place))]?.unwantedSince = self.client.eventLoop.now
        }
    }

    func subscription(_ channel: ExactText) -> RedisSubscription {
        self.options.usesShardChannels ? .shardChannel(channel.string) : .channel(channel.string)
    }

    /// Gives up what nobody is interested in, and those whose patience is over.
    func endFollowing(now: NIODeadline) {
        for (channel, followed) in self.followed {
            // Only what was confirmed, so that no late confirmation is taken for that of the next subscription.
            if let since = followed.unwantedSince, now - since > Self.lingering, followed.isConfirmed {
                self.followed[channel] = nil
                self.client.unsubscribe(from: self.subscription(channel), self)
            } else if followed.waiting.contains(where: { $0.deadline <= now }) {
                self.followed[channel]?.waiting.removeAll { $0.deadline <= now }
                for waiter in followed.waiting where waiter.deadline <= now {
                    waiter.completion(.failure(StoreError(.notDone, reason: "Redis did not confirm a subscription")))
                }
            }
        }
    }
}

extension RedisCluster: RedisSubscriber {
    package func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
        guard let followed = self.followed[ExactText(channel)], followed.unwantedSince == nil else { return }
        guard let message = PlaceMessage(message, at: followed.place) else {
            return self.noteRejection()
        }
        switch message {
        case .stored(let message): self.listener?.stored(message)
        case .changed(let change): self.listener?.changed(change, at: followed.place)
        }
    }

    package func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) {
        let channel = ExactText(subscription.name)
        guard let followed = self.followed[channel] else { return }
        self.followed[channel]?.isConfirmed = true
        self.followed[channel]?.waiting = []
        if afterInterruption { self.doubt(channel) }
        for waiter in followed.waiting { waiter.completion(.success(())) }
    }

    package func interrupted(_ subscription: RedisSubscription) {
        self.followed[ExactText(subscription.name)]?.isConfirmed = false
    }

    package func failed(_ subscription: RedisSubscription, error: RedisError) {
        let followed = self.followed.removeValue(forKey: ExactText(subscription.name))
        for waiter in followed?.waiting ?? [] { waiter.completion(.failure(StoreError(error))) }
        guard error.code != .closed, !self.hasToldOfRefusal else { return }
        self.hasToldOfRefusal = true
        self.options.onRefusal?(error.serverCode ?? "")
    }
}
