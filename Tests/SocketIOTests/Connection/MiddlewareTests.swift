// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct MiddlewareTests {
    private struct Unexpected: Error {}

    private static func data(_ json: String) throws -> JSONValue {
        try JSONValue(validating: ByteBuffer(string: json))
    }

    @Test(
        "A refusal reaches the client as its revision writes it, and leaves nothing behind",
        arguments: [
            (ProtocolRevision.v4, nil, #"4{"message":"not authorized"}"#),
            (.v4, #"{"code":7}"#, #"4{"message":"not authorized","data":{"code":7}}"#),
            (.v3, nil, #"4"not authorized""#),
            (.v3, #"{"code":7}"#, #"4{"code":7}"#),
        ] as [(ProtocolRevision, String?, String)]
    )
    func refusal(_ revision: ProtocolRevision, _ data: String?, _ packet: String) async throws {
        let fixture = Fixture()
        let data = try data.map { try Self.data($0) }
        let names = Recorder<String>()
        fixture.main.onConnectInline { _ in names.add("connect") }
        fixture.main.onDisconnectInline { _, _ in names.add("disconnect") }
        fixture.main.use { socket in
            guard socket.handshake.auth.member("token") != nil else {
                throw ConnectionRefusal("not authorized", data: data)
            }
        }
        let client = fixture.client(revision: revision)
        if revision == .v4 { client.send("0") }
        #expect(await client.take(atLeast: 1) == [packet])
        // The namespace may be asked for again, this time with what is missing.
        client.send(revision == .v4 ? #"0{"token":"a"}"# : "0/?token=a,")
        #expect(await client.take(atLeast: 1).first?.hasPrefix("0") == true)
        #expect(names.all == ["connect"])
        #expect(try await fixture.loop.finish { await fixture.main.broadcast.localSockets().count } == 1)
    }

    @Test("Errors of any other kind are told as nothing but that")
    func internalError() async {
        let fixture = Fixture()
        fixture.main.use { _ in throw Unexpected() }
        let client = fixture.client()
        client.send("0")
        #expect(await client.take(atLeast: 1) == [#"4{"message":"internal error"}"#])
    }

    @Test("A refused namespace is not left behind: events for it end the connection, broadcasts do not reach it")
    func refusedIsNotLeftBehind() async throws {
        let fixture = Fixture()
        fixture.main.use { _ in throw ConnectionRefusal("no") }
        let client = fixture.client()
        client.send("0")
        _ = await client.take(atLeast: 1)
        try fixture.main.emit("news")
        fixture.loop.run()
        #expect(client.take() == [])
        client.send(#"2["hello"]"#)
        #expect(client.closeReason == .parseError)
    }

    @Test("Checks run in their order, each only if those before it passed")
    func order() async {
        let fixture = Fixture()
        let steps = Recorder<Int>()
        fixture.main.use { _ in steps.add(1) }
        fixture.main.use { _ in
            steps.add(2)
            throw ConnectionRefusal("no")
        }
        fixture.main.use { _ in steps.add(3) }
        let client = fixture.client()
        client.send("0")
        _ = await client.take(atLeast: 1)
        #expect(steps.all == [1, 2])
    }

    @Test("Of 50 CONNECTs while authentication is pending the second ends the connection, and nobody joins")
    func connectsWhilePending() async {
        let fixture = Fixture()
        let gate = Gate()
        let (done, finished) = (Recorder<Int>(), Recorder<Socket>())
        fixture.main.use { _ in
            await gate.pass()
            done.add(1)
        }
        fixture.main.onConnectInline { finished.add($0) }
        let client = fixture.client()
        for _ in 0..<50 { client.send("0") }
        #expect(client.closeReason == .parseError)
        gate.open()
        await fixture.loop.run { done.all.count == 1 }
        let other = fixture.client()
        other.send("0")
        _ = await other.take(atLeast: 1)
        #expect(done.all.count == 2)
        #expect(finished.all.count == 1)
        #expect(client.take() == [])
    }

    @Test("Events before the answer end the connection; so does the connect deadline")
    func pending() {
        let fixture = Fixture()
        let gate = Gate()
        fixture.main.use { _ in await gate.pass() }
        let (early, late) = (fixture.client(), fixture.client())
        early.send("0")
        late.send("0")
        early.send(#"2["early"]"#)
        #expect(early.closeReason == .parseError)
        fixture.loop.advance(by: .seconds(45))
        #expect(late.closeReason == .forcedServerClose)
        gate.open()
    }

    @Test("A socket that middleware sees is no member yet")
    func notAMember() async throws {
        let fixture = Fixture()
        fixture.main.use { socket in
            socket.join("early")
            try socket.emit("early")
            socket.disconnect()
            socket.disconnect(close: true)
        }
        let client = fixture.client()
        client.send("0")
        #expect(await client.take(atLeast: 1).count == 1)
        try fixture.main.to("early").emit("news")
        fixture.loop.run()
        #expect(client.take() == [])
        #expect(client.closeReason == nil)
    }
}
