// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct ClusterAdapterTests {
    /// A client in room `r` on each node.
    private func members(_ fixture: ClusterFixture) -> [TestClient] {
        (0..<fixture.servers.count).map { node in
            fixture.main(node).onConnectInline { $0.join("r") }
            return fixture.client(node: node, shard: node % 2)
        }
    }

    @Test("A broadcast reaches every node's sockets, a local one its own node's")
    func broadcast() throws {
        let fixture = ClusterFixture()
        let clients = self.members(fixture)
        try fixture.main(0).to("r").emit("news", 1)
        fixture.loop.run()
        for client in clients { #expect(client.take() == [#"2["news",1]"#]) }
        try fixture.main(1).local.emit("local", 2)
        fixture.loop.run()
        #expect(clients.map { $0.take() } == [[], [#"2["local",2]"#], []])
        try fixture.main(1).to("nobody").emit("news", 1)
        fixture.loop.run()
        #expect(clients.map { $0.take() } == [[], [], []])
    }

    @Test("A dead node takes nothing from the others")
    func deliveryGoesOn() throws {
        let fixture = ClusterFixture()
        let clients = self.members(fixture)
        fixture.bus.kill("n2", isNoticed: true)
        try fixture.main(0).to("r").emit("news", 1)
        fixture.loop.run()
        #expect(clients.map { $0.take().count } == [1, 1, 0])
    }

    @Test("Sockets of all nodes are moved between rooms, and put out")
    func moves() async throws {
        let fixture = ClusterFixture()
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

    @Test("Sockets are fetched with their rooms and data, and can be reached from where they are not")
    func fetch() async throws {
        let fixture = ClusterFixture()
        for node in 0..<3 {
            fixture.main(node).onConnectInline { socket in
                socket.join("r")
                try? socket.data.set("node", node)
            }
        }
        let clients = (0..<3).map { fixture.client(node: $0, shard: $0 % 2) }
        let main = fixture.main(0)
        let sockets = try await fixture.loop.finish { try await main.broadcast.fetchSockets() }
        #expect(Set(sockets.map { String(buffer: $0.data.bytes) }) == [#"{"node":0}"#, #"{"node":1}"#, #"{"node":2}"#])
        for socket in sockets {
            #expect(socket.rooms == [Room(socket.id), "r"])
            #expect(socket.handshake.member("address")?.isString("192.0.2.1") == true)
        }
        let local = try await fixture.loop.finish { try await main.local.fetchSockets() }
        #expect(local.count == 1)
        let far = try #require(sockets.first { $0.id != local[0].id })
        try far.emit("hello")
        far.join("x")
        far.leave("r")
        try main.to("x").emit("to x")
        try main.to("r").emit("to r")
        far.disconnect()
        fixture.loop.run()
        #expect(clients.map { $0.take() }.filter { $0 == [#"2["hello"]"#, #"2["to x"]"#, "1"] }.count == 1)
    }

    @Test("Answers are gathered from all nodes; what does not come is counted when the time is up")
    func acknowledgements() async throws {
        let fixture = ClusterFixture()
        let clients = self.members(fixture)
        let main = fixture.main(0)
        let asking = Task { try await main.to("r").timeout(.seconds(1)).emitWithAck("ask") }
        for (node, client) in clients.enumerated() {
            #expect(await client.take(atLeast: 1) == [#"2\#(node % 2)["ask"]"#])
        }
        clients[0].send("30[0]")
        clients[2].send(#"60-1-["x"]"#)
        clients[2].send(#"30["two"]"#)
        fixture.loop.advance(by: .seconds(1))
        let answers = try await fixture.loop.finish { try await asking.value }
        #expect(answers.replies.map { String(buffer: $0.rawArguments) }.sorted() == ["0"])
        #expect(answers.missing == 2)
        fixture.loop.advance(by: .seconds(10))
    }

    @Test("With all answers in, nobody waits for the time to be up")
    func allAnswered() async throws {
        let fixture = ClusterFixture()
        let clients = self.members(fixture)
        let main = fixture.main(1)
        let asking = Task { try await main.broadcast.emitWithAck("ask") }
        for (node, client) in clients.enumerated() {
            #expect(await client.take(atLeast: 1) == [#"2\#(node % 2)["ask"]"#])
            client.send("3\(node % 2)[\(node)]")
        }
        let answers = try await fixture.loop.finish { try await asking.value }
        #expect(answers.replies.map { String(buffer: $0.rawArguments) }.sorted() == ["0", "1", "2"])
        #expect(answers.missing == 0)
    }

    @Test("Replies that the bus loses are missing when the time is up, not for ever")
    func lostReplies() async throws {
        let fixture = ClusterFixture()
        _ = self.members(fixture)
        fixture.bus.lose { message, from, _ in
            if case .sockets = message { from == NodeID("n2") } else { false }
        }
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { fixture.bus.messageCount >= 3 }
        fixture.loop.advance(by: .seconds(5))
        await #expect(throws: ClusterError.missingAnswers(from: 1)) {
            try await fixture.loop.finish { try await fetching.value }
        }
    }

    @Test("A node that dies while it is asked is not waited for")
    func deathWhileAsked() async throws {
        let fixture = ClusterFixture()
        _ = self.members(fixture)
        fixture.bus.lose { _, from, _ in from == NodeID("n2") }
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { fixture.bus.messageCount >= 3 }
        fixture.bus.kill("n2", isNoticed: true)
        #expect(try await fixture.loop.finish { try await fetching.value }.count == 2)
    }

    @Test("Servers talk to each other, with and without answers")
    func serverSide() async throws {
        let fixture = ClusterFixture()
        let heard = Recorder<String>()
        for node in 0..<3 {
            let shard = fixture.loop.shards[0]
            fixture.main(node).onServerSide("hello") { event in
                let name = try? event.decode(as: String.self)
                heard.add("\(node) \(name ?? "") \(event.wantsAnswer)")
                try? event.answer("from \(node)")
                try? event.answer("again")
                // Whoever waits for this looks after each job.
                shard.execute {}
            }
        }
        let main = fixture.main(0)
        try main.serverSideEmit("hello", "you")
        await fixture.loop.run { heard.all.count == 2 }
        #expect(Set(heard.all) == ["1 you false", "2 you false"])
        let answers = try await fixture.loop.finish { try await main.serverSideEmitWithAck("hello", "all") }
        #expect(Set(answers.map { String(buffer: $0.rawArguments) }) == [#""from 1""#, #""from 2""#])
    }

    @Test("A server that does not answer is an error in time")
    func silentServer() async throws {
        let fixture = ClusterFixture()
        fixture.main(1).onServerSide("hello") { try? $0.answer(1) }
        fixture.main(2).onServerSide("hello") { _ in }
        let main = fixture.main(0)
        let asking = Task { try await main.serverSideEmitWithAck("hello") }
        await fixture.loop.run { fixture.bus.messageCount >= 3 }
        fixture.loop.advance(by: .seconds(2))
        await #expect(throws: ClusterError.missingAnswers(from: 1)) {
            try await fixture.loop.finish { try await asking.value }
        }
    }

    @Test("A server that does not know an event answers with nothing, at once")
    func unknownServerSide() async throws {
        let fixture = ClusterFixture()
        fixture.main(1).onServerSide("another") { try? $0.answer(1) }
        let main = fixture.main(0)
        let answers = try await fixture.loop.finish { try await main.serverSideEmitWithAck("hello") }
        #expect(answers == [AckReply(), AckReply()])
    }

    @Test("A single process has nobody to wait for")
    func alone() async throws {
        let fixture = Fixture()
        let main = fixture.main
        try main.serverSideEmit("hello")
        #expect(try await fixture.loop.finish { try await main.serverSideEmitWithAck("hello") }.isEmpty)
        let nobody = try await fixture.loop.finish { try await main.to("r").emitWithAck("ask") }
        #expect(nobody.replies.isEmpty && nobody.missing == 0)
        #expect(try await fixture.loop.finish { try await main.broadcast.fetchSockets() }.isEmpty)
    }
}
