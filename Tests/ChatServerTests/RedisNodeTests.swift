// Licensed under the MIT licence.

import Chat
import ChatStores
import Logging
import NIOCore
import NIOPosix
import RedisNIO
import RedisTesting
import ServiceLifecycle
import Synchronization
import Testing

@testable import ChatServer

/// A node on a real `redis-server` of its own.
@Suite(.timeLimit(.minutes(15)), .enabled(if: ServerProcess.isInstalled)) struct RedisNodeTests {
    @Test func aConnectionForForwardingThatIsLostAloneIsToldAndMakesTheNodeUnready() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { owner in
                let log = LogRecorder()
                let commands = ObservedCommands()
                let node = RedisNode(
                    .init(endpoints: [.tcp(host: "127.0.0.1", port: server.port)]),
                    recovers: false,
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                    observer: commands,
                    logger: log.logger
                )
                try node.start(logger: log.logger)
                let forwarding = try #require(node.forwardingClient)
                let id = try #require(try await forwarding.send(RedisCommand("CLIENT", "ID")).number)
                #expect(commands.names.contains("CLIENT"))
                for client in node.clients { try await client.send(RedisCommand("PING")) }
                #expect(await node.busState == .failing("Redis has not granted this node's lease"))
                node.cluster.start(Nobody())
                try await owner.waitForLease(of: node)
                #expect(await node.busState == .ok)
                #expect(await Self.isUp(node))

                // Whoever goes cannot come back.
                let count = try await Self.connectionCount(owner)
                try await owner.send(RedisCommand("CONFIG", "SET", "maxclients", .number(count - 1)))
                try await owner.send(RedisCommand("CLIENT", "KILL", "ID", .number(Int(id))))
                try await Self.wait(owner) { log.messages.contains { $0.contains("requests are forwarded on is not") } }
                #expect(!(await Self.isUp(node)))
                let readiness = Readiness(
                    storeKind: .redis,
                    store: MemoryStore(stripes: 1),
                    bus: { await node.busState }
                )
                #expect(!(await readiness.report(logger: LogRecorder().logger).isReady))

                try await owner.send(RedisCommand("CONFIG", "SET", "maxclients", "100"))
                try await Self.wait(owner) {
                    log.messages.contains { $0.contains("requests are forwarded on is there") }
                }
                #expect(await Self.isUp(node))
                #expect(await readiness.report(logger: LogRecorder().logger).isReady)
                #expect(log.messages.filter { $0.contains("forwarded") }.count == 2)
                #expect(!log.messages.contains { $0.hasPrefix("Redis is not there") })
                await node.close()
            }
        }
    }

    @Test func aLeaseThatIsRefusedIsToldOnceAndMakesTheNodeUnready() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { owner in
                let log = LogRecorder()
                let node = RedisNode(
                    .init(endpoints: [.tcp(host: "127.0.0.1", port: server.port)], nodeTTL: .seconds(3)),
                    recovers: false,
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                    logger: log.logger
                )
                try await owner.send(RedisCommand("SET", "martlet:nodes", "no sorted set"))
                try node.start(logger: log.logger)
                node.cluster.start(Nobody())
                try await Self.wait(owner) { log.messages.contains { $0.contains("refuses this node its lease") } }
                #expect(await node.busState != .ok)
                try await owner.send(RedisCommand("DEL", "martlet:nodes"))
                try await owner.waitForLease(of: node)
                #expect(await node.busState == .ok)
                #expect(log.messages.filter { $0.contains("lease") }.count == 1)
                await node.close()
            }
        }
    }

    /// Rights to channels, and what the log says with them.
    private static let rights: [(rights: [String], channels: [String], refusals: Set<String>)] = [
        (
            // A pattern is allowed by its very letters alone.
            ["&martlet:*", "&martlet:socket.io#/#[!-~]???????????????????#"],
            ["martlet:socket.io-request#/#", "martlet:engine:*", "martlet:recovery:*", "martlet:*{r}*"],
            ["Redis refuses the channel of python-socketio's processes"]
        ),
        (
            ["&martlet:engine:*", "&socketio"], ["socketio", "martlet:engine:*"],
            [
                "Redis refuses a channel or pattern of the namespace", "Redis refuses channels of rooms and users",
                "Redis refuses the channel that nodes ask for sessions on",
            ]
        ),
    ]

    @Test(arguments: Self.rights)
    func forbiddenChannelsAreToldAndTakeNoOthersWithThem(
        rights: [String],
        channels: [String],
        refusals: Set<String>
    ) async throws {
        let users = ["--user", "chat", "on", ">secret", "~*", "resetchannels", "+@all"] + rights
        try await withServer(users) { server in
            try await withClient(.live(server)) { owner in
                let log = LogRecorder()
                let variables = [
                    "SERVER_HOST": "127.0.0.1", "SERVER_PORT": "0", "SERVER_THREADS": "1",
                    "REDIS_HOST": "127.0.0.1:\(server.port)", "REDIS_USERNAME": "chat", "REDIS_PASSWORD": "secret",
                    "SOCKETIO_REDIS_CHANNEL": "socketio",
                ]
                let application = try buildApplication(
                    configuration: ChatServerConfiguration(variables: variables),
                    logger: log.logger
                )
                let services = ServiceGroup(
                    services: [Running { try await application.run(onListening: { _ in }) }],
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
                for room in ["r", "s"] { application.redis?.cluster.follow(.room(try RoomID(room))) { _ in } }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await services.run() }
                    for pattern in channels {
                        var found: [RESPValue] = []
                        while found.isEmpty {
                            let command = RedisCommand("PUBSUB", "CHANNELS", .text(pattern))
                            found = try await owner.send(command).elements ?? []
                        }
                    }
                    try await Self.wait(owner) { Self.refusals(log).count >= refusals.count }
                    #expect(Self.refusals(log).sorted() == refusals.sorted())
                    await services.triggerGracefulShutdown()
                    try await group.waitForAll()
                }
            }
        }
    }

    private static func refusals(_ log: LogRecorder) -> [String] {
        log.messages.filter { $0.hasPrefix("Redis refuses") }.map { String($0.prefix { $0 != ";" }) }
    }

    private static func isUp(_ node: RedisNode) async -> Bool {
        let families = await RedisMetrics(clients: node.clients, bus: node.bus).families()
        return String(buffer: PrometheusText.encode(families)).contains("\nredis_up 1\n")
    }

    private static func connectionCount(_ owner: RedisClient) async throws -> Int {
        let list = try await owner.send(RedisCommand("CLIENT", "LIST")).text ?? ""
        return list.split(separator: "\n").count
    }

    /// Waits for something that the server's answers set the pace of.
    private static func wait(_ owner: RedisClient, until isMet: () -> Bool) async throws {
        while !isMet() { try await owner.send(RedisCommand("PING")) }
    }
}

private final class ObservedCommands: RedisCommandObserver {
    private let list = Mutex<[String]>([])

    var names: [String] { self.list.withLock { $0 } }

    func commandBegan(_ name: String) -> @Sendable (RedisError?) -> Void {
        self.list.withLock { $0.append(name) }
        return { _ in }
    }
}

/// Hears nothing of the other nodes.
private final class Nobody: ChatClusterListener {
    func stored(_ message: StoredMessage) {}
    func changed(_ change: RosterChange, at place: ClusterPlace) {}
    func doubted(_ place: ClusterPlace) {}
    func renamed(_ names: Set<NodeName>) {}
}

extension RedisClient {
    /// Waits for what the answers to this client set the pace of.
    fileprivate func waitForLease(of node: RedisNode) async throws {
        while !(await node.cluster.holdsLease) { try await self.send(RedisCommand("PING")) }
    }
}
