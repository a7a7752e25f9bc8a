// Licensed under the MIT licence.

import Chat
import ChatTesting
import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

@testable import ChatStores

/// Nodes on a real server.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RedisClusterTests {
    private func cluster(_ client: RedisClient, ttl: Duration = .seconds(3)) -> RedisCluster {
        var options = RedisClusterOptions(nodeTimeToLive: ttl)
        options.trialPeriod = .seconds(1)
        return RedisCluster(client, options)
    }

    @Test("Who comes and goes on one node is told to the others, and read by them")
    func telling() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { first in
                try await withClient(.live(server)) { second in
                    let (a, b) = (self.cluster(first, ttl: .seconds(20)), self.cluster(second, ttl: .seconds(20)))
                    let (heardByA, heardByB) = (RecordingListener(), RecordingListener())
                    a.start(heardByA)
                    b.start(heardByB)
                    let lobby = ClusterPlace.room(try room())
                    try await b.follow(lobby)
                    let (ann, ben) = (try user("ann", "Ann"), try user("ben"))
                    a.enter(ann, lobby)
                    await heardByB.wait { $0.contains(.came(ann.id, 1)) }
                    b.enter(ben, lobby)
                    await heardByB.wait { $0.contains(.came(ben.id, 2)) }
                    let roster = try await a.roster(of: lobby)
                    #expect(roster.version == 2)
                    #expect(roster.users == [try #require(a.names.first): [ann], try #require(b.names.first): [ben]])
                    a.exit(ann, lobby)
                    await heardByB.wait { $0.contains(.left(ann.id, 3)) }
                    #expect(heardByA.events.isEmpty, "what is not followed is not told")
                    let store = RedisStore(first)
                    _ = try await store.append(message(id: "m1"))
                    await heardByB.wait { $0.contains(.stored(1, "m1")) }
                    await a.close()
                    await b.close()
                    #expect(try await first.send(RedisCommand("ZCARD", "martlet:nodes")).number == 0)
                }
            }
        }
    }

    @Test("A node that dies is taken away from all places, once, and its users were seen")
    func death() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { second in
                let b = self.cluster(second)
                let heard = RecordingListener()
                b.start(heard)
                let ann = try user("ann", "Ann")
                let (lobby, presence) = (ClusterPlace.room(try room("lobby")), ClusterPlace.user(ann.id))
                try await b.follow(lobby)
                try await b.follow(presence)
                let dead = try await withClient(.live(server)) { first in
                    let a = self.cluster(first)
                    a.start(RecordingListener())
                    a.enter(ann, lobby)
                    a.enter(ann, presence)
                    await heard.wait { $0.filter { $0 == .came(ann.id, 1) }.count == 2 }
                    return a.names.first
                }
                await heard.wait { $0.filter { $0 == .nodeGone(2) }.count == 2 }
                #expect(try await b.roster(of: presence).users.isEmpty)
                #expect(try await RedisStore(second).lastSeen(of: ann.id)?.user == ann)
                #expect(dead.map { b.names.contains($0) } == false)
                await heard.waitForNodes(1, second)
                #expect(heard.events.filter { if case .nodeGone = $0 { true } else { false } }.count == 2)
                await b.close()
            }
        }
    }

    @Test("A node that was given up is called something else, and announces everything again")
    func givenUp() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { first in
                try await withClient(.live(server)) { second in
                    let (a, b) = (self.cluster(first), self.cluster(second))
                    let (heardByA, heardByB) = (RecordingListener(), RecordingListener())
                    a.start(heardByA)
                    b.start(heardByB)
                    let lobby = ClusterPlace.room(try room())
                    try await b.follow(lobby)
                    let ann = try user("ann")
                    a.enter(ann, lobby)
                    await heardByB.wait { $0.contains(.came(ann.id, 1)) }
                    let before = a.names
                    // As if its lease had ended while it was frozen, and another had seen it.
                    _ = try await second.send(
                        RedisCommand("ZADD", "martlet:nodes", 0, .text(before.first?.string ?? ""))
                    )
                    await heardByA.wait { $0.contains(.renamed(2)) }
                    await heardByB.wait { events in
                        events.contains { if case .nodeGone = $0 { true } else { false } }
                            && events.contains {
                                if case .came(ann.id, let version) = $0 { version > 1 } else { false }
                            }
                    }
                    try await b.awaitRoster(of: lobby, second) { users in
                        before.isDisjoint(with: users.keys) && users.values.map { $0 } == [[ann]]
                    }
                    await a.close()
                    await b.close()
                }
            }
        }
    }

    @Test("While Redis is away for longer than leases last, nobody goes")
    func outage() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { first in
                try await withClient(.live(server)) { second in
                    let (a, b) = (self.cluster(first), self.cluster(second))
                    let (heardByA, heardByB) = (RecordingListener(), RecordingListener())
                    a.start(heardByA)
                    b.start(heardByB)
                    let lobby = ClusterPlace.room(try room())
                    try await a.follow(lobby)
                    try await b.follow(lobby)
                    let (ann, ben) = (try user("ann"), try user("ben"))
                    a.enter(ann, lobby)
                    b.enter(ben, lobby)
                    for heard in [heardByA, heardByB] {
                        await heard.wait { $0.count { if case .came = $0 { true } else { false } } == 2 }
                    }
                    server.signal(SIGSTOP)
                    // All leases end meanwhile.
                    try await first.pass(.seconds(4))
                    #expect(await !a.holdsLease)
                    #expect(await !b.holdsLease)
                    server.signal(SIGCONT)
                    // Longer than either would wait to give the other up.
                    try await first.pass(.seconds(3))
                    for heard in [heardByA, heardByB] {
                        #expect(
                            !heard.events.contains { event in
                                switch event {
                                case .renamed, .nodeGone, .left: true
                                default: false
                                }
                            }
                        )
                    }
                    #expect(try await Set(a.roster(of: lobby).users.values.joined()) == [ann, ben])
                    await a.close()
                    await b.close()
                }
            }
        }
    }

    @Test(
        "Whatever an id begins with, its place is found again by its name",
        arguments: ["\u{301}", "\u{200d}", "\u{fe0f}", ":", "x"]
    )
    func names(_ beginning: String) throws {
        for place in [ClusterPlace.room(try room(beginning + "a")), .user(try user(beginning + "a").id)] {
            #expect(ClusterPlace(name: place.name) == place)
        }
        #expect(ClusterPlace(name: "rooma" + beginning) == nil)
        #expect(ClusterPlace(name: "room") == nil)
    }

    @Test("A node that dies is given up within its time by two renewals of another", arguments: [1, 3, 4, 15, 60])
    func times(_ seconds: Int64) {
        let lease = NodeLease(stem: "n", timeToLive: .seconds(seconds), trialPeriod: .seconds(6))
        #expect(lease.duration + lease.renewalInterval + lease.renewalInterval <= .seconds(seconds))
        #expect(lease.renewalInterval + lease.renewalInterval < lease.duration)
    }

    @Test("Rooms whose names are the same text in other bytes are followed both")
    func equivalentNames() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { client in
                let cluster = self.cluster(client, ttl: .seconds(20))
                let heard = RecordingListener()
                cluster.start(heard)
                let store = RedisStore(client)
                let names = ["\u{e9}", "e\u{301}"]
                for name in names { try await cluster.follow(.room(room(name))) }
                for (index, name) in names.enumerated() {
                    _ = try await store.append(message(id: "m\(index)", in: room(name)))
                }
                await heard.wait { $0.contains(.stored(1, "m0")) && $0.contains(.stored(1, "m1")) }
                await cluster.close()
            }
        }
    }

    @Test("What a node tells under a name that it has lost is taken back")
    func toldTooLate() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { first in
                try await withClient(.live(server)) { second in
                    let a = self.cluster(first)
                    let heard = RecordingListener()
                    a.start(heard)
                    let lobby = ClusterPlace.room(try room())
                    let keys = RedisKeys(prefix: "martlet:")
                    a.enter(try user("ann"), lobby)
                    while try await second.send(RedisCommand("HLEN", .key(keys.members(lobby)))).number != 1 {
                        await Task.yield()
                    }
                    let name = try #require(a.names.first)
                    // As if others had cleared up after the name by the time that Redis hears of somebody.
                    _ = try await second.send(RedisCommand("DEL", .key(keys.places(of: name))))
                    server.signal(SIGSTOP)
                    a.enter(try user("ben"), lobby)
                    async let givenUp = second.send(RedisCommand("ZADD", "martlet:nodes", 0, .text(name.string)))
                    server.signal(SIGCONT)
                    _ = try await givenUp
                    await heard.wait { $0.contains(.renamed(2)) }
                    let end = ContinuousClock.now + .seconds(30)
                    var nodes: [String] = []
                    repeat {
                        let fields = try await second.send(RedisCommand("HKEYS", .key(keys.members(lobby)))).elements
                        nodes = (fields ?? []).compactMap { $0.text?.split(separator: "\n").first.map(String.init) }
                        await Task.yield()
                    } while (nodes.count != 2 || nodes.contains(name.string)) && ContinuousClock.now < end
                    #expect(nodes.count == 2 && !nodes.contains(name.string))
                    await a.close()
                }
            }
        }
    }

    @Test("When Redis has lost everything, what is here is announced again")
    func lostRedis() async throws {
        let server = try ServerProcess()
        defer { server.remove() }
        try await server.start()
        try await withClient(.live(server)) { client in
            let a = self.cluster(client)
            let heard = RecordingListener()
            a.start(heard)
            let (ann, ben) = (try user("ann"), try user("ben"))
            let lobby = ClusterPlace.room(try room())
            try await a.follow(lobby)
            a.enter(ann, lobby)
            await heard.wait { $0.contains(.came(ann.id, 1)) }
            await server.stop()
            a.enter(ben, lobby)
            try await server.start()
            await heard.wait { $0.contains(.doubted) && $0.contains(.renamed(2)) }
            // What was on its way under the old name may come first; nobody has a lease of that name.
            try await a.awaitRoster(of: lobby, client) { $0.values.map { Set($0) } == [[ann, ben]] }
            await a.close()
        }
    }
}

extension RedisClient {
    /// Lets time go by: what must not happen is seen by nothing else.
    fileprivate func pass(_ time: TimeAmount) async throws {
        try await self.eventLoop.scheduleTask(in: time) {}.futureResult.get()
    }
}
