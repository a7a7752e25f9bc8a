// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct RedisBusTests {
    private static let wires: [RedisBusOptions.Wire] = [.classic, .sharded]

    /// A client in room `r` on each node.
    private func members(_ fixture: RedisFixture, room: Room = "r") -> [TestClient] {
        let clients = (0..<fixture.servers.count).map { node in
            fixture.main(node).onConnectInline { $0.join(room) }
            return fixture.client(node: node, shard: node % 2)
        }
        fixture.loop.run()
        return clients
    }

    @Test(
        "A broadcast reaches every node's sockets, a local one its own node's",
        arguments: [RedisBusOptions.Subscriptions.rooms, .everything],
        Self.wires
    )
    func broadcast(subscriptions: RedisBusOptions.Subscriptions, wire: RedisBusOptions.Wire) throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire, subscriptions: subscriptions))
        let clients = self.members(fixture)
        try fixture.main(0).to("r").emit("news", 1)
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["news",1]"#]) }
        try fixture.main(1).emit("all", 2)
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["all",2]"#]) }
        try fixture.main(1).to("r", "s").except("t").emit("both", 3)
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["both",3]"#]) }
        try fixture.main(1).local.emit("local", 2)
        fixture.loop.run()
        #expect(clients.map { $0.take() } == [[], [#"2["local",2]"#], []])
        #expect(fixture.buses[1].statistics.published == 2)
        #expect(fixture.buses.map(\.statistics.rejected) == [0, 0, 0])
    }

    @Test("Binary data arrives as it left", arguments: Self.wires)
    func binary(wire: RedisBusOptions.Wire) throws {
        let fixture = RedisFixture(nodes: 2, options: RedisBusOptions(wire: wire))
        let clients = self.members(fixture)
        try fixture.main(0).emit("file", ByteBuffer(bytes: [1, 2, 3]), ["a": 1])
        fixture.loop.run()
        for client in clients {
            #expect(client.take() == [#"51-["file",{"_placeholder":true,"num":0},{"a":1}]"#, "<1 2 3>"])
        }
    }

    /// Rooms whose names, marked or not, are as long as sockets' ids among them.
    private static let rooms = [
        Room("r"), Room("a room of 17 byte", realm: 1), Room("a room of 16 byt", realm: 20),
        Room("a room of 20 letters", realm: 1), Room("a room of 20 letters", realm: 3),
    ]

    @Test(
        "Only nodes with members get what is sent to one room, and a node without hears nothing of it",
        arguments: Self.wires,
        Self.rooms
    )
    func costs(wire: RedisBusOptions.Wire, room: Room) throws {
        let fixture = RedisFixture(nodes: 4, options: RedisBusOptions(wire: wire, foreignRealm: 3))
        fixture.main(2).onConnectInline { $0.join(room) }
        let client = fixture.client(node: 2)
        fixture.loop.run()
        fixture.redis.forget()
        for _ in 0..<5 { try fixture.main(0).to(room).emit("news") }
        fixture.loop.run()
        #expect(fixture.redis.published.count == 5)
        #expect(fixture.redis.published.allSatisfy { $0.receivers == ["n2"] })
        #expect(client.take().count == 5)
        #expect(fixture.buses.map(\.statistics.received) == [0, 0, 5, 0])
    }

    @Test("A socket is reached by its id from every node, though nobody subscribes for it", arguments: Self.wires)
    func privateRooms(wire: RedisBusOptions.Wire) throws {
        let fixture = RedisFixture(nodes: 2, options: RedisBusOptions(wire: wire))
        let (client, id) = fixture.session(node: 1)
        fixture.loop.run()
        #expect(fixture.redis.commands == [])
        try fixture.main(0).to(Room(id)).emit("you")
        fixture.loop.run()
        #expect(fixture.redis.published.map(\.channel) == [wire == .classic ? "socket.io#/#\(id)#" : "socket.io#/#"])
        #expect(client.take() == [#"2["you"]"#])
    }

    @Test(
        "A room whose name is as long as an id gets everything once",
        arguments: Self.wires,
        ["a room of 20 letters", " a space before that", "ä room of 19 letters"]
    )
    func longName(wire: RedisBusOptions.Wire, name: String) throws {
        let fixture = RedisFixture(nodes: 2, options: RedisBusOptions(wire: wire))
        let room = Room(name)
        let clients = self.members(fixture, room: room)
        try fixture.main(0).to(room).emit("news")
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["news"]"#]) }
    }

    @Test("Rooms of other realms are reached as such, and by no name from elsewhere", arguments: Self.wires)
    func realms(wire: RedisBusOptions.Wire) throws {
        let fixture = RedisFixture(nodes: 2, options: RedisBusOptions(wire: wire))
        let room = Room("r", realm: 3)
        let clients = self.members(fixture, room: room)
        try fixture.main(0).to(room).emit("one")
        try fixture.main(0).to(room, "x").emit("two")
        try fixture.main(0).to("r").emit("three")
        try fixture.main(0).to(Room("\u{1}3\u{1}r")).emit("four")
        try fixture.main(0).except(room).emit("five")
        fixture.main(0).to(room).socketsJoin(Room("s", realm: 4))
        try fixture.main(0).to(Room("s", realm: 4)).emit("six")
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["one"]"#, #"2["two"]"#, #"2["six"]"#]) }
    }

    @Test("Names that look alike are rooms of their own", arguments: Self.wires)
    func normalization(wire: RedisBusOptions.Wire) throws {
        let fixture = RedisFixture(nodes: 2, options: RedisBusOptions(wire: wire))
        let rooms = [Room("caf\u{e9}"), Room("cafe\u{301}")]
        fixture.main(1).onConnectInline { $0.join(rooms[1]) }
        let client = fixture.client(node: 1)
        fixture.loop.run()
        try fixture.main(0).to(rooms[0]).emit("no")
        try fixture.main(0).to(rooms[1]).emit("one")
        try fixture.main(0).to(rooms[0], rooms[1]).emit("both")
        try fixture.main(0).to(rooms[1], rooms[1]).emit("twice")
        fixture.loop.run()
        #expect(client.take() == [#"2["one"]"#, #"2["both"]"#, #"2["twice"]"#])
    }

    @Test("Sockets of all nodes are moved between rooms, and put out", arguments: Self.wires)
    func moves(wire: RedisBusOptions.Wire) throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        let clients = self.members(fixture)
        fixture.main(0).to("r").socketsJoin("s", "t")
        fixture.loop.run()
        fixture.main(1).to("t").socketsLeave("t")
        fixture.loop.run()
        try fixture.main(2).to("t").emit("nobody")
        try fixture.main(2).to("s").emit("all")
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["all"]"#]) }
        fixture.main(0).to("s").except(Room("none")).disconnectSockets(close: true)
        fixture.loop.run()
        for client in clients { #expect(client.take() == ["1"] && client.closeReason == .forcedServerClose) }
    }

    @Test("Sockets are fetched from all nodes", arguments: Self.wires)
    func fetch(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        for node in 0..<3 {
            fixture.main(node).onConnectInline { socket in
                socket.join("r", Room("hidden", realm: 2))
                try? socket.data.set("node", node)
            }
        }
        let clients = (0..<3).map { fixture.client(node: $0, shard: $0 % 2) }
        let main = fixture.main(0)
        let sockets = try await fixture.loop.finish { try await main.broadcast.fetchSockets() }
        #expect(Set(sockets.map { String(buffer: $0.data.bytes) }) == [#"{"node":0}"#, #"{"node":1}"#, #"{"node":2}"#])
        for socket in sockets {
            #expect(Set(socket.rooms) == [Room(socket.id), "r", Room("hidden", realm: 2)])
            #expect(socket.handshake.member("address")?.isString("192.0.2.1") == true)
        }
        for socket in sockets { try socket.emit("hello") }
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["hello"]"#]) }
    }

    @Test("Answers are gathered from all nodes, whole", arguments: Self.wires)
    func acknowledgements(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        let clients = self.members(fixture)
        let main = fixture.main(0)
        let asking = Task { try await main.to("r").timeout(.seconds(1)).emitWithAck("ask") }
        for client in clients { #expect(await client.take(atLeast: 1).count == 1) }
        clients[0].send("30[0]")
        clients[1].send(#"31["a",{"b":1}]"#)
        clients[2].send("30[]")
        let answers = try await fixture.loop.finish { try await asking.value }
        #expect(answers.replies.map { String(buffer: $0.rawArguments) }.sorted() == ["", #""a",{"b":1}"#, "0"])
        #expect(answers.missing == 0 && answers.failure == nil)
    }

    @Test("Servers talk to each other, with and without answers", arguments: Self.wires)
    func serverSide(wire: RedisBusOptions.Wire) async throws {
        let fixture = RedisFixture(options: RedisBusOptions(wire: wire))
        let heard = Recorder<String>()
        for node in 0..<3 {
            let shard = fixture.loop.shards[0]
            fixture.main(node).onServerSide("hello") { event in
                let name = try? event.decode(as: String.self)
                heard.add("\(node) \(name ?? "") \(event.wantsAnswer)")
                try? event.answer("from \(node)", 2)
                shard.execute {}
            }
        }
        let main = fixture.main(0)
        let answers = try await fixture.loop.finish { try await main.serverSideEmitWithAck("hello", "you") }
        #expect(Set(answers.map { String(buffer: $0.rawArguments) }) == [#""from 1",2"#, #""from 2",2"#])
        try main.serverSideEmit("hello", "all")
        await fixture.loop.run { heard.all.count == 4 }
        #expect(Set(heard.all) == ["1 you true", "2 you true", "1 all false", "2 all false"])
    }
}
