// Licensed under the MIT licence.

import Chat
import ChatStores
import CoreMetrics
import SocketIOHummingbird
import Tracing

extension ServerMetrics {
    /// Measures a store from now on; one in memory, which answers at once, is left alone unless there is a tracer.
    ///
    /// - Parameters:
    ///   - kind: Which store it is.
    ///   - tracer: Makes a span of each call, if there is one.
    ///   - make: Makes it; gets whom to tell of its transactions.
    /// - Returns: The store to use.
    /// - Throws: What `make` throws.
    func observe(
        _ kind: ChatServerConfiguration.Storage.Kind,
        tracer: (any Tracer)? = nil,
        _ make: ((@Sendable (_ calls: Int, _ nanoseconds: Int64) -> Void)?) throws(StartError) -> any MessageStore
    ) throws(StartError) -> any MessageStore {
        guard kind != .memory || tracer != nil else { return try make(nil) }
        var onCommit: (@Sendable (Int, Int64) -> Void)?
        if kind == .sqlite {
            let calls = Recorder(label: "chat_store_commit_calls", dimensions: [], factory: self.registry)
            let duration = CoreMetrics.Timer(
                label: "chat_store_commit_duration_seconds",
                dimensions: [],
                factory: self.registry
            )
            onCommit = { count, nanoseconds in
                calls.record(count)
                duration.recordNanoseconds(nanoseconds)
            }
        }
        return ObservedStore(try make(onCommit), kind: kind.rawValue, factory: self.registry, tracer: tracer)
    }

    /// Asks everything that a server has, too, from now on.
    ///
    /// - Returns: What looks at the shards, to be started with the server.
    func addServer(mount: SocketIOMount, chat: ChatService, redis: RedisNode?) -> ShardMetrics {
        let shards = ShardMetrics(engine: mount.engine, io: mount.io, homes: chat.homes)
        self.add(shards)
        self.add(ProcessMetrics())
        if let redis {
            let engine = mount.engine
            self.add(
                RedisMetrics(
                    clients: redis.clients,
                    bus: redis.bus,
                    rejected: [
                        ("place", { redis.cluster.rejectedCount }),
                        ("recovery", { redis.recovery?.rejectedCount ?? 0 }),
                        ("forwarding", { engine.rejectedForwards }),
                    ]
                )
            )
        }
        return shards
    }
}
