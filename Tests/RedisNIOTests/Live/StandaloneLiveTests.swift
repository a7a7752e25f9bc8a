// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

extension LiveTests {
    @Suite(.timeLimit(.minutes(15)))
    struct StandaloneLiveTests {
        @Test(arguments: [RedisConfiguration.ProtocolVersion.resp2, .resp3])
        func `Commands, scripts and transactions are answered`(version: RedisConfiguration.ProtocolVersion) async throws
        {
            try await withServer { server in
                var configuration = RedisConfiguration.live(server)
                configuration.protocolVersion = version
                configuration.clientName = "martlet"
                configuration.database = 3
                try await withClient(configuration) { client in
                    #expect(try await client.send(RedisCommand("SET", .key("a"), "1")).text == "OK")
                    #expect(try await client.send(RedisCommand("GET", .key("a"))).text == "1")
                    #expect(try await client.send(RedisCommand("GET", .key("none"))).isNull)
                    #expect(try await client.send(RedisCommand("INCR", .key("a"))).number == 2)
                    #expect(try await client.send(RedisCommand("CLIENT", "GETNAME")).text == "martlet")
                    let info = try await client.send(RedisCommand("CLIENT", "INFO")).text ?? ""
                    #expect(info.contains("db=3"))
                    #expect(info.contains(version == .resp3 ? "resp=3" : "resp=2"))
                    try await client.send(RedisCommand("HSET", .key("h"), "x", "1", "y", "2"))
                    let map = try await client.send(RedisCommand("HGETALL", .key("h")))
                    #expect(map["x"]?.number == 1)
                    #expect(map["y"]?.text == "2")

                    let script = RedisScript("return {KEYS[1], ARGV[1]}")
                    for _ in 0..<3 {
                        let reply = try await client.send(RedisCommand(script, keys: ["k"], arguments: ["v"]))
                        #expect(reply.elements?.map(\.text) == ["k", "v"])
                    }
                    try await client.send(RedisCommand("SCRIPT", "FLUSH"))
                    let again = try await client.send(RedisCommand(script, keys: ["k"], arguments: ["w"]))
                    #expect(again.elements?.map(\.text) == ["k", "w"])

                    let answers = try await client.send(transaction: [
                        RedisCommand("INCR", .key("a")), RedisCommand("LPUSH", .key("a"), "x"),
                        RedisCommand(script, keys: ["q"], arguments: [7]),
                    ])
                    #expect(answers.first?.number == 3)
                    #expect(answers.dropFirst().first?.isError == true)
                    #expect(answers.last?.elements?.last?.text == "7")
                }
            }
        }

        @Test func `What the server refuses says so, and whether anything was done`() async throws {
            try await withServer { server in
                try await withClient(.live(server)) { client in
                    try await client.send(RedisCommand("SET", .key("a"), "x"))
                    var error = await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand("INCR", .key("a")))
                    }
                    #expect(error?.code == .server)
                    #expect(error?.serverCode == "ERR")
                    #expect(error?.outcome == .notDone)
                    // The first error says why, not that the transaction was refused.
                    error = await #expect(throws: RedisError.self) {
                        try await client.send(transaction: [RedisCommand("NONE"), RedisCommand("SET", .key("b"), "1")])
                    }
                    #expect(error?.serverCode == "ERR")
                    #expect(try await client.send(RedisCommand("EXISTS", .key("b"))).number == 0)
                    // A script that fails in its middle has done its first half.
                    let script = RedisScript("redis.call('SET', KEYS[1], 1) return redis.call('INCR', KEYS[2])")
                    error = await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand(script, keys: ["c", "a"]))
                    }
                    #expect(error?.outcome == .unknown)
                    #expect(try await client.send(RedisCommand("EXISTS", .key("c"))).number == 1)
                }
            }
        }

        @Test func `Thousands of commands of one thread keep their order`() async throws {
            try await withServer { server in
                try await withClient(.live(server)) { client in
                    let order = Mutex<[Int]>([])
                    await withCheckedContinuation { continuation in
                        for number in 1...5_000 {
                            client.send(RedisCommand("INCR", .key("n"))) { result in
                                order.withLock { $0.append((try? result.get().number) ?? -1) }
                                if number == 5_000 { continuation.resume() }
                            }
                        }
                    }
                    #expect(order.withLock { $0.elementsEqual(1...5_000) })
                    #expect(client.counters.replies == 5_000)
                }
            }
        }

        @Test(arguments: [RedisConfiguration.ProtocolVersion.resp2, .resp3])
        func `Channels, patterns and sharded channels bring messages`(
            version: RedisConfiguration.ProtocolVersion
        ) async throws {
            try await withServer { server in
                var configuration = RedisConfiguration.live(server)
                configuration.protocolVersion = version
                try await withClient(configuration) { client in
                    let first = RecordingSubscriber()
                    let second = RecordingSubscriber()
                    client.subscribe(to: [.channel("news"), .pattern("n*"), .shardChannel("shard")], first)
                    client.subscribe(to: .channel("news"), second)
                    await first.wait { events in events.count == 3 }
                    await second.wait(for: .subscribed(.channel("news"), afterInterruption: false))
                    try await client.send(RedisCommand("PUBLISH", "news", "hello"))
                    try await client.send(RedisCommand("SPUBLISH", .key("shard"), "there"))
                    await first.wait(for: .message("hello", on: "news", .channel("news")))
                    await first.wait(for: .message("hello", on: "news", .pattern("n*")))
                    await first.wait(for: .message("there", on: "shard", .shardChannel("shard")))
                    await second.wait(for: .message("hello", on: "news", .channel("news")))
                    #expect(try await client.send(RedisCommand("PUBSUB", "NUMSUB", "news")).elements?.last?.number == 1)

                    client.unsubscribe(from: .channel("news"), first)
                    client.subscribe(to: .channel("other"), first)
                    await first.wait(for: .subscribed(.channel("other"), afterInterruption: false))
                    try await client.send(RedisCommand("PUBLISH", "news", "again"))
                    await second.wait(for: .message("again", on: "news", .channel("news")))
                    client.unsubscribe(from: .channel("news"), second)
                    client.subscribe(to: .channel("last"), second)
                    await second.wait(for: .subscribed(.channel("last"), afterInterruption: false))
                    #expect(try await client.send(RedisCommand("PUBLISH", "news", "nobody")).number == 1)
                    #expect(first.messages.filter { $0 == "again" }.count == 1)
                }
            }
        }

        @Test func `Channels whose names look alike are two`() async throws {
            try await withServer { server in
                try await withClient(.live(server)) { client in
                    let subscriber = RecordingSubscriber()
                    let composed = RedisSubscription.channel("\u{e9}")
                    let decomposed = RedisSubscription.channel("e\u{301}")
                    client.subscribe(to: [composed, decomposed], subscriber)
                    await subscriber.wait(for: .subscribed(composed, afterInterruption: false))
                    await subscriber.wait(for: .subscribed(decomposed, afterInterruption: false))
                    for channel in [composed, decomposed] {
                        let count = try await client.send(RedisCommand("PUBLISH", .text(channel.name), "both")).number
                        #expect(count == 1)
                    }
                    client.unsubscribe(from: composed, subscriber)
                    client.subscribe(to: .channel("other"), subscriber)
                    await subscriber.wait(for: .subscribed(.channel("other"), afterInterruption: false))
                    try await client.send(RedisCommand("PUBLISH", .text(composed.name), "gone"))
                    try await client.send(RedisCommand("PUBLISH", .text(decomposed.name), "there"))
                    await subscriber.wait { events in
                        events.contains { if case .message("there", _, decomposed) = $0 { true } else { false } }
                    }
                    #expect(subscriber.messages == ["both", "both", "there"])
                }
            }
        }

        @Test func `Thousands of channels are subscribed to, and again after a restart`() async throws {
            try await withServer { server in
                try await withClient(.live(server)) { client in
                    let subscriber = RecordingSubscriber()
                    let channels = (0..<3_000).map { RedisSubscription.channel("room-\($0)") }
                    client.subscribe(to: channels, subscriber)
                    await subscriber.wait { events in events.count == 3_000 }
                    await server.stop()
                    await subscriber.wait { events in events.count == 6_000 }
                    try await server.start()
                    await subscriber.wait { events in events.count == 9_000 }
                    let events = subscriber.events
                    #expect(events[3_000..<6_000].allSatisfy { if case .interrupted = $0 { true } else { false } })
                    #expect(Set(events[6_000...]) == Set(channels.map { .subscribed($0, afterInterruption: true) }))
                    try await client.send(RedisCommand("PUBLISH", "room-77", "x"))
                    await subscriber.wait(for: .message("x", on: "room-77", .channel("room-77")))
                }
            }
        }
    }
}
