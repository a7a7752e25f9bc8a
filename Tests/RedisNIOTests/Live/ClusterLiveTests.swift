// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Testing

extension LiveTests {
    @Suite(.timeLimit(.minutes(15)))
    struct ClusterLiveTests {
        @Test func `Commands find their nodes, and a slot that moves`() async throws {
            try await TestCluster.with { cluster in
                try await withClient(cluster.configuration) { client in
                    for number in 0..<50 {
                        try await client.send(RedisCommand("SET", .key("key-\(number)"), .number(number)))
                    }
                    for number in 0..<50 {
                        #expect(try await client.send(RedisCommand("GET", .key("key-\(number)"))).number == number)
                    }
                    #expect(client.isReady)
                    let sizes = await client.sendToAllPrimaries(RedisCommand("DBSIZE"))
                    #expect(sizes.count == 3)
                    #expect(sizes.compactMap { try? $0.result.get().number }.reduce(0, +) == 50)
                    #expect(try await client.send(RedisCommand("PING")).text == "PONG")
                    #expect(
                        try await client.send(RedisCommand("MGET", .key("{a}1"), .key("{a}2"))).elements?.count == 2
                    )

                    let error = await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand("MGET", .key("a"), .key("b")))
                    }
                    #expect(error?.code == .differentSlots)
                    let script = RedisScript("return redis.call('INCR', KEYS[1])")
                    let answers = try await client.send(transaction: [
                        RedisCommand("SET", .key("{t}1"), 1), RedisCommand(script, keys: ["{t}1"]),
                    ])
                    #expect(answers.last?.number == 2)
                    try await self.moveSlot(of: "{moving}", in: cluster, client, script)
                }
            }
        }

        /// Moves a slot under a client that goes on with its commands and its subscription.
        private func moveSlot(
            of tag: String,
            in cluster: TestCluster,
            _ client: RedisClient,
            _ script: RedisScript
        ) async throws {
            let slot = Int(HashSlot(key: tag).number)
            let subscriber = RecordingSubscriber()
            let channel = RedisSubscription.shardChannel("\(tag)shard")
            client.subscribe(to: channel, subscriber)
            await subscriber.wait(for: .subscribed(channel, afterInterruption: false))
            try await client.send(RedisCommand("SET", .key("\(tag)old"), "1"))

            let owners = try await self.owners(of: "\(tag)old", in: cluster)
            try await withClient(.live(owners.has)) { from in
                try await withClient(.live(owners.others[0])) { to in
                    try await cluster.move(slot, keys: ["\(tag)old", "\(tag)new"], from: from, to: to) {
                        // The key that is not there yet is asked for (ASK), the other is still here.
                        #expect(try await client.send(RedisCommand("GET", .key("\(tag)old"))).text == "1")
                        try await client.send(RedisCommand("SET", .key("\(tag)asked"), "2"))
                        #expect(try await client.send(RedisCommand(script, keys: ["\(tag)asked"])).number == 3)
                        let answers = try await client.send(transaction: [
                            RedisCommand("INCR", .key("\(tag)asked")), RedisCommand("INCR", .key("\(tag)asked")),
                        ])
                        #expect(answers.map(\.number) == [4, 5])
                        #expect(client.counters.redirections >= 3)
                    }
                    #expect(try await client.send(RedisCommand("GET", .key("\(tag)old"))).text == "1")
                    #expect(try await client.send(RedisCommand("GET", .key("\(tag)asked"))).number == 5)
                    #expect(try await to.send(RedisCommand("GET", .key("\(tag)asked"))).number == 5)
                }
            }
            await subscriber.wait(for: .interrupted(channel))
            await subscriber.wait(for: .subscribed(channel, afterInterruption: true))
            try await client.send(RedisCommand("SPUBLISH", .key("\(tag)shard"), "moved"))
            await subscriber.wait(for: .message("moved", on: "\(tag)shard", channel))
        }

        private func owners(
            of key: String,
            in cluster: TestCluster
        ) async throws -> (has: ServerProcess, others: [ServerProcess]) {
            for (index, node) in cluster.nodes.enumerated() {
                let has = try await withClient(.live(node)) { client in
                    (try? await client.send(RedisCommand("EXISTS", .key(key))).number) == 1
                }
                if has {
                    var others = cluster.nodes
                    others.remove(at: index)
                    return (node, others)
                }
            }
            throw ServerProcess.Failure(description: "no node has the key")
        }
    }
}
