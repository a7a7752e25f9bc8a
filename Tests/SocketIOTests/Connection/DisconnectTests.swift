// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct DisconnectTests {
    private struct Scene {
        let fixture = Fixture()
        let sockets = Recorder<Socket>()
        let reasons = Recorder<String>()
        let client: TestClient

        init() {
            for name in ["/", "/admin"] {
                let namespace = self.fixture.server.of(name)
                namespace.onConnectInline { [sockets] in sockets.add($0) }
                namespace.onDisconnectInline { [reasons] in reasons.add("\($0.namespace.name) \($1)") }
            }
            self.client = self.fixture.joinedClient()
            self.client.connect(to: "/admin")
        }
    }

    @Test(
        "When the connection ends every socket is told why, in the reference server's words",
        arguments: [
            (.transportClose, "transport close"), (.transportError, "transport error"), (.pingTimeout, "ping timeout"),
            (.parseError, "parse error"), (.forcedServerClose, "forced server close"),
            (.serverShuttingDown, "server shutting down"),
        ] as [(EngineCloseReason, String)]
    )
    func connectionEnds(_ reason: EngineCloseReason, _ text: String) {
        let scene = Scene()
        scene.client.end(reason)
        #expect(scene.reasons.all == ["/ \(text)", "/admin \(text)"])
    }

    @Test("The client leaves one namespace and may come back as somebody new")
    func clientLeaves() {
        let scene = Scene()
        scene.client.send("1")
        #expect(scene.reasons.all == ["/ client namespace disconnect"])
        #expect(scene.client.closeReason == nil)
        #expect(scene.client.take() == [])
        scene.client.send(#"2["late"]"#)
        scene.client.send("1")
        scene.client.send("30[]")
        #expect(scene.client.closeReason == nil)
        let again = scene.client.connect()
        #expect(again != nil && again != scene.sockets.all[0].id)
    }

    @Test("The server puts a socket out; what was on its way is ignored and the other namespace lives")
    func serverPutsOut() {
        let scene = Scene()
        let events = Recorder<String>()
        for name in ["/", "/admin"] {
            scene.fixture.server.of(name).onUnknownInline { events.add("\($0.namespace.name) \($1.name)") }
        }
        scene.sockets.all[0].disconnect()
        scene.fixture.loop.run()
        #expect(scene.client.take() == ["1"])
        #expect(scene.reasons.all == ["/ server namespace disconnect"])
        scene.client.send(#"2["crossed"]"#)
        scene.client.send(#"51-["crossed",{"_placeholder":true,"num":0}]"#, attachments: [[1]])
        scene.client.send("1")
        scene.client.send(#"2/admin,["other"]"#)
        #expect(events.all == ["/admin other"])
        #expect(scene.client.closeReason == nil)
        scene.sockets.all[0].disconnect()
        scene.sockets.all[0].disconnect(close: true)
        scene.fixture.loop.run()
        #expect(scene.client.closeReason == nil)
        #expect(scene.reasons.all.count == 1)
    }

    @Test("With close all namespaces are told, so that the client stays away, and the connection ends")
    func serverCloses() {
        let scene = Scene()
        scene.sockets.all[1].disconnect(close: true)
        scene.fixture.loop.run()
        #expect(scene.client.take() == ["1", "1/admin,"])
        #expect(scene.client.closeReason == .forcedServerClose)
        #expect(scene.reasons.all == ["/ server namespace disconnect", "/admin server namespace disconnect"])
        scene.fixture.loop.run()
        #expect(scene.fixture.loop.shards[0].connectionCount == 0)
    }

    @Test("Whoever has left can do no harm to the socket that came in its place")
    func successor() async throws {
        let scene = Scene()
        let old = scene.sockets.all[0]
        scene.client.send("1")
        scene.client.connect()
        let new = try #require(scene.sockets.last)
        new.join("room")
        old.join("late")
        old.leave("room")
        old.disconnect()
        try old.emit("late")
        scene.fixture.loop.run()
        #expect(scene.client.take() == [])
        #expect(try await scene.fixture.loop.finish { await old.rooms } == [])
        #expect(try await scene.fixture.loop.finish { await new.rooms } == ["room"])
        try scene.fixture.main.to("late").emit("late")
        try scene.fixture.main.to("room").emit("news")
        scene.fixture.loop.run()
        #expect(scene.client.take() == [#"2["news"]"#])
        #expect(scene.reasons.all.count == 1)
    }

    @Test("A slot that another connection has got means nothing to the socket that had it")
    func slotIsReused() throws {
        let scene = Scene()
        let old = scene.sockets.all[0]
        scene.client.end()
        let other = scene.fixture.joinedClient()
        #expect(other.connection.slot == scene.client.connection.slot)
        old.join("room")
        try old.emit("late")
        try scene.fixture.main.to("room").emit("news")
        scene.fixture.loop.run()
        #expect(other.take() == [])
    }

    @Test("What the handlers of a leaving socket broadcast does not reach it")
    func broadcastOnLeaving() {
        let scene = Scene()
        scene.fixture.main.onDisconnectInline { socket, _ in
            socket.join("late")
            socket.namespace.broadcast.emit(raw: "left", arguments: ByteBuffer())
        }
        let other = scene.fixture.joinedClient()
        scene.sockets.all[0].disconnect()
        scene.fixture.loop.run()
        #expect(scene.client.take() == ["1"])
        #expect(other.take() == [#"2["left"]"#])
    }

    @Test("Sockets are let go of when they have left, though their handlers hold them")
    func memory() async throws {
        let fixture = Fixture()
        weak var weakSocket: Socket?
        do {
            let sockets = Recorder<Socket>()
            fixture.main.onConnectInline { socket in
                socket.on("a") { _, _ in _ = socket.id }
                sockets.add(socket)
            }
            let client = fixture.joinedClient()
            weakSocket = sockets.last
            fixture.main.onConnectInline { _ in }
            client.send("1")
            sockets.removeAll()
        }
        fixture.loop.run()
        #expect(weakSocket == nil)
    }
}
