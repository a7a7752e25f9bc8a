// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

/// Clients whose server ends, with a word or without, and begins anew over the same storage.
@Suite(.timeLimit(.minutes(15))) struct RestartTests {
    /// Joins what the client asks for, and says when that is done.
    private static func configure(_ fixture: Fixture) {
        fixture.main.onInline("join") { socket, event in
            socket.join(Room(event.firstArgument?.stringValue ?? ""))
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        fixture.main.onInline("out") { socket, _ in socket.disconnect() }
        fixture.main.onInline("name") { socket, event in
            try? socket.data.set("name", event.firstArgument?.stringValue ?? "")
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        fixture.main.onInline("who") { socket, event in
            let name = socket.data.get("name", as: String.self) ?? "nobody"
            event.acknowledgement?.send(raw: ByteBuffer(string: "\"\(name)\""))
        }
    }

    private func server(shards: Int = 2) -> DurableServer { DurableServer(shards: shards, configure: Self.configure) }

    private static func names(_ events: [String]) -> [Substring] {
        events.map { $0.dropFirst(3).prefix { $0 != "\"" } }
    }

    @Test("A client that was connected when the process was killed goes on with the next", arguments: 1...2)
    func killed(shards: Int) throws {
        let server = self.server(shards: shards)
        let client = RecoveringClient(server.fixture, shard: shards - 1)
        client.connection.send(#"20["join","r"]"#)
        client.connection.send(#"21["name","alice"]"#)
        #expect(client.connection.take() == ["30[]", "31[]"])
        for name in ["one", "two"] { try server.fixture.main.to("r").emit(name) }
        try server.fixture.main.to("other").emit("none")
        server.fixture.loop.run()
        let sid = client.sid
        server.restart()
        client.lose(after: 1, for: server.fixture)
        client.reconnect()
        client.read()
        #expect(client.recovered && client.sid == sid)
        #expect(Self.names(client.events) == ["one", "two"])
        try server.fixture.main.to("r").emit("three")
        server.fixture.loop.run()
        client.read()
        #expect(Self.names(client.events) == ["one", "two", "three"])
        client.connection.send(#"22["who"]"#)
        #expect(client.connection.take() == [#"32["alice"]"#])
    }

    @Test("One that was away already, and one that stayed quiet for an hour, come back too")
    func awayAndQuiet() throws {
        let server = self.server()
        let (away, quiet) = (RecoveringClient(server.fixture), RecoveringClient(server.fixture, shard: 1))
        try server.fixture.main.emit("early")
        server.fixture.loop.run()
        quiet.read()
        server.fixture.loop.advance(by: .hours(1))
        away.cut()
        try server.fixture.main.emit("late")
        server.fixture.loop.run()
        server.restart(after: .seconds(60))
        for client in [away, quiet] {
            client.lose(for: server.fixture)
            client.reconnect()
            client.read()
            #expect(client.recovered)
            #expect(Self.names(client.events) == ["early", "late"])
        }
    }

    @Test("After too long a time clients begin anew")
    func tooLate() {
        let server = self.server()
        let client = RecoveringClient(server.fixture)
        server.fixture.loop.advance(by: .seconds(600))
        server.restart(after: .seconds(130))
        client.lose(for: server.fixture)
        client.reconnect()
        client.read()
        #expect(!client.recovered && client.sid != nil)
    }

    @Test("Nothing leaves before what it rests on is recorded")
    func recordedFirst() throws {
        let server = self.server()
        let client = RecoveringClient(server.fixture)
        server.journal.behaviour = .holding
        try server.fixture.main.emit("event")
        server.fixture.loop.run()
        #expect(client.connection.take() == [])
        server.journal.commit()
        server.fixture.loop.run()
        client.read()
        #expect(client.connection.unseen.isEmpty && Self.names(client.events) == ["event"])
        for (index, event) in ["join", "name"].enumerated() {
            client.connection.send(#"2\#(index)["\#(event)","r"]"#)
            #expect(client.connection.take() == [], "\(event) is acknowledged when a restart cannot undo it")
            server.journal.commit()
            server.fixture.loop.run()
            #expect(client.connection.take() == ["3\(index)[]"])
            while server.journal.commit() { server.fixture.loop.run() }
        }
    }

    @Test("Who leaves, or is put out, has nothing to come back to after a restart either")
    func leaving() {
        for packet in ["1", #"2["out"]"#] {
            let server = self.server()
            let client = RecoveringClient(server.fixture)
            client.connection.send(packet)
            server.restart()
            client.lose(for: server.fixture)
            client.reconnect()
            client.read()
            #expect(client.sid != nil && !client.recovered)
        }
    }

    @Test("What was done to many sockets is still done after a restart")
    func many() throws {
        let server = self.server()
        let clients = (0..<4).map { RecoveringClient(server.fixture, shard: $0 % 2) }
        clients[0].connection.send(#"20["join","a"]"#)
        server.fixture.main.to("a").socketsJoin("b")
        server.fixture.main.to(Room(clients[1].sid ?? "")).socketsJoin("b")
        server.fixture.main.to(Room(clients[3].sid ?? "")).disconnectSockets()
        try server.fixture.main.to("b").emit("lost")
        server.fixture.loop.run()
        server.restart()
        for client in clients {
            client.lose(after: 0, for: server.fixture)
            client.reconnect()
            client.read()
        }
        #expect(clients.map(\.recovered) == [true, true, true, false])
        #expect(clients.map { Self.names($0.events) } == [["lost"], ["lost"], [], []])
    }

    @Test("The log is told of changes once a turn, and not of events that come in")
    func coalesced() throws {
        let server = self.server(shards: 1)
        server.fixture.main.onInline("join many") { socket, _ in
            for number in 0..<50 { socket.join(Room("\(number)")) }
        }
        let client = RecoveringClient(server.fixture)
        let before = server.journal.batchCount
        client.connection.send(#"2["join many"]"#)
        #expect(server.journal.batchCount == before + 2, "that it changes, and to what")
        for _ in 0..<50 { client.connection.send(#"20["who"]"#) }
        #expect(server.journal.batchCount == before + 2)
    }

    @Test("At a shutdown everybody's session is saved, and that can be waited for", arguments: [false, true])
    func shutdown(isDurable: Bool) async throws {
        let server = self.server()
        let fixture =
            isDurable ? server.fixture : Fixture(shards: 2, options: ServerOptions(connectionStateRecovery: .init()))
        if !isDurable { Self.configure(fixture) }
        let clients = (0..<6).map { RecoveringClient(fixture, shard: $0 % 2) }
        for client in clients { client.connection.send(#"20["join","r"]"#) }
        try fixture.main.to("r").emit("missed")
        fixture.loop.run()
        server.journal.behaviour = .holding
        for client in clients { client.connection.connection.end(.serverShuttingDown) }
        let (io, saved) = (fixture.server, Recorder<Int>())
        let saving = Task {
            await io.saveSessions()
            saved.add(1)
            // Wakes the loop, which looks only after jobs.
            io.shards[0].execute {}
        }
        if isDurable {
            // Whatever is not recorded yet is waited for.
            await fixture.loop.run { server.journal.isWaiting }
            #expect(saved.all.isEmpty)
        }
        await fixture.loop.run {
            while server.journal.commit() {}
            return !saved.all.isEmpty
        }
        await saving.value
        guard isDurable else { return }
        server.restart()
        for client in clients {
            client.lose(after: 1, for: server.fixture)
            client.reconnect()
            client.read()
            #expect(client.recovered)
            #expect(Self.names(client.events) == ["missed"])
        }
    }
}
