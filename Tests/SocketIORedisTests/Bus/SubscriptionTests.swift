// Licensed under the MIT licence.

import Logging
import NIOCore
import RedisNIO
import RedisTesting
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct SubscriptionTests {
    private static let room = "socket.io#/#r#"

    private func fixture() -> RedisFixture {
        let fixture = RedisFixture(nodes: 1)
        fixture.main(0).onInline("join") { socket, _ in socket.join("r") }
        fixture.main(0).onInline("leave") { socket, _ in socket.leave("r") }
        return fixture
    }

    @Test("A namespace subscribes to its channels, and one pattern for sockets' ids")
    func namespace() {
        let fixture = RedisFixture(nodes: 1)
        let node = fixture.buses[0].node
        #expect(
            fixture.redis.topics(of: "n0") == [
                .channel("socket.io#/#"), .pattern("socket.io#/#[!-~]???????????????????#"),
                .channel("socket.io-request#/#"), .channel("socket.io-response#/#"),
                .channel("socket.io-response#/#\(node)#"),
            ]
        )
        _ = fixture.servers[0].of("/a*b")
        #expect(fixture.redis.topics(of: "n0").contains(.pattern(#"socket.io#/a\*b#[!-~]???????????????????#"#)))
        #expect(fixture.redis.topics(of: "n0").contains(.pattern(#"socket.io#/a\*b#/a\*b#[!-~]???????????????????#"#)))
    }

    @Test("The first member subscribes, the last unsubscribes after a while")
    func members() {
        let fixture = self.fixture()
        let clients = (0..<3).map { fixture.client(node: 0, shard: $0 % 2) }
        for client in clients { client.send(#"2["join"]"#) }
        #expect(fixture.redis.commands == ["n0 + \(Self.room)"])
        for client in clients { client.send(#"2["leave"]"#) }
        fixture.loop.advance(by: .milliseconds(400))
        #expect(fixture.redis.commands == ["n0 + \(Self.room)"])
        fixture.loop.advance(by: .milliseconds(1_000))
        #expect(fixture.redis.commands == ["n0 + \(Self.room)", "n0 - \(Self.room)"])
        clients[0].send(#"2["join"]"#)
        clients[0].end()
        fixture.loop.advance(by: .seconds(2))
        #expect(fixture.redis.commands.count == 4)
    }

    @Test("A room that empties and fills again stays subscribed", arguments: 0..<50 as Range<UInt64>)
    func flapping(seed: UInt64) {
        let fixture = RedisFixture(nodes: 1, shards: 3, seed: seed)
        fixture.main(0).onInline("join") { socket, _ in socket.join("r") }
        fixture.main(0).onInline("leave") { socket, _ in socket.leave("r") }
        var generator = SeededGenerator(seed: seed)
        let clients = (0..<6).map { fixture.client(node: 0, shard: $0 % 3) }
        var members: Set<Int> = []
        for _ in 0..<60 {
            let index = Int.random(in: 0..<6, using: &generator)
            let isJoin = Bool.random(using: &generator)
            if isJoin { members.insert(index) } else { members.remove(index) }
            clients[index].connection.receive(.init(text: ByteBuffer(string: isJoin ? #"2["join"]"# : #"2["leave"]"#)))
            if Int.random(in: 0..<4, using: &generator) == 0 {
                fixture.loop.advance(by: .milliseconds(Int64.random(in: 0...700, using: &generator)))
            }
        }
        fixture.loop.advance(by: .seconds(2))
        #expect(fixture.redis.topics(of: "n0").contains(.channel(Self.room)) == !members.isEmpty, "seed \(seed)")
    }

    @Test("Rooms whose names look alike have channels of their own")
    func normalization() {
        let fixture = RedisFixture(nodes: 1)
        let rooms = [Room("caf\u{e9}"), Room("cafe\u{301}")]
        fixture.main(0).onInline("leave") { socket, _ in socket.leave(rooms[0]) }
        fixture.main(0).onConnectInline { $0.join(rooms[0], rooms[1]) }
        let client = fixture.client(node: 0)
        let topics = rooms.map { RedisSubscription.channel("socket.io#/#\($0.name)#") }
        #expect(fixture.redis.topics(of: "n0").isSuperset(of: topics) && Set(topics).count == 2)
        client.send(#"2["leave"]"#)
        fixture.loop.advance(by: .seconds(2))
        #expect(fixture.redis.topics(of: "n0").intersection(topics) == [topics[1]])
    }

    @Test("Whoever asks is told when a room is reached")
    func reachable() {
        let fixture = self.fixture()
        fixture.redis.holdConfirmations()
        let told = Recorder<Bool>()
        let namespace = fixture.main(0)
        namespace.whenReachable("r") { told.add($0) }
        fixture.loop.run()
        #expect(told.all == [false])
        namespace.onInline("ask") { _, _ in namespace.whenReachable("r") { told.add($0) } }
        let client = fixture.client(node: 0, shard: 1)
        client.send(#"2["join"]"#)
        client.send(#"2["ask"]"#)
        #expect(told.all == [false])
        fixture.redis.confirm()
        fixture.loop.run()
        #expect(told.all == [false, true])
        client.send(#"2["ask"]"#)
        #expect(told.all == [false, true, true])
        fixture.redis.interrupt("n0")
        client.send(#"2["ask"]"#)
        #expect(told.all == [false, true, true])
        fixture.redis.resume("n0")
        fixture.loop.run()
        #expect(told.all == [false, true, true, true])
        fixture.redis.interrupt("n0")
        client.send(#"2["ask"]"#)
        client.send(#"2["leave"]"#)
        #expect(told.all == [false, true, true, true, false])
    }

    @Test("Whoever waits for what Redis refuses is told")
    func refused() {
        let fixture = self.fixture()
        let client = fixture.client(node: 0)
        fixture.redis.holdConfirmations()
        client.send(#"2["join"]"#)
        let told = Recorder<Bool>()
        fixture.main(0).whenReachable("r") { told.add($0) }
        fixture.loop.run()
        #expect(told.all.isEmpty)
        fixture.redis.refuse("n0")
        fixture.loop.run()
        fixture.main(0).whenReachable("r") { told.add($0) }
        fixture.loop.run()
        #expect(told.all == [false, false])
    }

    @Test("What Redis refuses is told once for each namespace, without names of rooms")
    func refusals() {
        let log = Recorder<String>()
        let options = RedisBusOptions(pythonChannel: .init(name: "python"))
        let logger = Logger(label: "test") { _ in LineHandler { log.add($0) } }
        let fixture = RedisFixture(nodes: 1, options: options, logger: logger)
        fixture.main(0).onInline("join") { socket, _ in socket.join("secret") }
        _ = fixture.servers[0].of("/other")
        fixture.client(node: 0).send(#"2["join"]"#)
        fixture.redis.refuse("n0")
        fixture.loop.run()
        let lines = log.all.sorted()
        #expect(lines.count == 3)
        #expect(lines.filter { $0.hasPrefix("error Redis refuses a channel or pattern of the namespace;") }.count == 2)
        #expect(lines.contains { $0.contains("sio.namespace=/ ") } && lines.contains { $0.contains("=/other ") })
        #expect(lines.contains { $0.hasPrefix("error Redis refuses the channel of python-socketio's processes;") })
        #expect(lines.allSatisfy { $0.contains("code=NOPERM") && !$0.contains("secret") })
    }

    @Test("A namespace that goes unsubscribes from everything, and tells who waited")
    func close() {
        let fixture = self.fixture()
        let client = fixture.client(node: 0)
        fixture.redis.holdConfirmations()
        client.send(#"2["join"]"#)
        let told = Recorder<Bool>()
        fixture.main(0).whenReachable("r") { told.add($0) }
        fixture.loop.run()
        fixture.adapter(0).close()
        fixture.loop.run()
        #expect(told.all == [false])
        #expect(fixture.redis.topics(of: "n0").isEmpty)
    }

    @Test("What comes for a room whose last member has just left is not read")
    func idle() {
        let fixture = self.fixture()
        let client = fixture.client(node: 0)
        client.send(#"2["join"]"#)
        client.send(#"2["leave"]"#)
        fixture.redis.publish(ByteBuffer(string: "rubbish"), on: Self.room)
        fixture.loop.run()
        #expect(fixture.buses[0].statistics.received == 0)
    }
}
