// Licensed under the MIT licence.

import Chat
import ChatStores
import Logging
import NIOCore
import RedisNIO
import SocketIO
import SocketIOCore
import SocketIORedis

/// This process as one of the nodes that meet on Redis.
struct RedisNode: Sendable {
    let client: RedisClient
    let cluster: RedisCluster
    private let configuration: ChatServerConfiguration.Redis

    /// Makes the node; nothing is connected yet.
    init(_ redis: ChatServerConfiguration.Redis, eventLoopGroup: any EventLoopGroup, logger: Logger) {
        self.configuration = redis
        self.client = RedisClient(RedisConfiguration(redis), eventLoopGroup: eventLoopGroup, logger: logger)
        self.cluster = RedisCluster(
            self.client,
            RedisClusterOptions(
                prefix: redis.prefix,
                usesShardChannels: redis.mode == .cluster,
                leaseDuration: redis.nodeTTL
            )
        )
    }

    /// Carries what may be lost: typing, read marks.
    var adapter: AdapterFactory {
        // In a cluster a plain message would cross all of its nodes.
        let wire: RedisBusOptions.Wire = self.configuration.mode == .cluster ? .sharded : .classic
        return ClusterAdapter.factory(bus: RedisBus(client: self.client, options: RedisBusOptions(wire: wire)))
    }

    /// The store of all nodes.
    func store(_ retention: Retention) -> RedisStore {
        RedisStore(
            self.client,
            RedisStoreOptions(
                prefix: self.configuration.prefix,
                retention: retention,
                usesShardChannels: self.configuration.mode == .cluster
            )
        )
    }

    /// Connects, and says in the log when Redis goes and comes back.
    ///
    /// - Throws: What of the configuration cannot be used, such as a certificate that is not there.
    func start(logger: Logger) throws(StartError) {
        do {
            try self.client.start()
        } catch {
            throw StartError("Redis cannot be used: \(error.message).")
        }
        self.client.observeState { state in
            switch state {
            case .ready: logger.notice("Redis is there")
            case .connecting: logger.warning("Redis is not there; senders are refused until it is")
            case .closed: break
            }
        }
    }

    /// Takes away what the others know of this node, and disconnects.
    func close() async {
        await withCheckedContinuation { continuation in self.cluster.close { continuation.resume() } }
        await self.client.close()
    }
}
