// Licensed under the MIT licence.

import Logging
import NIOCore
import RedisNIO
import RedisTesting
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting

/// Servers of this process that share one real Redis.
///
/// Their sockets are on a ``TestLoop``; what Redis sends is waited for with ``TestLoop/run(until:)``.
final class LiveFixture {
    let loop = TestLoop(shardCount: 2)
    let redis: ServerProcess
    let clients: [RedisClient]
    let buses: [RedisBus]
    let servers: [Server]
    private let isSharded: Bool
    /// Somebody else with Redis.
    let hand: RedisClient

    /// Runs a test with servers that can reach each other.
    static func run(
        nodes: Int = 2,
        options: RedisBusOptions = RedisBusOptions(),
        _ body: (LiveFixture) async throws -> Void
    ) async throws {
        let redis = try ServerProcess()
        defer { redis.remove() }
        try await redis.start()
        let fixture = try LiveFixture(redis, nodes: nodes, options: options)
        do {
            try await fixture.subscribed()
            try await body(fixture)
        } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }

    private init(_ redis: ServerProcess, nodes: Int, options: RedisBusOptions) throws {
        self.isSharded = options.wire == .sharded
        self.redis = redis
        self.clients = (0..<nodes).map { _ in RedisClient(.live(redis)) }
        self.hand = RedisClient(.live(redis))
        for client in self.clients + [self.hand] { try client.start() }
        self.buses = self.clients.map { RedisBus(client: $0, options: options) }
        let loop = self.loop
        self.servers = self.buses.map { bus in
            Server(
                shards: loop.shards,
                options: ServerOptions(acknowledgementTimeout: .seconds(2)),
                adapter: ClusterAdapter.factory(bus: bus),
                logger: Logger(label: "tests")
            )
        }
        for server in self.servers { _ = server.of("/") }
    }

    private func end() async {
        for client in self.clients + [self.hand] { await client.close() }
    }

    /// Redis goes away, and comes back empty.
    func restart() async throws {
        await self.redis.stop()
        try await self.redis.start()
        // What is published while a node is not connected is lost, by design.
        for client in self.clients { try await client.send(RedisCommand("PING")) }
    }

    /// Waits until all nodes have subscribed to their namespace.
    func subscribed() async throws {
        for node in 0..<self.servers.count {
            await self.finish { told in
                self.main(node).whenReachable(Room("a room of 20 letters")) { _ in told() }
            }
        }
        for name in self.isSharded ? ["socket.io#/#"] : ["", "-request", "-response"].map({ "socket.io\($0)#/#" }) {
            while try await self.subscriberCount(name) != self.servers.count {}
        }
    }

    /// Waits for a callback that may come from anywhere.
    func finish(_ body: (@escaping @Sendable () -> Void) -> Void) async {
        let told = Recorder<Bool>()
        let loop = self.loop
        body {
            told.add(true)
            loop.shards[0].execute {}
        }
        await loop.run { !told.all.isEmpty }
    }

    func main(_ node: Int) -> Namespace { self.servers[node].of("/") }

    /// A client of a node, joined to `/`, and its socket's id.
    func session(node: Int) -> (client: TestClient, id: String) {
        let server = self.servers[node]
        let client = TestClient(on: self.loop) { server.accept($0) }
        let id = client.connect()
        return (client, id ?? "")
    }

    /// Publishes by hand.
    func publish(_ body: RedisCommand.Argument, on channel: String) async throws {
        try await self.hand.send(RedisCommand("PUBLISH", .text(channel), body))
    }

    /// How many connections are subscribed to a channel.
    func subscriberCount(_ channel: String) async throws -> Int {
        let command = RedisCommand("PUBSUB", self.isSharded ? "SHARDNUMSUB" : "NUMSUB", .text(channel))
        return try await self.hand.send(command).elements?.last?.number ?? -1
    }
}

/// Writes down what is published, for a task that waits for it.
final class Listener: RedisSubscriber {
    private let (stream, continuation) = AsyncStream.makeStream(of: String.self)

    func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
        self.continuation.yield(String(buffer: message))
    }

    func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) { self.continuation.yield("") }

    /// The next message; first of all an empty one, once the listener is subscribed.
    func next() async -> String {
        for await text in self.stream { return text }
        return ""
    }
}
