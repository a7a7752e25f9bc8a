// Licensed under the MIT licence.

import NIOCore

/// The subscriptions of a client of a cluster: plain ones at any one node, sharded ones where their slots are served.
///
/// Belongs to its event loop.
final class ClusterSubscriptions: SubscriptionLinkDelegate {
    private let surroundings: ClientSurroundings
    private let delegate: any RequestRouterDelegate
    private weak var router: ClusterRouter?
    private let plainEndpoints: EndpointRotation
    private var plain: SubscriptionLink?
    private var shards: [RedisEndpoint: SubscriptionLink] = [:]
    /// Where each sharded channel is subscribed to; nowhere if no node is known for it.
    private var homes: [RedisSubscription: RedisEndpoint?] = [:]
    private var placementTimer: Scheduled<Void>?
    private var isClosed = false

    init(_ surroundings: ClientSurroundings, delegate: any RequestRouterDelegate, router: ClusterRouter) {
        self.surroundings = surroundings
        self.delegate = delegate
        self.router = router
        self.plainEndpoints = EndpointRotation(surroundings.configuration.endpoints.shuffled())
        self.plain = self.link(to: self.plainEndpoints)
    }

    private func link(to source: any EndpointSource) -> SubscriptionLink {
        SubscriptionLink(
            self.surroundings,
            source: source,
            handshake: self.surroundings.configuration.handshake(verifiesRole: false),
            dividesBySlot: true,
            delegate: self
        )
    }

    func want(_ subscription: RedisSubscription) {
        switch subscription {
        case .channel, .pattern:
            self.plain?.want(subscription)
        case .shardChannel:
            self.homes[subscription] = .some(nil)
            self.place(subscription)
        }
    }

    func dismiss(_ subscription: RedisSubscription) {
        switch subscription {
        case .channel, .pattern:
            self.plain?.dismiss(subscription)
        case .shardChannel:
            if let home = self.homes.removeValue(forKey: subscription), let home {
                self.shards[home]?.dismiss(subscription)
            }
        }
    }

    /// Subscribes where the slot is served, if that is known.
    private func place(_ subscription: RedisSubscription) {
        guard case .some(let home) = self.homes[subscription],
            let endpoint = self.router?.topology?.primary(of: HashSlot(key: subscription.name)), endpoint != home
        else { return }
        if let home {
            self.shards[home]?.dismiss(subscription)
            self.delegate.routerInterrupted([subscription])
        }
        self.homes[subscription] = endpoint
        let link = self.shards[endpoint] ?? self.link(to: EndpointRotation([endpoint]))
        self.shards[endpoint] = link
        link.want(subscription)
    }

    /// Places what has no home, in a moment, so that nodes that do not agree are not asked without pause.
    private func placeSoon() {
        guard self.placementTimer == nil, !self.isClosed else { return }
        let wait = ClientCore.postponement
        self.placementTimer = self.surroundings.eventLoop.assumeIsolated().scheduleTask(in: wait) {
            self.placementTimer = nil
            for (subscription, home) in self.homes where home == nil { self.place(subscription) }
        }
    }

    func topologyChanged(_ topology: ClusterTopology) {
        for subscription in self.homes.keys { self.place(subscription) }
        for (endpoint, link) in self.shards where link.subscriptions.isEmpty && !topology.primaries.contains(endpoint) {
            self.shards[endpoint] = nil
            link.close()
        }
        self.plainEndpoints.replaceShuffled(topology.primaries)
        if let endpoint = self.plain?.endpoint, !topology.primaries.contains(endpoint),
            !self.surroundings.configuration.endpoints.contains(endpoint)
        {
            self.plain?.reconnect(RedisError(.connectionLost, message: "the node has left the cluster"))
        }
    }

    func close(_ completion: @escaping () -> Void) {
        self.isClosed = true
        self.placementTimer?.cancel()
        let remaining = ClosingCount(self.shards.count + 1, completion: completion)
        for link in self.shards.values { link.close { remaining.down() } }
        self.shards = [:]
        if let plain {
            self.plain = nil
            plain.close { remaining.down() }
        } else {
            remaining.down()
        }
    }

    // MARK: SubscriptionLinkDelegate

    func subscriptionLink(_ link: SubscriptionLink, confirmed subscription: RedisSubscription) {
        self.delegate.routerConfirmed(subscription)
    }

    func subscriptionLink(_ link: SubscriptionLink, interrupted subscriptions: [RedisSubscription]) {
        self.delegate.routerInterrupted(subscriptions)
    }

    func subscriptionLink(
        _ link: SubscriptionLink,
        gaveUp subscriptions: [RedisSubscription],
        _ reply: RedisServerReply?
    ) {
        let isPlain = link === self.plain
        guard let reply, !reply.endsByItself else {
            // The slot has moved, or the node is not up to it now. Messages have stopped, if there were any.
            self.delegate.routerInterrupted(subscriptions)
            if isPlain {
                for subscription in subscriptions { link.want(subscription) }
                return
            }
            for subscription in subscriptions where self.homes[subscription] != nil {
                self.homes[subscription] = .some(nil)
            }
            if let redirection = reply.flatMap({ ClusterRedirection($0, from: link.endpoint) }) {
                self.router?.moved(redirection)
            } else {
                self.router?.refreshWanted()
            }
            return self.placeSoon()
        }
        for subscription in subscriptions { self.homes[subscription] = nil }
        self.delegate.routerRefused(subscriptions, error: reply.error())
    }

    func subscriptionLink(
        _ link: SubscriptionLink,
        received payload: ByteBuffer,
        on channel: String,
        by subscription: RedisSubscription
    ) {
        self.delegate.routerReceived(payload, on: channel, by: subscription)
    }

    func subscriptionLinkFailed(_ link: SubscriptionLink) {
        self.router?.refreshWanted()
    }
}
