// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct RecoveryTests {
    private func fixture(shards: Int = 2, _ recovery: ConnectionStateRecovery = .init()) -> Fixture {
        let fixture = Fixture(shards: shards, options: ServerOptions(connectionStateRecovery: recovery))
        _ = fixture.main
        return fixture
    }

    /// The events without their offsets.
    private static func plain(_ events: [String]) -> [String] {
        events.map { event in
            guard let comma = event.lastIndex(of: ",") else { return event }
            return event[..<comma] + "]"
        }
    }

    @Test("A client that comes back gets its id, rooms, data and what it missed, in front of its CONNECT")
    func restored() async throws {
        let fixture = self.fixture()
        let joined = Recorder<(id: String, recovered: Bool, data: String?)>()
        fixture.main.onConnectInline { socket in
            joined.add((socket.id, socket.recovered, socket.data.get("name", as: String.self)))
            guard !socket.recovered else { return }
            socket.join("r")
            try? socket.data.set("name", "alice")
        }
        let client = RecoveringClient(fixture)
        try fixture.main.to("r").emit("news", 1)
        fixture.loop.run()
        client.cut()
        #expect(Self.plain(client.events) == [#"2["news",1]"#])
        try fixture.main.to("r").emit("news", 2)
        try fixture.main.to("other").emit("news", 0)
        try fixture.main.emit("all", 3)
        fixture.loop.run()
        let sid = client.sid
        client.reconnect(shard: 1)
        let packets = client.connection.unseen.map { "\($0)" }
        #expect(packets.count == 3 && packets.last?.contains("sid") == true)
        client.read()
        #expect(client.recovered && client.sid == sid)
        #expect(Self.plain(client.events) == [#"2["news",1]"#, #"2["news",2]"#, #"2["all",3]"#])
        try fixture.main.to("r").emit("news", 4)
        fixture.loop.run()
        client.read()
        #expect(Self.plain(client.events).last == #"2["news",4]"#)
        #expect(joined.all.map(\.recovered) == [false, true])
        #expect(joined.all.map(\.id) == [sid, sid])
        #expect(joined.all.map(\.data) == [nil, "alice"])
    }

    @Test("One that never received an event, and one that stayed quiet while others did not, come back too")
    func quiet() throws {
        let fixture = self.fixture(ConnectionStateRecovery(maximumEvents: 10))
        let client = RecoveringClient(fixture)
        // Long ago, much went on that was not for it.
        for number in 0..<50 { try fixture.main.to("others").emit("news", number) }
        fixture.loop.advance(by: .seconds(600))
        client.cut()
        try fixture.main.emit("missed")
        fixture.loop.run()
        client.reconnect()
        client.read()
        #expect(client.recovered)
        #expect(client.events.map { $0.prefix(9) } == [#"2["missed"#])
    }

    @Test("Nothing that ends in a string passes for an offset")
    func poison() throws {
        let fixture = self.fixture()
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        let client = RecoveringClient(fixture)
        try fixture.main.emit("one", "text")
        try fixture.main.volatile.emit("typing", "alice")
        sockets.all[0].emit(raw: "note", arguments: ByteBuffer(string: #""x""#), isVolatile: true)
        try fixture.main.volatile.emit("bare")
        fixture.loop.run()
        client.cut()
        #expect(client.events.count == 4)
        #expect(client.offset.map { RecoveryOffset($0) != nil } == true)
        try fixture.main.emit("two")
        fixture.loop.run()
        client.reconnect()
        client.read()
        #expect(client.recovered)
        #expect(client.events.count == 5)
    }

    @Test("A private id is good for one: who comes second begins anew")
    func twice() throws {
        let fixture = self.fixture()
        let client = RecoveringClient(fixture)
        try fixture.main.emit("first")
        fixture.loop.run()
        client.cut()
        let pid = try #require(client.pid)
        let others = (0..<2).map { _ in fixture.client() }
        for other in others { other.send(#"0{"pid":"\#(pid)","offset":"\#(client.offset ?? "")"}"#) }
        let answers = others.map { $0.take().last ?? "" }
        #expect(answers.filter { $0.contains(pid) }.count == 1)
        #expect(answers.allSatisfy { $0.contains("sid") })
    }

    @Test("A client that is back before its old connection was missed takes its place", arguments: 1...2)
    func takeOver(shards: Int) throws {
        let fixture = self.fixture(shards: shards)
        let reasons = Recorder<String>()
        fixture.main.onDisconnectInline { _, reason in reasons.add(reason.rawValue) }
        let client = RecoveringClient(fixture)
        fixture.loop.advance(by: .seconds(3))
        let old = client.connection
        try fixture.main.emit("lost")
        fixture.loop.run()
        client.reconnect(shard: shards - 1)
        client.read()
        #expect(old.closeReason == .transportClose)
        #expect(reasons.all == ["transport close"])
        #expect(client.recovered)
        #expect(client.events.map { $0.prefix(7) } == [#"2["lost"#])
        try fixture.main.to(Room(client.sid ?? "")).emit("own")
        fixture.loop.run()
        client.read()
        #expect(client.events.last?.hasPrefix(#"2["own""#) == true)
    }

    @Test("A client that is being sent away, and comes back over another connection before, is not forgotten")
    func backWhileSentAway() throws {
        let fixture = self.fixture(shards: 1, ConnectionStateRecovery(minimumTakeOverAge: .milliseconds(100)))
        let client = RecoveringClient(fixture)
        for number in 0..<3 { try fixture.main.emit("event", number) }
        fixture.loop.run()
        client.cut(after: 0)
        client.reconnect()
        // The replay is cut: the client holds an event that it has not handled.
        client.cut(after: 1)
        client.reconnect()
        let lost = client.connection
        // The answer never reaches it, as when nobody polls any more.
        fixture.loop.advance(by: .milliseconds(200))
        #expect(lost.closeReason == nil)
        client.reconnect()
        fixture.loop.run()
        #expect(lost.closeReason == .transportClose)
        // It is sent away once more, and says how far it is when it is back.
        client.read()
        #expect(client.recovered)
        fixture.loop.advance(by: .milliseconds(250))
        client.comeBack()
        #expect(client.recovered)
        #expect(Self.plain(client.events) == (0..<3).map { #"2["event",\#($0)]"# })
    }

    @Test(
        "Nonsense, and what was ended in good order, begins anew",
        arguments: [
            #"{"pid":"nonsense"}"#, #"{"pid":5}"#, #"{"pid":"AAAAAAAAAAAAAAAAAAAA"}"#, #"{"pid":null,"offset":{}}"#,
        ]
    )
    func garbage(_ auth: String) {
        let fixture = self.fixture()
        let client = fixture.client()
        client.send("0" + auth)
        #expect(client.take().first?.hasPrefix(#"0{"sid":"#) == true)
    }

    @Test("An offset that makes no sense begins anew", arguments: [#""zz.zz""#, "7", #""""#, #"{"a":1}"#])
    func garbageOffset(_ offset: String) throws {
        let fixture = self.fixture()
        let client = RecoveringClient(fixture)
        try fixture.main.emit("first")
        fixture.loop.run()
        client.cut()
        let again = fixture.client()
        again.send(#"0{"pid":"\#(client.pid ?? "")","offset":\#(offset)}"#)
        let answer = try #require(again.take().last)
        // An epoch that was never ours says no more than no offset does.
        if offset != #""zz.zz""# { #expect(!answer.contains(client.pid ?? "-")) }
    }

    @Test("Who leaves, or is put out, has nothing to come back to")
    func leaving() {
        let fixture = self.fixture()
        fixture.main.onInline("out") { socket, _ in socket.disconnect() }
        for packet in ["1", #"2["out"]"#] {
            let client = RecoveringClient(fixture)
            client.connection.send(packet)
            let pid = client.pid
            client.cut()
            client.reconnect()
            client.read()
            #expect(client.sid != nil && client.pid != pid && !client.recovered)
        }
    }

    @Test("After too long a time a client begins anew")
    func expired() {
        let fixture = self.fixture(ConnectionStateRecovery(maxDisconnectionDuration: .seconds(60)))
        let client = RecoveringClient(fixture)
        client.cut()
        fixture.loop.advance(by: .seconds(61))
        client.reconnect()
        client.read()
        #expect(!client.recovered && client.sid != nil)
    }

    @Test("What leaves a socket stays in order: event, acknowledgement, event, end")
    func order() async {
        let fixture = self.fixture()
        fixture.main.onInline("go") { socket, event in
            socket.emit(raw: "one")
            event.acknowledgement?.send(raw: ByteBuffer(string: "2"))
            socket.emit(raw: "three", isVolatile: true)
            socket.join("r")
            socket.namespace.to("r").emit(raw: "four", arguments: ByteBuffer())
            socket.leave("r")
            socket.namespace.to("r").emit(raw: "nobody", arguments: ByteBuffer())
            socket.disconnect()
        }
        for shard in 0..<2 {
            let client = fixture.joinedClient(shard: shard)
            client.send(#"25["go"]"#)
            #expect(client.take().map { $0.prefix(6) } == [#"2["one"#, "35[2]", #"2["thr"#, #"2["fou"#, "1"])
        }
    }

    @Test(
        "What is done to many sockets happens at its place, on whatever shard they are",
        arguments: 0..<20 as Range<UInt64>
    )
    func bulkOrder(seed: UInt64) throws {
        let options = ServerOptions(connectionStateRecovery: .init())
        let fixture = Fixture(shards: 3, seed: seed, options: options)
        let main = fixture.main
        let clients = (0..<3).map { fixture.joinedClient(shard: $0) }
        main.broadcast.socketsJoin("r")
        try main.to("r").emit("in")
        main.broadcast.socketsLeave("r")
        try main.to("r").emit("nobody")
        main.broadcast.disconnectSockets()
        try main.emit("nobody")
        fixture.loop.run()
        for client in clients { #expect(client.take().map { $0.prefix(5) } == [#"2["in"#, "1"], "seed \(seed)") }
    }

    @Test("A namespace where each connection has to prove itself has nothing to come back to")
    func notRecoverable() {
        let fixture = self.fixture()
        _ = fixture.server.of("/admin", isRecoverable: false)
        let client = fixture.client()
        client.send("0/admin,")
        #expect(client.take().first?.contains("pid") == false)
    }

    @Test("Middleware is spared a client that comes back, unless it is not")
    func middleware() async {
        for isSkipped in [true, false] {
            let fixture = self.fixture(ConnectionStateRecovery(skipMiddlewares: isSkipped))
            let checked = Recorder<Bool>()
            fixture.main.use { socket in checked.add(socket.recovered) }
            let client = fixture.client()
            client.send("0")
            let answer = await client.take(atLeast: 1)
            let pid = answer.first.map { String($0.suffix(22).prefix(20)) } ?? ""
            client.end()
            let again = fixture.client()
            again.send(#"0{"pid":"\#(pid)"}"#)
            #expect(await again.take(atLeast: 1).last?.contains(pid) == true)
            #expect(checked.all == (isSkipped ? [false] : [false, true]))
        }
    }

    @Test("Middleware is asked once for each CONNECT, about the socket that the client gets", arguments: [true, false])
    func middlewareOnce(isSkipped: Bool) async throws {
        let recovery = ConnectionStateRecovery(skipMiddlewares: isSkipped, maximumEvents: 5)
        let fixture = self.fixture(recovery)
        let checked = Recorder<Bool>()
        fixture.main.use { socket in checked.add(socket.recovered) }
        let client = fixture.client()
        client.send("0")
        let answer = await client.take(atLeast: 1)
        let pid = answer.first.map { String($0.suffix(22).prefix(20)) } ?? ""
        client.end()
        // More than are kept.
        for number in 0..<10 { try fixture.main.emit("missed", number) }
        fixture.loop.run()
        let again = fixture.client()
        again.send(#"0{"pid":"\#(pid)"}"#)
        let second = await again.take(atLeast: 1)
        #expect(second.count == 1 && second[0].contains("sid") && !second[0].contains(pid))
        #expect(checked.all == [false, false], "a restore that is refused is no socket to be asked about")
    }

    @Test("A client whose session went while middleware was asked is sent away to begin anew")
    func middlewareOvertaken() async throws {
        let fixture = self.fixture(ConnectionStateRecovery(skipMiddlewares: false, maximumEvents: 5))
        let (gate, checked) = (Gate(), Recorder<Bool>())
        fixture.main.use { socket in
            if socket.recovered { await gate.pass() }
            checked.add(socket.recovered)
        }
        let client = fixture.client()
        client.send("0")
        let pid = await client.take(atLeast: 1).first.map { String($0.suffix(22).prefix(20)) } ?? ""
        client.end()
        let again = fixture.client()
        again.send(#"0{"pid":"\#(pid)"}"#)
        for number in 0..<10 { try fixture.main.emit("missed", number) }
        fixture.loop.run()
        gate.open()
        await fixture.loop.run { again.closeReason != nil }
        #expect(again.take() == [])
        #expect(again.closeReason == .forcedServerClose)
        let third = fixture.client()
        third.send(#"0{"pid":"\#(pid)"}"#)
        #expect(await third.take(atLeast: 1).first?.contains("sid") == true)
        #expect(checked.all == [false, true, false])
    }

    @Test("Clients that take no part see no offsets and have nothing to come back to")
    func takesPart() throws {
        let fixture = self.fixture(
            ConnectionStateRecovery(takesPart: { connection, auth in
                connection.query.contains { $0.name == "recovers" } || auth.member("recovers")?.boolValue == true
            })
        )
        fixture.main.onInline("ask") { socket, _ in socket.emit(raw: "own", arguments: ByteBuffer(string: #""x""#)) }
        let (plain, byAuth) = (fixture.client(), fixture.client(shard: 1))
        let byQuery = fixture.client(query: "recovers=1")
        plain.send("0")
        byAuth.send(#"0{"recovers":true}"#)
        byQuery.send("0")
        #expect(plain.take().map { $0.contains("pid") } == [false])
        let answer = try #require(byAuth.take().first)
        #expect(answer.contains("pid"))
        #expect(byQuery.take().map { $0.contains("pid") } == [true])
        try fixture.main.emit("news", "a")
        for client in [plain, byAuth] { client.send(#"2["ask"]"#) }
        #expect(plain.take() == [#"2["news","a"]"#, #"2["own","x"]"#])
        #expect(byAuth.take().allSatisfy { $0.hasPrefix(#"2["news","a",""#) || $0.hasPrefix(#"2["own","x",""#) })
        byAuth.end()
        let pid = answer.suffix(22).prefix(20)
        let other = fixture.client()
        other.send(#"0{"pid":"\#(pid)"}"#)
        #expect(other.take().map { $0.contains("pid") } == [false], "asked anew for each CONNECT")
        let back = fixture.client()
        back.send(#"0{"recovers":true,"pid":"\#(pid)"}"#)
        #expect(back.take().last?.contains(pid) == true)
    }

    @Test("A client that may not have a session begins anew, and the session waits for one that may")
    func mayResume() async throws {
        let fixture = self.fixture(
            ConnectionStateRecovery(mayResume: { session, _, auth in
                auth.member("key")?.isString("right") == true && session.data["owner"]?.isString("ann") == true
            })
        )
        fixture.main.onConnectInline { socket in
            if !socket.recovered { try? socket.data.set("owner", "ann") }
        }
        let first = fixture.client()
        first.send("0")
        let pid = try #require(first.take().first).suffix(22).prefix(20)
        first.end()
        try fixture.main.emit("missed")
        let stranger = fixture.client(shard: 1)
        stranger.send(#"0{"pid":"\#(pid)","key":"wrong"}"#)
        let anew = await stranger.take(atLeast: 1)
        #expect(anew.count == 1 && anew.first?.contains(pid) == false)
        let back = fixture.client(shard: 1)
        back.send(#"0{"pid":"\#(pid)","key":"right"}"#)
        let missed = await back.take(atLeast: 2)
        #expect(missed.first?.hasPrefix(#"2["missed""#) == true)
        #expect(missed.last?.contains(pid) == true)
    }

    @Test("Clients of v2 see no offsets, and nobody sees them without recovery")
    func revision3() throws {
        let fixture = self.fixture()
        let old = fixture.client(revision: .v3)
        let new = RecoveringClient(fixture, shard: 1)
        _ = old.take()
        try fixture.main.emit("news", "a")
        fixture.loop.run()
        #expect(old.take() == [#"2["news","a"]"#])
        new.read()
        #expect(new.events.first?.hasPrefix(#"2["news","a",""#) == true)
        old.end()
        let plain = Fixture()
        _ = plain.main
        let client = plain.joinedClient()
        try plain.main.emit("news", "a")
        plain.loop.run()
        #expect(client.take() == [#"2["news","a"]"#])
    }
}
