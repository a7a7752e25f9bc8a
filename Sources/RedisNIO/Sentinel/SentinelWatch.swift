// Licensed under the MIT licence.

import NIOCore

/// Listens to a sentinel for word of another master (`+switch-master`).
///
/// When its connection was interrupted something may have been missed; then the master is looked up.
final class SentinelWatch: SubscriptionLinkDelegate {
    private static let subscription = RedisSubscription.channel("+switch-master")

    private let directory: SentinelDirectory
    private let resolver: SentinelResolver
    private let changed: (RedisEndpoint) -> Void
    private var link: SubscriptionLink?

    /// Makes the watch; it listens from its start on.
    ///
    /// - Parameters:
    ///   - surroundings: The client's.
    ///   - directory: The sentinels.
    ///   - changed: Called with the master whenever it may be another one.
    init(
        _ surroundings: ClientSurroundings,
        directory: SentinelDirectory,
        changed: @escaping (RedisEndpoint) -> Void
    ) {
        self.directory = directory
        self.resolver = SentinelResolver(surroundings, directory: directory)
        self.changed = changed
        self.link = SubscriptionLink(
            surroundings,
            source: EndpointRotation(directory.endpoints),
            handshake: directory.handshake,
            dividesBySlot: false,
            delegate: self
        )
    }

    func start() {
        self.link?.want(Self.subscription)
    }

    func close(_ completion: @escaping () -> Void) {
        self.resolver.close()
        guard let link else { return completion() }
        self.link = nil
        link.close(completion)
    }

    func subscriptionLink(_ link: SubscriptionLink, confirmed subscription: RedisSubscription) {
        self.resolver.next { [weak self] result in
            if case .success(let master) = result { self?.changed(master) }
        }
    }

    func subscriptionLink(
        _ link: SubscriptionLink,
        received payload: ByteBuffer,
        on channel: String,
        by subscription: RedisSubscription
    ) {
        // NAME OLD-HOST OLD-PORT NEW-HOST NEW-PORT
        let words = String(buffer: payload).split(separator: " ")
        guard words.count == 5, words[0] == self.directory.masterName, let port = Int(words[4]),
            (1...65_535).contains(port)
        else { return }
        self.changed(.tcp(host: String(words[3]), port: port))
    }

    func subscriptionLink(_ link: SubscriptionLink, interrupted subscriptions: [RedisSubscription]) {}

    func subscriptionLink(
        _ link: SubscriptionLink,
        gaveUp subscriptions: [RedisSubscription],
        _ reply: RedisServerReply?
    ) {
        // A user without the right to listen: then a failing connection is what tells of another master.
    }

    func subscriptionLinkFailed(_ link: SubscriptionLink) {}
}
