// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct LivenessTests {
    private static let wires: [RedisBusOptions.Wire] = [.classic, .sharded]

    private static func isAnswer(_ channel: String) -> Bool { channel.hasPrefix("socket.io-response") }

    @Test("A node that dies while it is asked is not waited for", arguments: Self.wires)
    func death(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        let clients = (0..<3).map { fixture.client(node: $0) }
        fixture.redis.freeze("n2")
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { fixture.redis.published.count >= 2 }
        fixture.redis.kill("n2")
        fixture.loop.advance(by: .milliseconds(600))
        #expect(try await fixture.loop.finish { try await fetching.value }.count == 2)
        #expect(clients.count == 3)
    }

    @Test("A node that dies after it has answered makes nobody be forgotten")
    func deathAfterAnswer() async throws {
        let fixture = RedisFixture(nodes: 4)
        let clients = (0..<4).map { fixture.client(node: $0) }
        // The answer of n3 is late.
        let late = Recorder<ByteBuffer>()
        fixture.redis.lose { channel, body, _ in
            guard Self.isAnswer(channel), String(buffer: body).contains(fixture.buses[3].node.name) else {
                return false
            }
            late.add(body)
            return true
        }
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { fixture.redis.published.count >= 4 }
        fixture.redis.kill("n1")
        fixture.loop.advance(by: .milliseconds(1_600))
        fixture.redis.lose { _, _, _ in false }
        fixture.redis.publish(late.all[0], on: "socket.io-response#/#")
        #expect(try await fixture.loop.finish { try await fetching.value }.count == 4)
        #expect(clients.count == 4)
    }

    @Test("A node that stands still is missing when the time is up", arguments: Self.wires)
    func frozen(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        fixture.redis.freeze("n2")
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { fixture.redis.published.count >= 2 }
        fixture.loop.advance(by: .seconds(5))
        await #expect(throws: ClusterError.missingAnswers(from: 1)) {
            try await fixture.loop.finish { try await fetching.value }
        }
    }

    @Test("Acknowledgements that a node owed when it died are missing", arguments: Self.wires)
    func debts(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        let clients = (0..<3).map { fixture.client(node: $0) }
        let main = fixture.main(0)
        let asking = Task { try await main.broadcast.timeout(.seconds(30)).emitWithAck("ask") }
        for client in clients { #expect(await client.take(atLeast: 1).count == 1) }
        for client in clients.dropLast() { client.send("30[]") }
        fixture.redis.kill("n2")
        fixture.loop.advance(by: .milliseconds(600))
        let answers = try await fixture.loop.finish { try await asking.value }
        #expect(answers.replies.count == 2 && answers.missing == 1)
    }

    @Test("Without Redis a question has no answers but this node's, and it is said at once", arguments: Self.wires)
    func disconnected(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        fixture.redis.interrupt("n0")
        let main = fixture.main(0)
        await #expect(throws: ClusterError.missingAnswers(from: 1)) {
            try await fixture.loop.finish { try await main.broadcast.fetchSockets() }
        }
        #expect(fixture.buses[0].statistics.failed == 1)
    }

    @Test("Whoever watches everything is not waited for")
    func monitor() async throws {
        let fixture = RedisFixture()
        fixture.redis.monitor()
        let main = fixture.main(0)
        #expect(try await fixture.loop.finish { try await main.broadcast.fetchSockets() }.isEmpty)
    }

    @Test("Where Redis does not tell how many got a message, it is asked how many there are", arguments: Self.wires)
    func cluster(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        let clients = (0..<3).map { fixture.client(node: $0) }
        fixture.redis.stopCountingReceivers()
        let main = fixture.main(0)
        #expect(try await fixture.loop.finish { try await main.broadcast.fetchSockets() }.count == clients.count)
    }

    @Test("Whatever is lost on the way, every request ends in its time, once", arguments: 0..<40 as Range<UInt64>)
    func losses(seed: UInt64) {
        let fixture = RedisFixture(seed: seed)
        var generator = SeededGenerator(seed: seed)
        let clients = (0..<3).map { fixture.client(node: $0, shard: $0 % 2) }
        let rate = Int.random(in: 0...60, using: &generator)
        fixture.redis.lose { channel, body, name in
            // Of a message and a receiver it is the same in each run.
            var hash = seed &+ 1
            for byte in Array(channel.utf8) + Array(name.utf8) + [UInt8(truncatingIfNeeded: body.readableBytes)] {
                hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
            }
            return hash % 100 < rate
        }
        let ended = Recorder<Int>()
        for number in 0..<20 {
            let adapter = fixture.adapter(Int.random(in: 0..<3, using: &generator))
            let event = BroadcastEvent(namespace: "/", name: "ask", arguments: ByteBuffer())
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: adapter.fetchSockets(BroadcastTarget()) { _ in ended.add(number) }
            case 1:
                adapter.broadcast(event, to: BroadcastTarget(), answersWithin: .seconds(2)) { _ in ended.add(number) }
            default:
                adapter.serverSideEmit(ServerSideMessage(name: "none"), answersWithin: .seconds(1)) { _ in
                    ended.add(number)
                }
            }
            if Int.random(in: 0..<15, using: &generator) == 0 { fixture.redis.kill("n2") }
            if Int.random(in: 0..<15, using: &generator) == 0 { fixture.redis.interrupt("n1") }
            if Int.random(in: 0..<5, using: &generator) == 0 { fixture.redis.resume("n1") }
            fixture.loop.advance(by: .milliseconds(Int64.random(in: 0...300, using: &generator)))
        }
        fixture.loop.advance(by: .seconds(5))
        #expect(ended.all.sorted() == Array(0..<20), "seed \(seed)")
        #expect(clients.count == 3)
        fixture.loop.advance(by: .seconds(1))
    }
}
