// Licensed under the MIT licence.

import Chat
import ChatTesting
import NIOCore
import RedisNIO
import RedisTesting
import Testing

@testable import ChatStores

/// What nodes put right that Redis has forgotten, or remembers though it is over: a failover loses the last writes.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RedisClusterRepairTests {
    /// A node that has announced somebody in two places and follows one, and somebody else with Redis.
    private struct Fixture {
        let server: ServerProcess
        let cluster: RedisCluster
        let heard: RecordingListener
        let hand: RedisClient
        let ann: ChatUser
        let lobby: ClusterPlace

        var name: String { self.cluster.names.first?.string ?? "" }

        /// The connections break, as they do in a failover.
        func interrupt() async throws {
            try await self.hand.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
        }
    }

    private func with(
        timeToLive: Duration = .seconds(20),
        _ body: (Fixture) async throws -> Void
    ) async throws {
        try await withServer { server in
            try await withClient(.live(server)) { client in
                try await withClient(.live(server)) { hand in
                    let cluster = RedisCluster(client, RedisClusterOptions(nodeTimeToLive: timeToLive))
                    let heard = RecordingListener()
                    cluster.start(heard)
                    let (ann, lobby) = (try user("ann"), ClusterPlace.room(try room("lobby")))
                    try await cluster.follow(lobby)
                    cluster.enter(ann, lobby)
                    await heard.wait { $0.contains(.came(ann.id, 1)) }
                    try await body(
                        Fixture(server: server, cluster: cluster, heard: heard, hand: hand, ann: ann, lobby: lobby)
                    )
                    await cluster.close()
                }
            }
        }
    }

    @Test("A user whose coming was lost is told of again")
    func lostComing() async throws {
        try await self.with { fixture in
            try await fixture.hand.send(
                RedisCommand("DEL", "martlet:room:{lobby}:members", "martlet:room:{lobby}:state")
            )
            try await fixture.hand.send(RedisCommand("DEL", .text("martlet:node:{\(fixture.name)}:places")))
            try await fixture.interrupt()
            try await fixture.cluster.awaitRoster(of: fixture.lobby, fixture.hand) { users in
                users.values.map { $0 } == [[fixture.ann]]
            }
            let places = RedisCommand("SMEMBERS", .text("martlet:node:{\(fixture.name)}:places"))
            while try await fixture.hand.send(places).elements?.compactMap(\.text) != ["room:lobby"] {}
        }
    }

    @Test("A user whose going was lost is taken away, also from where nobody is")
    func lostGoing() async throws {
        try await self.with { fixture in
            for room in ["lobby", "cellar"] {
                try await fixture.hand.send(
                    RedisCommand("HSET", .text("martlet:room:{\(room)}:members"), .text("\(fixture.name)\nben"), "ben")
                )
                try await fixture.hand.send(
                    RedisCommand("SADD", .text("martlet:node:{\(fixture.name)}:places"), .text("room:\(room)"))
                )
            }
            try await fixture.interrupt()
            try await fixture.cluster.awaitRoster(of: fixture.lobby, fixture.hand) { users in
                users.values.map { $0 } == [[fixture.ann]]
            }
            try await fixture.cluster.awaitRoster(of: .room(room("cellar")), fixture.hand) { $0.isEmpty }
            let places = RedisCommand("SMEMBERS", .text("martlet:node:{\(fixture.name)}:places"))
            while try await fixture.hand.send(places).elements?.compactMap(\.text) != ["room:lobby"] {}
        }
    }

    @Test("What a node has left that has no lease at all is not told, and taken away by who reads it")
    func leaseless() async throws {
        try await self.with { fixture in
            for node in ["dead.1", "alive.1"] {
                try await fixture.hand.send(
                    RedisCommand("HSET", "martlet:room:{lobby}:members", .text("\(node)\nben"), "ben")
                )
            }
            try await fixture.hand.send(RedisCommand("ZADD", "martlet:nodes", 9_000_000_000_000, "alive.1"))
            let roster = try await fixture.cluster.roster(of: fixture.lobby)
            #expect(Set(roster.users.keys) == fixture.cluster.names.union([NodeName("alive.1")]))
            await fixture.heard.wait { $0.contains(.nodeGone(2)) }
            let fields = try await fixture.hand.send(RedisCommand("HKEYS", "martlet:room:{lobby}:members"))
            #expect(Set(fields.elements?.compactMap(\.text) ?? []) == ["alive.1\nben", "\(fixture.name)\nann"])
        }
    }

    @Test("What is lost behind the lease, with no connection, is found with the next lease")
    func lostBehindTheLease() async throws {
        try await self.with(timeToLive: .milliseconds(300)) { fixture in
            try await fixture.hand.send(RedisCommand("CONFIG", "SET", "maxmemory", 1))
            while await fixture.cluster.holdsLease { await Task.yield() }
            let count = fixture.heard.events.count
            try await fixture.hand.send(RedisCommand("FLUSHALL"))
            try await fixture.hand.send(RedisCommand("CONFIG", "SET", "maxmemory", 0))
            await fixture.heard.wait { $0.dropFirst(count).contains(.doubted) }
        }
    }

    @Test("After an interruption every place that is followed is read again, once, in pieces")
    func doubts() async throws {
        try await self.with { fixture in
            let rooms = try (0..<300).map { ClusterPlace.room(try room("r\($0)")) }
            for room in rooms { try await fixture.cluster.follow(room) }
            try await fixture.hand.send(RedisCommand("CLIENT", "KILL", "TYPE", "pubsub"))
            await fixture.heard.wait { events in events.filter { $0 == .doubted }.count == 301 }
            #expect(!fixture.heard.events.contains(.renamed(2)))
        }
    }
}
