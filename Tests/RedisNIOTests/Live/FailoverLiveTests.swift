// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Testing

extension LiveTests {
    /// Takes a while: servers must first agree that one of them is gone.
    @Suite(
        .enabled(if: ProcessInfo.processInfo.environment["MARTLET_CLUSTER_TESTS"] == "1"),
        .timeLimit(.minutes(15))
    )
    struct FailoverLiveTests {
        @Test func `A client follows the master that sentinels choose`() async throws {
            let master = try ServerProcess()
            defer { master.remove() }
            try await master.start()
            let replica = try ServerProcess([
                "--replicaof", "127.0.0.1", "\(master.port)", "--repl-diskless-sync-delay", "0",
            ])
            defer { replica.remove() }
            try await replica.start()
            let sentinels = try (0..<3).map { _ in
                try ServerProcess(sentinelSettings: [
                    "sentinel monitor mymaster 127.0.0.1 \(master.port) 2",
                    "sentinel down-after-milliseconds mymaster 1000",
                    "sentinel failover-timeout mymaster 5000",
                ])
            }
            defer { for sentinel in sentinels { sentinel.remove() } }
            for sentinel in sentinels { try await sentinel.start() }

            var configuration = RedisConfiguration.live(master, mode: .sentinel(masterName: "mymaster"))
            // The first of them does not listen.
            configuration.endpoints = try [.tcp(host: "127.0.0.1", port: FreePort.find())]
            configuration.endpoints += sentinels.map { .tcp(host: "127.0.0.1", port: $0.port) }
            try await withClient(configuration) { client in
                let subscriber = RecordingSubscriber()
                client.subscribe(to: .channel("c"), subscriber)
                await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: false))
                try await client.send(RedisCommand("SET", .key("a"), 1))
                #expect(try await client.send(RedisCommand("WAIT", 1, 20_000), within: .seconds(30)).number == 1)
                try await self.awaitAgreement(of: sentinels)
                await master.stop()
                // One command waits through all of it.
                #expect(try await client.send(RedisCommand("INCR", .key("a")), within: .seconds(60)).number == 2)
                await subscriber.wait(for: .interrupted(.channel("c")))
                await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: true))
                try await client.send(RedisCommand("PUBLISH", "c", "x"))
                await subscriber.wait(for: .message("x", on: "c", .channel("c")))

                // The old master comes back, as a replica, and nobody goes to it.
                try await master.start()
                #expect(try await client.send(RedisCommand("INCR", .key("a")), within: .seconds(30)).number == 3)
            }
        }

        /// Waits until every sentinel knows the replica and the others; before that nobody is chosen.
        private func awaitAgreement(of sentinels: [ServerProcess]) async throws {
            for sentinel in sentinels {
                try await withClient(.live(sentinel)) { client in
                    while true {
                        let master = try await client.send(RedisCommand("SENTINEL", "MASTER", "mymaster"))
                        if master["num-other-sentinels"]?.number == 2, master["num-slaves"]?.number == 1 { return }
                    }
                }
            }
        }

        @Test func `A client follows a cluster that loses a primary`() async throws {
            try await TestCluster.with(replicas: 1) { cluster in
                try await withClient(cluster.configuration) { client in
                    let subscriber = RecordingSubscriber()
                    let channels = (0..<30).map { RedisSubscription.shardChannel("shard-\($0)") }
                    client.subscribe(to: channels + [.channel("plain")], subscriber)
                    await subscriber.wait { events in events.count == 31 }
                    for number in 0..<100 {
                        try await client.send(RedisCommand("SET", .key("key-\(number)"), .number(number)))
                    }
                    try await self.awaitReplicas(of: cluster)
                    await cluster.nodes[0].stop()
                    for number in 0..<100 {
                        let reply = await self.retry {
                            try await client.send(RedisCommand("GET", .key("key-\(number)")), within: .seconds(30))
                        }
                        #expect(reply?.number == number)
                    }
                    await subscriber.wait { events in
                        let interrupted = events.count { if case .interrupted = $0 { true } else { false } }
                        let resumed = events.count {
                            if case .subscribed(_, afterInterruption: true) = $0 { true } else { false }
                        }
                        return interrupted > 0 && interrupted == resumed
                    }
                    for channel in channels {
                        try await client.send(RedisCommand("SPUBLISH", .key(channel.name), "x"), within: .seconds(20))
                        await subscriber.wait(for: .message("x", on: channel.name, channel))
                    }
                    try await client.send(RedisCommand("PUBLISH", "plain", "x"))
                    await subscriber.wait(for: .message("x", on: "plain", .channel("plain")))
                }
            }
        }

        /// Tries once more what was on its way when the connection broke.
        private func retry(_ body: () async throws -> RESPValue) async -> RESPValue? {
            for _ in 0..<5 {
                if let value = try? await body() { return value }
            }
            return nil
        }

        /// Waits until each primary has a replica that has all.
        private func awaitReplicas(of cluster: TestCluster) async throws {
            for node in cluster.nodes {
                try await withClient(.live(node)) { client in
                    guard try await client.send(RedisCommand("ROLE")).elements?.first?.text == "master" else { return }
                    #expect(try await client.send(RedisCommand("WAIT", 1, 20_000), within: .seconds(30)).number == 1)
                }
            }
        }
    }
}
