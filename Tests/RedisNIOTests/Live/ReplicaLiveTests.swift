// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Testing

extension LiveTests {
    @Suite(.timeLimit(.minutes(15)))
    struct ReplicaLiveTests {
        private static func confirming(_ primary: ServerProcess, within timeout: TimeAmount) -> RedisConfiguration {
            var configuration = RedisConfiguration.live(primary)
            configuration.confirmation = ReplicaConfirmation(replicas: 1, timeout: timeout)
            return configuration
        }

        @Test func `Answers wait for a replica, many of them for one word of it`() async throws {
            let primary = try ServerProcess(["--repl-diskless-sync-delay", "0"])
            defer { primary.remove() }
            try await primary.start()
            let replica = try ServerProcess(["--replicaof", "127.0.0.1", "\(primary.port)"])
            defer { replica.remove() }
            try await replica.start()
            try await withClient(.live(primary)) { client in
                // The replica counts once it has caught up, with something to catch up with.
                try await client.send(RedisCommand("SET", .key("caught"), "up"))
                while try await client.send(RedisCommand("WAIT", 1, 1_000)).number != 1 {}
                try await withClient(Self.confirming(primary, within: .seconds(20))) { confirming in
                    try await confirming.send(RedisCommand("SET", .key("a"), 1))
                    // What the server refuses is told at once, and as it is.
                    let refusal = await #expect(throws: RedisError.self) {
                        try await confirming.send(RedisCommand("LPUSH", .key("a"), 1))
                    }
                    #expect(refusal?.serverCode == "WRONGTYPE")
                    await withTaskGroup(of: Bool.self) { group in
                        for _ in 0..<500 {
                            group.addTask {
                                (try? await confirming.send(RedisCommand("INCR", .key("a")))) != nil
                            }
                        }
                        for await isDone in group { #expect(isDone) }
                    }
                    #expect(try await confirming.send(RedisCommand("GET", .key("a"))).number == 501)
                    let waits = try await client.send(RedisCommand("INFO", "commandstats")).text?
                        .split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_wait:calls=") }
                    let count = waits?.dropFirst(19).prefix { $0 != "," }
                    #expect(try #require(count.flatMap { Int($0) }) < 300)
                }
                try await withClient(Self.confirming(primary, within: .milliseconds(300))) { confirming in
                    replica.signal(SIGSTOP)
                    let error = await #expect(throws: RedisError.self) {
                        try await confirming.send(RedisCommand("INCR", .key("a")))
                    }
                    #expect(error?.code == .notReplicated)
                    #expect(error?.outcome == .unknown)
                    replica.signal(SIGCONT)
                    while (try? await confirming.send(RedisCommand("INCR", .key("a")))) == nil {}

                    // A connection that is lost takes what was held with it.
                    replica.signal(SIGSTOP)
                    let lost = Task {
                        try await confirming.send(RedisCommand("INCR", .key("a")), within: .seconds(5))
                    }
                    await primary.stop()
                    let loss = await #expect(throws: RedisError.self) { try await lost.value }
                    #expect(loss?.outcome == .unknown || loss?.code == .timedOut)
                    replica.signal(SIGCONT)
                }
            }
        }
    }
}
