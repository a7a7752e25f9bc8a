// Licensed under the MIT licence.

import NIOCore

/// Sends everything to one server: the only one, or the master that sentinels name.
final class StandaloneRouter: RequestRouter, NodeLinkDelegate, SubscriptionLinkDelegate {
    private let surroundings: ClientSurroundings
    private var delegate: (any RequestRouterDelegate)?
    private var link: NodeLink?
    private var subscriptions: SubscriptionLink?
    private var watch: SentinelWatch?
    /// Whether there may be another server that takes what this one refuses.
    private let hasOthers: Bool

    init(_ surroundings: ClientSurroundings, delegate: any RequestRouterDelegate) {
        self.surroundings = surroundings
        self.delegate = delegate
        let configuration = surroundings.configuration
        let isSentinel: Bool
        if case .sentinel = configuration.mode { isSentinel = true } else { isSentinel = false }
        self.hasOthers = isSentinel || configuration.endpoints.count > 1
        let handshake = configuration.handshake(verifiesRole: isSentinel)
        let sentinels = SentinelDirectory(configuration)
        func source() -> any EndpointSource {
            sentinels.map { SentinelResolver(surroundings, directory: $0) } ?? EndpointRotation(configuration.endpoints)
        }
        self.link = NodeLink(
            surroundings,
            source: source(),
            handshake: handshake,
            role: .commands,
            confirmation: configuration.confirmation,
            delegate: self
        )
        self.subscriptions = SubscriptionLink(
            surroundings,
            source: source(),
            handshake: handshake,
            dividesBySlot: false,
            delegate: self
        )
        self.watch = sentinels.map { directory in
            SentinelWatch(surroundings, directory: directory) { [weak self] in self?.masterChanged(to: $0) }
        }
    }

    var isReady: Bool {
        self.link?.isReady ?? false
    }

    func start() {
        self.link?.start()
        self.watch?.start()
    }

    func submit(_ request: RedisRequest) {
        guard let link else { return request.completion(.failure(RedisError(.closed))) }
        link.submit(request)
    }

    func submitToPrimaries(
        _ command: RedisCommand,
        deadline: NIODeadline,
        completion: @escaping @Sendable ([RedisPrimaryReply]) -> Void
    ) {
        let endpoint = self.link?.endpoint
        self.submit(
            RedisRequest(.command(command), deadline: deadline) { result in
                completion([RedisPrimaryReply(endpoint: endpoint, result: result)])
            }
        )
    }

    func want(_ subscription: RedisSubscription) {
        self.subscriptions?.want(subscription)
    }

    func dismiss(_ subscription: RedisSubscription) {
        self.subscriptions?.dismiss(subscription)
    }

    func close(_ completion: @escaping () -> Void) {
        let remaining = ClosingCount(3) { [self] in
            self.delegate = nil
            completion()
        }
        self.closePart(self.link.map { link in { link.close($0) } }, remaining)
        self.closePart(self.subscriptions.map { link in { link.close($0) } }, remaining)
        self.closePart(self.watch.map { watch in { watch.close($0) } }, remaining)
        self.link = nil
        self.subscriptions = nil
        self.watch = nil
    }

    private func closePart(_ close: ((@escaping () -> Void) -> Void)?, _ remaining: ClosingCount) {
        guard let close else { return remaining.down() }
        close { remaining.down() }
    }

    /// The sentinels have another master.
    private func masterChanged(to endpoint: RedisEndpoint) {
        let reason = RedisError(.connectionLost, outcome: .unknown, message: "the sentinels have another master")
        if let link, link.endpoint != endpoint { link.reconnect(reason) }
        if let subscriptions, subscriptions.endpoint != endpoint { subscriptions.reconnect(reason) }
    }

    // MARK: NodeLinkDelegate

    func linkBecameReady(_ link: NodeLink) {
        self.delegate?.routerReadinessChanged()
    }

    func linkLost(_ link: NodeLink, reason: RedisError) {
        self.delegate?.routerReadinessChanged()
    }

    func linkFailed(_ link: NodeLink, reason: RedisError) {
        self.delegate?.routerReadinessChanged()
    }

    func link(_ link: NodeLink, answered request: RedisRequest, with reply: RESPValue) {
        guard let error = RedisServerReply(reply) else { return request.completion(.success(reply)) }
        let failure = error.error(ofScript: request.isScript)
        guard failure.outcome == .notDone, let delegate else { return request.completion(.failure(failure)) }
        switch error.code {
        case "NOSCRIPT" where !request.sendsSource && request.isScript:
            var request = request
            request.sendsSource = true
            link.submit(request)
        case "LOADING", "TRYAGAIN", "CLUSTERDOWN":
            delegate.routerPostponed(request)
        case "READONLY" where self.hasOthers, "MASTERDOWN" where self.hasOthers:
            // It is a replica now. What it has refused goes to the master, once that is found.
            delegate.routerPostponed(request)
            link.reconnect(RedisError(.connectionLost, outcome: .unknown, message: "the server is no master any more"))
        default:
            request.completion(.failure(failure))
        }
    }

    func link(_ link: NodeLink, received value: RESPValue) {
        // A push that no subscription of ours asked for.
    }

    // MARK: SubscriptionLinkDelegate

    func subscriptionLink(_ link: SubscriptionLink, confirmed subscription: RedisSubscription) {
        self.delegate?.routerConfirmed(subscription)
    }

    func subscriptionLink(_ link: SubscriptionLink, interrupted subscriptions: [RedisSubscription]) {
        self.delegate?.routerInterrupted(subscriptions)
    }

    func subscriptionLink(
        _ link: SubscriptionLink,
        gaveUp subscriptions: [RedisSubscription],
        _ reply: RedisServerReply?
    ) {
        guard let reply else {
            self.delegate?.routerInterrupted(subscriptions)
            for subscription in subscriptions { link.want(subscription) }
            return
        }
        self.delegate?.routerRefused(subscriptions, error: reply.error())
    }

    func subscriptionLink(
        _ link: SubscriptionLink,
        received payload: ByteBuffer,
        on channel: String,
        by subscription: RedisSubscription
    ) {
        self.delegate?.routerReceived(payload, on: channel, by: subscription)
    }

    func subscriptionLinkFailed(_ link: SubscriptionLink) {}
}
