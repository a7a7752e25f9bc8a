// Licensed under the MIT licence.

import EngineIOCore
import Foundation
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct AcknowledgementTests {
    private struct Failure: Error {}

    /// A joined client and its socket.
    private func pair(_ fixture: Fixture) throws -> (TestClient, Socket) {
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        let client = fixture.joinedClient()
        return (client, try #require(sockets.last))
    }

    // MARK: The client asks

    @Test("What a handler answers goes back under the client's number")
    func answer() async {
        let fixture = Fixture()
        fixture.main.onInline("raw") { $1.acknowledgement?.send(raw: $1.rawArguments, attachments: $1.attachments) }
        fixture.main.on("typed") { try $1.acknowledgement?("ok", 3, Data([7])) }
        fixture.main.onRequest("add") { (socket, a: Int, b: Int) in a + b }
        let client = fixture.joinedClient()
        client.send(#"20["raw",1,{"a":2}]"#)
        client.send(#"212["raw"]"#)
        #expect(client.take() == [#"30[1,{"a":2}]"#, "312[]"])
        client.send(#"29007199254740991["typed"]"#)
        client.send(#"22["add",1,2]"#)
        let answers = await client.take(atLeast: 3)
        #expect(answers == [#"61-9007199254740991["ok",3,{"_placeholder":true,"num":0}]"#, "<7>", "32[3]"])
    }

    @Test("Only the first answer counts; without a number there is nothing to answer")
    func firstAnswerCounts() throws {
        let fixture = Fixture()
        fixture.main.onInline("ask") { _, event in
            event.acknowledgement?.send(raw: ByteBuffer(string: "1"))
            event.acknowledgement?.send(raw: ByteBuffer(string: "2"))
        }
        let client = fixture.joinedClient()
        client.send(#"2["ask"]"#)
        #expect(client.take() == [])
        client.send(#"27["ask"]"#)
        #expect(client.take() == ["37[1]"])
    }

    @Test("A request that fails is not acknowledged")
    func failedRequest() async {
        let fixture = Fixture()
        fixture.main.onRequest("fail") { (socket) -> Int in throw Failure() }
        fixture.main.onRequest("number") { (socket, n: Int) in n }
        let client = fixture.joinedClient()
        client.send(#"20["fail"]"#)
        client.send(#"21["number","x"]"#)
        client.send(#"22["number",5]"#)
        #expect(await client.take(atLeast: 1) == ["32[5]"])
    }

    @Test("An answer after the socket has left goes nowhere, though the connection lives")
    func answerAfterLeaving() {
        let fixture = Fixture()
        let waiting = Recorder<Acknowledgement>()
        fixture.main.onInline("ask") { _, event in event.acknowledgement.map { waiting.add($0) } }
        let client = fixture.joinedClient()
        client.send(#"20["ask"]"#)
        client.send("1")
        client.connect()
        waiting.last?.send(raw: ByteBuffer(string: "1"))
        fixture.loop.run()
        #expect(client.take() == [])
    }

    // MARK: The server asks

    @Test("The client's answer comes back, with its attachments")
    func emitWithAck() async throws {
        let fixture = Fixture()
        let (client, socket) = try self.pair(fixture)
        let first = Task { try await socket.emitWithAck("ask", 1) }
        #expect(await client.take(atLeast: 1) == [#"20["ask",1]"#])
        let second = Task { try await socket.emitWithAck("ask", 2) }
        #expect(await client.take(atLeast: 1) == [#"21["ask",2]"#])
        client.send(#"61-1["second",{"_placeholder":true,"num":0}]"#, attachments: [[4, 2]])
        client.send(#"30["first", {"a":1.0}]"#)
        let (text, data) = try await second.value.decode(as: String.self, Data.self)
        #expect(text == "second")
        #expect(Array(data) == [4, 2])
        #expect(try await String(buffer: first.value.rawArguments) == #""first",{"a":1.0}"#)
    }

    @Test("Unknown, repeated and late answers are ignored")
    func strayAnswers() async throws {
        let fixture = Fixture()
        let (client, socket) = try self.pair(fixture)
        client.send("30[]")
        client.send("39999999999999999[]")
        let reply = Task { try await socket.emitWithAck("ask", timeout: .seconds(5)) }
        _ = await client.take(atLeast: 1)
        client.send("31[]")
        client.send("30[1]")
        client.send("30[2]")
        #expect(try await String(buffer: reply.value.rawArguments) == "1")
        let late = Task { try await socket.emitWithAck("ask", timeout: .seconds(5)) }
        _ = await client.take(atLeast: 1)
        fixture.loop.advance(by: .milliseconds(4_999))
        fixture.loop.advance(by: .milliseconds(1))
        client.send("31[]")
        await #expect(throws: AckError.timedOut) { try await late.value }
        #expect(client.closeReason == nil)
    }

    @Test("Each wait ends at its own time")
    func timeouts() async throws {
        let fixture = Fixture(options: ServerOptions(acknowledgementTimeout: .seconds(20)))
        let (client, socket) = try self.pair(fixture)
        let long = Task { try await socket.emitWithAck("long") }
        _ = await client.take(atLeast: 1)
        let short = Task { try await socket.emitWithAck("short", timeout: .seconds(1)) }
        _ = await client.take(atLeast: 1)
        fixture.loop.advance(by: .seconds(1))
        await #expect(throws: AckError.timedOut) { try await short.value }
        #expect(client.connection.deadline != nil)
        fixture.loop.advance(by: .milliseconds(18_999))
        client.send("30[\"in time\"]")
        #expect(try await String(buffer: long.value.rawArguments) == #""in time""#)
        let last = Task { try await socket.emitWithAck("last") }
        _ = await client.take(atLeast: 1)
        fixture.loop.advance(by: .seconds(20))
        await #expect(throws: AckError.timedOut) { try await last.value }
        #expect(client.connection.deadline == nil)
    }

    @Test("Who waits when the socket leaves is told", arguments: ["1", "end", "server"])
    func leaving(_ way: String) async throws {
        let fixture = Fixture()
        let (client, socket) = try self.pair(fixture)
        let reply = Task { try await socket.emitWithAck("ask") }
        _ = await client.take(atLeast: 1)
        switch way {
        case "end": client.end()
        case "server": socket.disconnect()
        default: client.send(way)
        }
        fixture.loop.run()
        await #expect(throws: AckError.disconnected) { try await reply.value }
        await #expect(throws: AckError.disconnected) {
            try await fixture.loop.finish { _ = try await socket.emitWithAck("again") }
        }
        #expect(!client.take().contains { $0.contains("again") })
    }

    @Test("A client that owes too many answers is asked no more")
    func cap() async throws {
        let fixture = Fixture(options: ServerOptions(maximumPendingAcknowledgements: 2))
        let (client, socket) = try self.pair(fixture)
        let first = Task { try await socket.emitWithAck("ask") }
        let second = Task { try await socket.emitWithAck("ask") }
        #expect(await client.take(atLeast: 2).count == 2)
        await #expect(throws: AckError.tooManyPending) {
            try await fixture.loop.finish { _ = try await socket.emitWithAck("ask") }
        }
        #expect(client.take() == [])
        client.send("30[]")
        client.send("31[]")
        _ = try await (first.value, second.value)
        let third = Task { try await socket.emitWithAck("ask") }
        #expect(await client.take(atLeast: 1) == [#"23["ask"]"#])
        client.send("33[]")
        _ = try await third.value
    }

    @Test("A broadcast gathers the answers, and counts those that did not come")
    func broadcast() async throws {
        let fixture = Fixture(shards: 2)
        let main = fixture.main
        main.onInline("join") { socket, _ in socket.join("asked") }
        let clients = (0..<4).map { fixture.joinedClient(shard: $0 % 2) }
        for client in clients.dropLast() { client.send(#"2["join"]"#) }
        let answers = Task { try await main.to("asked").timeout(.seconds(2)).emitWithAck("ask", 1) }
        for (index, client) in clients.dropLast().enumerated() {
            #expect(await client.take(atLeast: 1) == [#"2\#(index % 2)["ask",1]"#])
        }
        clients[0].send("30[0]")
        clients[1].send("31[1]")
        fixture.loop.advance(by: .seconds(2))
        let gathered = try await answers.value
        #expect(gathered.replies.map { String(buffer: $0.rawArguments) }.sorted() == ["0", "1"])
        #expect(gathered.missing == 1)
        #expect(clients[3].take() == [])
    }
}
