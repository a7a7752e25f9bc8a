// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

/// A server whose packets are MessagePack; what the parser itself does is tested in SocketIOCoreTests.
@Suite(.timeLimit(.minutes(15))) struct ParserTests {
    private let fixture = Fixture(shards: 2, options: ServerOptions(parser: .messagePack))

    init() {
        // A namespace is there from the first time that it is asked for.
        _ = self.fixture.main
    }

    /// What has been sent to the client since the last time, decoded.
    private func take(_ client: TestClient, _ revision: ProtocolRevision = .v4) throws -> [SocketIOPacket] {
        var decoder = Parser.messagePack.makeDecoder(revision: revision)
        let messages = Array(client.unseen)
        _ = client.take()
        return try messages.compactMap { message in
            switch message {
            case .text(let text): try decoder.text(ByteBuffer(string: text))
            case .binary(let bytes): try decoder.binary(ByteBuffer(bytes: bytes))
            }
        }
    }

    private func send(_ message: EngineMessage, from client: TestClient) {
        self.fixture.loop.run()
        client.connection.receive(message)
        self.fixture.loop.run()
    }

    private func joinedClient(shard: Int = 0) throws -> TestClient {
        let client = self.fixture.client(shard: shard)
        self.send(Parser.messagePack.encode(SocketIOPacket(kind: .connect), revision: .v4), from: client)
        let packets = try self.take(client)
        #expect(packets.map { $0.kind } == [.connect])
        #expect(packets.first?.payload?.member("sid") != nil)
        return client
    }

    private func json(_ text: String) throws -> JSONValue { try JSONValue(validating: ByteBuffer(string: text)) }

    @Test("Events and acknowledgements travel both ways, binary data in them")
    func events() async throws {
        self.fixture.main.onInline("echo") { socket, event in
            socket.emit(raw: "back", arguments: event.rawArguments, attachments: event.attachments)
            event.acknowledgement?.send(raw: event.rawArguments, attachments: event.attachments)
            socket.emit(raw: "ask", arguments: ByteBuffer(string: "1")) { answer in
                guard case .success(let reply) = answer else { return }
                socket.emit(raw: "answer", arguments: reply.rawArguments, attachments: reply.attachments)
            }
        }
        let client = try self.joinedClient()
        let arguments = ByteBuffer(string: #"{"a":{"_placeholder":true,"num":0}}"#)
        let attachments = [ByteBuffer(bytes: [1, 2])]
        let event = Parser.messagePack.event("echo", arguments: arguments, ackID: 7, attachments: attachments)
        self.send(event, from: client)
        let packets = try self.take(client)
        #expect(packets.map { $0.kind } == [.binaryEvent, .binaryAck, .event])
        #expect(packets[0].payload == (try self.json(#"["back",{"a":{"_placeholder":true,"num":0}}]"#)))
        #expect(packets[1].ackID == 7)
        #expect(packets[1].payload == (try self.json(#"[{"a":{"_placeholder":true,"num":0}}]"#)))
        #expect(packets.prefix(2).allSatisfy { $0.attachments == attachments })
        let id = try #require(packets[2].ackID)
        self.send(Parser.messagePack.ack(id, arguments: arguments, attachments: attachments), from: client)
        #expect(try self.take(client).first?.payload == self.json(#"["answer",{"a":{"_placeholder":true,"num":0}}]"#))
        #expect(client.closeReason == nil)
    }

    @Test("A broadcast is the same message for everybody")
    func broadcast() throws {
        let clients = try (0..<2).map { try self.joinedClient(shard: $0) }
        try self.fixture.main.emit("news", "é", 1)
        self.fixture.loop.run()
        let message = Parser.messagePack.event("news", arguments: ByteBuffer(string: #""é",1"#))
        for client in clients {
            let bytes = message.attachments.map { TestConnection.Message.binary(Array($0.readableBytesView)) }
            #expect(Array(client.unseen) == bytes)
        }
    }

    @Test("Refusals and the end of access")
    func refusals() async throws {
        self.fixture.server.of("/guarded").use { _ in
            throw ConnectionRefusal("no", data: try JSONValue(validating: ByteBuffer(string: "[1]")))
        }
        self.fixture.main.onInline("leave") { socket, _ in socket.disconnect() }
        let client = try self.joinedClient()
        for name in ["/guarded", "/nowhere"] {
            let connect = SocketIOPacket(kind: .connect, namespace: name)
            self.send(Parser.messagePack.encode(connect, revision: .v4), from: client)
        }
        self.send(Parser.messagePack.event("leave"), from: client)
        await self.fixture.loop.run { client.unseen.count >= 3 }
        let packets = try self.take(client)
        let refused = packets.filter { $0.kind == .connectError }
        #expect(Set(refused.map { $0.namespace }) == ["/guarded", "/nowhere"])
        #expect(
            refused.first { $0.namespace == "/guarded" }?.payload == (try self.json(#"{"message":"no","data":[1]}"#))
        )
        #expect(packets.contains { $0.kind == .disconnect && $0.namespace == "/" })
    }

    @Test("Clients of v2 are told in JSON what they are told in JSON by the official parser")
    func revision3() throws {
        _ = self.fixture.server.of("/custom")
        let client = self.fixture.client(revision: .v3)
        client.send(#"{"type":0,"nsp":"/custom?a=b"}"#)
        client.send(#"{"type":0,"nsp":"/nowhere"}"#)
        #expect(
            client.take() == [
                #"{"type":0,"nsp":"/"}"#, #"{"type":0,"nsp":"/custom"}"#,
                #"{"type":4,"data":{"message":"Invalid namespace"},"nsp":"/nowhere"}"#,
            ]
        )
    }

    @Test("A text ends the session", arguments: ["", #"2["a"]"#, #"{"type":0,"nsp":"/"}"#])
    func text(_ text: String) throws {
        let client = try self.joinedClient()
        client.send(text)
        #expect(client.closeReason == .parseError)
        #expect(try self.take(client).isEmpty)
    }

    @Test("A server whose packets are JSON takes no MessagePack")
    func mismatch() {
        let fixture = Fixture()
        let client = fixture.client()
        client.connection.receive(Parser.messagePack.encode(SocketIOPacket(kind: .connect), revision: .v4))
        fixture.loop.run()
        #expect(client.closeReason == .parseError)
    }
}
