// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct BroadcastTests {
    /// Six sockets on three shards: 0 and 1 in `a`, 1 to 3 in `b`, 4 and 5 in no room.
    private struct Scene {
        let fixture: Fixture
        let sockets = Recorder<Socket>()
        let clients: [TestClient]
        var all: [Socket] { self.sockets.all }

        init() {
            let fixture = Fixture(shards: 3)
            self.fixture = fixture
            fixture.main.onConnectInline { [sockets] in sockets.add($0) }
            self.clients = (0..<6).map { fixture.joinedClient(shard: $0 % 3) }
            for index in [0, 1] { self.all[index].join("a") }
            for index in [1, 2, 3] { self.all[index].join("b") }
            fixture.loop.run()
        }

        /// Who has got how many events since the last time.
        func received() -> [Int] {
            self.fixture.loop.run()
            return self.clients.map { $0.take().count }
        }
    }

    @Test("Everybody, one room, several rooms: each socket once")
    func rooms() throws {
        let scene = Scene()
        let main = scene.fixture.main
        try main.emit("x")
        #expect(scene.received() == [1, 1, 1, 1, 1, 1])
        try main.to("a").emit("x")
        #expect(scene.received() == [1, 1, 0, 0, 0, 0])
        try main.to("a", "b").emit("x")
        #expect(scene.received() == [1, 1, 1, 1, 0, 0])
        try main.to("a").to("b").to("a").emit("x")
        #expect(scene.received() == [1, 1, 1, 1, 0, 0])
        try main.to("nobody").emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
    }

    @Test("Exceptions win over rooms")
    func except() throws {
        let scene = Scene()
        let main = scene.fixture.main
        try main.except("a").emit("x")
        #expect(scene.received() == [0, 0, 1, 1, 1, 1])
        try main.to("b").except("a").emit("x")
        #expect(scene.received() == [0, 0, 1, 1, 0, 0])
        try main.to("a").except("a").emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
        try main.except("a", "b", "nobody").emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 1, 1])
    }

    @Test("A socket's id is a room of its own, in rooms and exceptions")
    func socketIDs() throws {
        let scene = Scene()
        let main = scene.fixture.main
        let ids = scene.all.map { Room($0.id) }
        try main.to(ids[4]).emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 1, 0])
        try main.to("a").to(ids[1], ids[5]).emit("x")
        #expect(scene.received() == [1, 1, 0, 0, 0, 1])
        try main.to("b").except(ids[2]).emit("x")
        #expect(scene.received() == [0, 1, 0, 1, 0, 0])
        try main.to(ids[2]).except("b").emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
        try main.to(ids[2]).except(ids[2]).emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
        try scene.all[2].to(ids[2], ids[3]).emit("x")
        #expect(scene.received() == [0, 0, 0, 1, 0, 0])
    }

    @Test("Others in a room that is named like a socket's id get the event once, as the socket does")
    func roomNamedLikeSocketID() throws {
        let scene = Scene()
        let room = Room(scene.all[0].id)
        // On the same shard, on another one, and the socket itself.
        for index in [3, 4, 0] { scene.all[index].join(room) }
        scene.fixture.loop.run()
        try scene.fixture.main.to(room).emit("x")
        #expect(scene.received() == [1, 0, 0, 1, 1, 0])
        try scene.fixture.main.except(room).emit("x")
        #expect(scene.received() == [0, 1, 1, 0, 0, 1])
    }

    @Test("Realms do not meet: same name, other rooms, and no socket's id")
    func realms() throws {
        let scene = Scene()
        scene.all[4].join(Room("a", realm: 1))
        let id = Room(scene.all[0].id, realm: 1)
        scene.all[3].join(id)
        scene.fixture.loop.run()
        let main = scene.fixture.main
        try main.to(Room("a", realm: 1)).emit("x")
        #expect(scene.received() == [0, 0, 0, 0, 1, 0])
        try main.to("a").emit("x")
        #expect(scene.received() == [1, 1, 0, 0, 0, 0])
        try main.to(id).emit("x")
        #expect(scene.received() == [0, 0, 0, 1, 0, 0])
        try main.to("a", id).except(Room(scene.all[1].id, realm: 1)).emit("x")
        #expect(scene.received() == [1, 1, 0, 1, 0, 0])
    }

    @Test("What a socket broadcasts reaches the others")
    func exceptSocket() throws {
        let scene = Scene()
        try scene.all[1].broadcast.emit("x")
        #expect(scene.received() == [1, 0, 1, 1, 1, 1])
        try scene.all[1].to("a").emit("x")
        #expect(scene.received() == [1, 0, 0, 0, 0, 0])
        try scene.all[1].to("a", "b").except("a").emit("x")
        #expect(scene.received() == [0, 0, 1, 1, 0, 0])
        try scene.all[5].to("a").local.emit("x")
        #expect(scene.received() == [1, 1, 0, 0, 0, 0])
    }

    @Test("Volatile events skip who cannot take them at once")
    func volatile() throws {
        let scene = Scene()
        scene.clients[0].connection.isWritable = false
        try scene.fixture.main.to("a").volatile.emit("x")
        #expect(scene.received() == [0, 1, 0, 0, 0, 0])
        try scene.fixture.main.volatile.emit("x")
        #expect(scene.received() == [0, 1, 1, 1, 1, 1])
        scene.all[0].emit(raw: "x", isVolatile: true)
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
        try scene.fixture.main.to("a").emit("x")
        #expect(scene.received() == [1, 1, 0, 0, 0, 0])
    }

    @Test("Namespaces have rooms of their own")
    func namespaces() throws {
        let scene = Scene()
        let admin = scene.fixture.server.of("/admin")
        admin.onConnectInline { $0.join("a") }
        scene.clients[5].connect(to: "/admin")
        try admin.to("a").emit("x", 1)
        scene.fixture.loop.run()
        #expect(scene.clients[5].take() == [#"2/admin,["x",1]"#])
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
        try scene.fixture.main.to("a").emit("x")
        #expect(scene.received() == [1, 1, 0, 0, 0, 0])
    }

    @Test("Leaving a room, or the namespace, ends the events")
    func leaving() async throws {
        let scene = Scene()
        scene.all[1].leave("b")
        scene.all[1].leave("never joined")
        scene.clients[2].send("1")
        scene.fixture.loop.run()
        try scene.fixture.main.to("b").emit("x")
        #expect(scene.received() == [0, 0, 0, 1, 0, 0])
        let socket = scene.all[1]
        #expect(try await scene.fixture.loop.finish { await socket.rooms } == ["a"])
    }

    @Test("The matching sockets of all shards")
    func localSockets() async throws {
        let scene = Scene()
        let main = scene.fixture.main
        let loop = scene.fixture.loop
        let ids = try await loop.finish { await main.to("b").except("a").localSockets().map(\.id) }
        #expect(Set(ids) == Set([scene.all[2].id, scene.all[3].id]))
        #expect(try await loop.finish { await main.broadcast.localSockets().count } == 6)
        let own = Room(scene.all[4].id)
        #expect(try await loop.finish { await main.to(own).localSockets().count } == 1)
    }

    @Test("Binary broadcasts carry their attachments to each receiver")
    func attachments() throws {
        let scene = Scene()
        try scene.fixture.main.to("a").emit("x", ByteBuffer(bytes: [1, 2]))
        scene.fixture.loop.run()
        for client in scene.clients.prefix(2) {
            #expect(client.take() == [#"51-["x",{"_placeholder":true,"num":0}]"#, "<1 2>"])
        }
        #expect(scene.received() == [0, 0, 0, 0, 0, 0])
    }

    @Test(
        "Broadcasts and direct events that start on one shard arrive in their order",
        arguments: 0..<20 as Range<UInt64>
    )
    func order(_ seed: UInt64) {
        let fixture = Fixture(shards: 3, seed: seed)
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        let clients = (0..<6).map { fixture.joinedClient(shard: $0 % 3) }
        let main = fixture.main
        // Whoever starts them, from its own shard: the others see one sequence for each of the three.
        for number in 0..<20 {
            for shard in 0..<3 {
                fixture.loop.perform(onShard: shard) {
                    if number.isMultiple(of: 4) {
                        for socket in sockets.all {
                            socket.emit(raw: "e\(shard)", arguments: ByteBuffer(string: "\(number)"))
                        }
                    } else {
                        main.broadcast.emit(raw: "e\(shard)", arguments: ByteBuffer(string: "\(number)"))
                    }
                }
            }
        }
        fixture.loop.run()
        for client in clients {
            let texts = client.take()
            for shard in 0..<3 {
                #expect(
                    texts.filter { $0.contains("e\(shard)") } == (0..<20).map { "2[\"e\(shard)\",\($0)]" },
                    "seed \(seed)"
                )
            }
        }
    }
}
