// Licensed under the MIT licence.

public import EngineIO
public import EngineIOCore
public import Logging
public import NIOCore
public import RedisNIO
import Synchronization

/// Processes that reach each other over Redis: each is subscribed to one channel, named by its address.
///
/// ```swift
/// let link = RedisNodeLink(client: redis)
/// let engine = EngineServer(eventLoopGroup: group, forwarding: EngineForwarding(link), logger: logger)
/// ```
///
/// The channel is `{prefix}engine:{address}`. With an access list of its own, a user of Redis needs `&{prefix}engine:*` besides the commands
/// `SUBSCRIBE` and `PUBLISH`, or their sharded counterparts; whoever else may publish there can speak for clients.
///
/// What is not delivered at once is given up, and all that is under way ends when the connection to Redis breaks: messages between processes
/// are worth nothing later.
public final class RedisNodeLink: EngineNodeLink, RedisSubscriber {
    /// Chosen at random when the link was made.
    public let address: NodeAddress
    private let client: RedisClient
    private let prefix: String
    private let usesShardChannels: Bool
    private let logger: Logger?
    private let receiver = Mutex<(any EngineNodeReceiver)?>(nil)
    private let isSubscribed = Atomic(false)

    /// Makes the link of one server, under an address of its own.
    ///
    /// - Parameters:
    ///   - client: The way to Redis; to be started and closed by the caller, and to be closed after the server.
    ///   - prefix: What channels begin with, the same in all processes.
    ///   - usesShardChannels: Whether channels are sharded ones, as is best in a Redis Cluster; the same in all processes. Needs Redis 7.
    ///   - logger: Told if Redis does not allow the subscription.
    public init(
        client: RedisClient,
        prefix: String = "socket.io:",
        usesShardChannels: Bool = false,
        logger: Logger? = nil
    ) {
        var generator = SystemRandomNumberGenerator()
        self.address = NodeAddress(random: generator.next())
        self.client = client
        self.prefix = prefix
        self.usesShardChannels = usesShardChannels
        self.logger = logger
    }

    private func channel(of node: NodeAddress) -> String {
        "\(self.prefix)engine:\(node.encoded)"
    }

    private var subscription: RedisSubscription {
        let channel = self.channel(of: self.address)
        return self.usesShardChannels ? .shardChannel(channel) : .channel(channel)
    }

    // MARK: EngineNodeLink

    /// Subscribes to the channel of ``address``.
    ///
    /// - Parameter receiver: Gets what is published there.
    public func open(_ receiver: any EngineNodeReceiver) {
        self.receiver.withLock { $0 = receiver }
        self.client.subscribe(to: self.subscription, self)
    }

    /// Whether Redis has confirmed the subscription, and the connection has not broken since.
    public var isReceiving: Bool { self.isSubscribed.load(ordering: .relaxed) }

    /// Publishes a message, which fails at once while there is no connection.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - node: Whom to.
    ///   - completion: Called once, on the client's event loop: Redis tells whether anybody is subscribed.
    public func send(
        _ message: ByteBuffer,
        to node: NodeAddress,
        completion: @escaping @Sendable (EngineNodeDelivery) -> Void
    ) {
        var command = RedisCommand(self.usesShardChannels ? "SPUBLISH" : "PUBLISH")
        let channel = self.channel(of: node)
        if self.usesShardChannels { command.append(key: channel) } else { command.append(.text(channel)) }
        command.append(.bytes(message))
        command.failsWhenDisconnected = true
        self.client.send(command) { result in
            switch result {
            case .success(let reply): completion(reply.number == 0 ? .nobody : .sent)
            case .failure: completion(.failed)
            }
        }
    }

    /// Unsubscribes.
    public func close() {
        self.receiver.withLock { $0 = nil }
        self.client.unsubscribe(from: self.subscription, self)
    }

    // MARK: RedisSubscriber

    /// Hands a message on.
    public func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
        let receiver = self.receiver.withLock { $0 }
        receiver?.received(message)
    }

    /// Says that messages arrive from now on.
    public func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) {
        self.isSubscribed.store(true, ordering: .relaxed)
    }

    /// Says that messages may have been lost.
    public func interrupted(_ subscription: RedisSubscription) {
        self.isSubscribed.store(false, ordering: .relaxed)
        let receiver = self.receiver.withLock { $0 }
        receiver?.interrupted()
    }

    /// Says that nothing comes any more.
    public func failed(_ subscription: RedisSubscription, error: RedisError) {
        self.isSubscribed.store(false, ordering: .relaxed)
        let receiver = self.receiver.withLock { $0 }
        guard let receiver else { return }
        receiver.interrupted()
        guard error.code != .closed else { return }
        self.logger?.error(
            "Redis refuses the channel that requests are forwarded on; clients must be kept at one process by the balancer",
            metadata: ["code": "\(error.serverCode ?? "")"]
        )
    }
}
