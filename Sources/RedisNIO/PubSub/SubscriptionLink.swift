// Licensed under the MIT licence.

import NIOCore

/// What happens on a link for subscriptions; told on the event loop.
protocol SubscriptionLinkDelegate: AnyObject {
    /// The server has confirmed a subscription.
    func subscriptionLink(_ link: SubscriptionLink, confirmed subscription: RedisSubscription)
    /// Messages of these do not come until they are confirmed again.
    func subscriptionLink(_ link: SubscriptionLink, interrupted subscriptions: [RedisSubscription])
    /// The link has given these up, since the server refuses them, or has ended them (`nil`).
    func subscriptionLink(
        _ link: SubscriptionLink,
        gaveUp subscriptions: [RedisSubscription],
        _ reply: RedisServerReply?
    )
    /// A message came.
    func subscriptionLink(
        _ link: SubscriptionLink,
        received payload: ByteBuffer,
        on channel: String,
        by subscription: RedisSubscription
    )
    /// No connection could be made, or it was lost.
    func subscriptionLinkFailed(_ link: SubscriptionLink)
}

/// A link to a server for subscriptions alone, which it makes again on every new connection.
///
/// Changes of one turn of the loop are sent together. Belongs to its event loop.
final class SubscriptionLink: NodeLinkDelegate {
    private var link: NodeLink?
    private var table: SubscriptionTable
    private var delegate: (any SubscriptionLinkDelegate)?
    private let eventLoop: any EventLoop
    private var isFlushScheduled = false
    private var isStarted = false

    init(
        _ surroundings: ClientSurroundings,
        source: any EndpointSource,
        handshake: HandshakeSettings,
        dividesBySlot: Bool,
        delegate: any SubscriptionLinkDelegate
    ) {
        self.table = SubscriptionTable(dividesBySlot: dividesBySlot)
        self.delegate = delegate
        self.eventLoop = surroundings.eventLoop
        self.link = NodeLink(
            surroundings,
            source: source,
            handshake: handshake,
            role: .subscriptions,
            delegate: self
        )
    }

    /// Where the connection that is ready, or being made, leads.
    var endpoint: RedisEndpoint? {
        self.link?.endpoint
    }

    var subscriptions: [RedisSubscription] {
        self.table.subscriptions
    }

    /// Asks for a subscription; the first one makes the link connect.
    func want(_ subscription: RedisSubscription) {
        self.table.want(subscription)
        if !self.isStarted {
            self.isStarted = true
            self.link?.start()
        }
        self.scheduleFlush()
    }

    func dismiss(_ subscription: RedisSubscription) {
        self.table.dismiss(subscription)
        self.scheduleFlush()
    }

    func reconnect(_ reason: RedisError) {
        self.link?.reconnect(reason)
    }

    /// Ends the link at once; nothing is told any more.
    func close(_ completion: @escaping () -> Void = {}) {
        self.delegate = nil
        guard let link else { return completion() }
        self.link = nil
        link.close(completion)
    }

    private func scheduleFlush() {
        guard !self.isFlushScheduled, self.link?.isReady ?? false else { return }
        self.isFlushScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            guard let link = self.link, link.isReady else { return }
            link.send(self.table.takeCommands())
        }
    }

    private func goOn() {
        if self.table.hasMore { self.scheduleFlush() }
    }

    // MARK: NodeLinkDelegate

    func linkBecameReady(_ link: NodeLink) {
        self.table.connectionReady()
        link.send(self.table.takeCommands())
    }

    func linkLost(_ link: NodeLink, reason: RedisError) {
        let live = self.table.connectionLost()
        if !live.isEmpty { self.delegate?.subscriptionLink(self, interrupted: live) }
        self.delegate?.subscriptionLinkFailed(self)
    }

    func linkFailed(_ link: NodeLink, reason: RedisError) {
        self.delegate?.subscriptionLinkFailed(self)
    }

    func link(_ link: NodeLink, answered request: RedisRequest, with reply: RESPValue) {
        // Requests are not sent on links for subscriptions.
        request.completion(.success(reply))
    }

    func link(_ link: NodeLink, received value: RESPValue) {
        switch PubSubMessage(value) {
        case .message(let subscription, let channel, let payload):
            self.delegate?.subscriptionLink(self, received: payload, on: channel, by: subscription)
        case .subscribed(let subscription):
            self.tell(self.table.subscribed(subscription))
            self.goOn()
        case .unsubscribed(let subscription):
            self.tell(self.table.unsubscribed(subscription))
            self.goOn()
        case .error(let error):
            self.tell(self.table.refused(error))
            self.goOn()
        case .other:
            break
        }
    }

    private func tell(_ event: SubscriptionTable.Event) {
        switch event {
        case .confirmed(let subscription): self.delegate?.subscriptionLink(self, confirmed: subscription)
        case .refused(let subscriptions, let error): self.delegate?.subscriptionLink(self, gaveUp: subscriptions, error)
        case .ended(let subscription): self.delegate?.subscriptionLink(self, gaveUp: [subscription], nil)
        case .nothing: break
        }
    }
}
