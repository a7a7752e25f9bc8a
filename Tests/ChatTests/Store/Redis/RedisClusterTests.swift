// Licensed under the MIT licence.

import Chat
import ChatStores
import ChatTesting
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

/// Nodes on a real server.
@Suite(.serialized) struct RedisClusterTests {
    private func cluster(_ client: RedisClient, ttl: Duration = .milliseconds(600)) -> RedisCluster {
        RedisCluster(client, RedisClusterOptions(leaseDuration: ttl))
    }

    @Test("Who comes and goes on one node is told to the others, and read by them")
    func telling() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { first in
                try await withClient(.live(server)) { second in
                    let (a, b) = (self.cluster(first), self.cluster(second))
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
                let roster = try await b.roster(of: presence)
                #expect(roster.users.isEmpty)
                #expect(roster.lastSeen?.user == ann)
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
                    // As if its lease had ended while it was frozen.
                    _ = try await second.send(
                        RedisCommand("ZADD", "martlet:nodes", 1, .text(before.first?.string ?? ""))
                    )
                    await heardByA.wait { $0.contains(.renamed(2)) }
                    await heardByB.wait { events in
                        events.contains { if case .nodeGone = $0 { true } else { false } }
                            && events.contains {
                                if case .came(ann.id, let version) = $0 { version > 1 } else { false }
                            }
                    }
                    let roster = try await b.roster(of: lobby)
                    #expect(Set(roster.users.keys).isDisjoint(with: before))
                    #expect(roster.users.values.map { $0 } == [[ann]])
                    await a.close()
                    await b.close()
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
            server.stop()
            a.enter(ben, lobby)
            try await server.start()
            await heard.wait { $0.contains(.doubted) && $0.contains(.renamed(2)) }
            await heard.wait { events in events.contains { if case .nodeGone = $0 { true } else { false } } }
            let roster = try await a.roster(of: lobby)
            #expect(roster.users.values.map { Set($0) } == [[ann, ben]])
            await a.close()
        }
    }
}

/// Writes down what it is told, and lets a test wait for it.
private final class RecordingListener: ChatClusterListener {
    enum Event: Hashable {
        case stored(Int, String)
        case came(UserID, Int)
        case left(UserID, Int)
        case nodeGone(Int)
        case doubted
        case renamed(Int)
    }

    private struct State {
        var events: [Event] = []
        var waiters: [(@Sendable ([Event]) -> Bool, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var events: [Event] { self.state.withLock { $0.events } }

    func wait(until condition: @escaping @Sendable ([Event]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = self.state.withLock { state in
                if condition(state.events) { return true }
                state.waiters.append((condition, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    /// Asks until so many nodes have leases.
    func waitForNodes(_ count: Int, _ client: RedisClient) async {
        while (try? await client.send(RedisCommand("ZCARD", "martlet:nodes")).number) != count { await Task.yield() }
    }

    private func note(_ event: Event) {
        let ready: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            state.events.append(event)
            let events = state.events
            let ready = state.waiters.filter { $0.0(events) }.map(\.1)
            state.waiters.removeAll { $0.0(events) }
            return ready
        }
        for waiter in ready { waiter.resume() }
    }

    func stored(_ message: StoredMessage) { self.note(.stored(message.seq, message.message.id.string)) }

    func changed(_ change: RosterChange, at place: ClusterPlace) {
        switch change.event {
        case .came(let user, _): self.note(.came(user.id, change.version))
        case .left(let user, _): self.note(.left(user, change.version))
        case .nodeGone: self.note(.nodeGone(change.version))
        }
    }

    func doubted(_ place: ClusterPlace) { self.note(.doubted) }
    func renamed(_ names: Set<NodeName>) { self.note(.renamed(names.count)) }
}

extension RedisCluster {
    fileprivate func follow(_ place: ClusterPlace) async throws {
        try await withCheckedThrowingContinuation { continuation in
            self.follow(place) { continuation.resume(with: $0) }
        }
    }

    fileprivate func roster(of place: ClusterPlace) async throws -> RosterSnapshot {
        try await withCheckedThrowingContinuation { continuation in
            self.roster(of: place) { continuation.resume(with: $0) }
        }
    }

    fileprivate func close() async {
        await withCheckedContinuation { continuation in self.close { continuation.resume() } }
    }
}
