// Licensed under the MIT licence.

import Chat
import ChatStores
import Logging
import NIOCore
import RedisNIO
import SocketIO
import SocketIOCore
import SocketIORedis
import Synchronization

/// This process as one of the nodes that meet on Redis.
struct RedisNode: Sendable {
    let client: RedisClient
    let cluster: RedisCluster
    let bus: RedisBus
    /// What clients may come back for at any node; nothing if they cannot.
    let recovery: RedisRecovery?
    /// Answers when replicas have what it wrote; nothing where they are not waited for.
    ///
    /// A client of its own, since a connection that waits for replicas holds up all that is sent on it.
    private let confirming: RedisClient?
    /// Carries what is forwarded between nodes; nothing where nothing is.
    ///
    /// A client of its own, so that what clients send to other nodes holds up no message on its way to the store.
    let forwardingClient: RedisClient?
    let configuration: ChatServerConfiguration.Redis
    private let eventLoop: any EventLoop

    /// Makes the node; nothing is connected yet.
    init(
        _ redis: ChatServerConfiguration.Redis,
        recovers: Bool,
        eventLoopGroup: any EventLoopGroup,
        observer: (any RedisCommandObserver)? = nil,
        logger: Logger
    ) {
        self.configuration = redis
        self.eventLoop = eventLoopGroup.any()
        var configuration = RedisConfiguration(redis)
        self.client = RedisClient(
            configuration,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            observer: observer
        )
        if redis.replicas > 0 {
            configuration.confirmation = ReplicaConfirmation(replicas: redis.replicas)
            self.confirming = RedisClient(
                configuration,
                eventLoopGroup: eventLoopGroup,
                logger: logger,
                observer: observer
            )
        } else {
            self.confirming = nil
        }
        configuration.confirmation = nil
        self.forwardingClient =
            redis.forwardsSessions
            ? RedisClient(configuration, eventLoopGroup: eventLoopGroup, logger: logger, observer: observer) : nil
        // In a cluster a plain message would cross all of its nodes.
        let wire: RedisBusOptions.Wire = redis.mode == .cluster ? .sharded : .classic
        let python = redis.pythonChannel.map { channel in
            RedisBusOptions.PythonChannel(name: channel, publishes: false, realm: Room.chatRealm)
        }
        self.bus = RedisBus(
            client: self.client,
            options: RedisBusOptions(
                wire: wire,
                channelPrefix: "\(redis.prefix)socket.io",
                pythonChannel: python,
                foreignRealm: Room.chatRealm
            ),
            logger: logger
        )
        var places = RedisClusterOptions(
            prefix: redis.prefix,
            usesShardChannels: redis.mode == .cluster,
            nodeTimeToLive: redis.nodeTTL
        )
        places.onRefusal = { code in
            logger.error(
                "Redis refuses channels of rooms and users; nobody can join these rooms or watch these users here",
                metadata: ["code": "\(code)"]
            )
        }
        places.onLeaseRefusal = { code in
            logger.error(
                "Redis refuses this node its lease; the other nodes do not know who is here",
                metadata: ["code": "\(code)"]
            )
        }
        self.cluster = RedisCluster(self.client, places)
        var recovery = RedisRecoveryOptions(
            prefix: redis.prefix,
            usesShardChannels: redis.mode == .cluster,
            leaseDuration: redis.nodeTTL
        )
        recovery.onRefusal = { code in
            logger.error(
                "Redis refuses the channel that nodes ask for sessions on; clients lose theirs when they move between nodes",
                metadata: ["code": "\(code)"]
            )
        }
        self.recovery = recovers ? RedisRecovery(self.client, recovery) : nil
    }

    /// All that connect to Redis, the main one first.
    var clients: [RedisClient] { [self.client] + [self.confirming, self.forwardingClient].compactMap(\.self) }

    /// Carries what may be lost: typing, read marks.
    var adapter: AdapterFactory { ClusterAdapter.factory(bus: self.bus) }

    /// The store of all nodes.
    func store(_ retention: Retention) -> RedisStore {
        RedisStore(
            self.client,
            RedisStoreOptions(
                prefix: self.configuration.prefix,
                retention: retention,
                usesShardChannels: self.configuration.mode == .cluster
            ),
            confirming: self.confirming
        )
    }

    /// Connects, and says in the log when Redis goes and comes back.
    ///
    /// - Throws: What of the configuration cannot be used, such as a certificate that is not there.
    func start(logger: Logger) throws(StartError) {
        do {
            for client in self.clients { try client.start() }
        } catch {
            throw StartError(error)
        }
        let wasReady = Mutex(false)
        let client = self.client
        let warn = { @Sendable in
            // What a command is told says why.
            client.send(RedisCommand("PING"), within: .seconds(1)) { result in
                guard case .failure(let error) = result, error.code != .closed else { return }
                let reason: Logger.Metadata = ["error.reason": "\(error)"]
                logger.warning("Redis is not there; senders are refused until it is", metadata: reason)
            }
        }
        self.client.observeState { state in
            switch state {
            case .ready:
                wasReady.withLock { $0 = true }
                logger.notice("Redis is there")
            case .connecting:
                // The first connection takes a moment.
                if wasReady.withLock({ $0 }) { warn() }
            case .closed: break
            }
        }
        self.eventLoop.scheduleTask(in: .seconds(1)) {
            if !wasReady.withLock({ $0 }) { warn() }
        }
        self.watch(
            self.confirming,
            lost: "the connection to Redis that messages are stored on is not there; senders are refused until it is",
            back: "the connection to Redis that messages are stored on is there",
            logger: logger
        )
        self.watch(
            self.forwardingClient,
            lost: """
                the connection to Redis that requests are forwarded on is not there; clients are refused whose requests reach another \
                node than their session's, until it is
                """,
            back: "the connection to Redis that requests are forwarded on is there",
            logger: logger
        )
    }

    /// Says in the log when one client is cut off while the main one is not, and when it is back.
    private func watch(_ client: RedisClient?, lost: Logger.Message, back: Logger.Message, logger: Logger) {
        guard let client else { return }
        let main = self.client
        let outage = Mutex(ClientOutage())
        let look = { @Sendable in
            switch outage.withLock({ $0.looked(at: client.state, while: main.state) }) {
            case .began: logger.warning(lost)
            case .ended: logger.notice(back)
            case nil: break
            }
        }
        for watched in [main, client] {
            watched.observeState { state in
                if state != .closed { watched.eventLoop.scheduleTask(in: .seconds(1), look) }
            }
        }
    }

    /// Whether Redis answers on every connection for commands but that for storing, which the store looks after.
    var busState: ComponentState {
        get async {
            async let common = Self.state(of: self.client)
            async let forwarding = Self.state(of: self.forwardingClient)
            let connections = await [common, forwarding]
            if let failing = connections.first(where: { $0 != .ok }) { return failing }
            // Asked for on the same connection before, unless it was lost since.
            return await self.cluster.holdsLease ? .ok : .failing("Redis has not granted this node's lease")
        }
    }

    private static func state(of client: RedisClient?) async -> ComponentState {
        do {
            try await client?.send(RedisCommand("PING"))
        } catch  where error.code != .server {
            return .failing("\(error)")
        } catch {
            // Whoever refuses answers.
        }
        return .ok
    }

    /// Whether Redis cannot be reached at the moment.
    var isAway: Bool { self.client.state == .connecting }

    /// Takes away what the others know of this node, and disconnects.
    func close() async {
        if let recovery { await withCheckedContinuation { continuation in recovery.close { continuation.resume() } } }
        await withCheckedContinuation { continuation in self.cluster.close { continuation.resume() } }
        for client in self.clients.reversed() { await client.close() }
    }
}
