// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct ConnectTests {
    @Test("A client joins and gets an id that is not the session's")
    func connect() throws {
        let fixture = Fixture()
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        let client = fixture.client()
        #expect(client.take() == [])
        let id = try #require(client.connect())
        #expect(id.utf8.count == 20)
        #expect(id != client.connection.sessionID.encoded)
        #expect(sockets.all.map(\.id) == [id])
        #expect(client.take() == [])
    }

    @Test(
        "What came with CONNECT is the handshake's auth",
        arguments: [("", "{}"), ("{}", "{}"), (#"{"token":"abc","n":[1.0]}"#, #"{"token":"abc","n":[1.0]}"#)]
    )
    func auth(_ sent: String, _ seen: String) {
        let fixture = Fixture()
        let sockets = Recorder<Socket>()
        fixture.server.of("/admin").onConnectInline { sockets.add($0) }
        #expect(fixture.client().connect(to: "/admin", auth: sent) != nil)
        #expect(sockets.all.map { String(buffer: $0.handshake.auth.bytes) } == [seen])
        #expect(sockets.last?.namespace.name == "/admin")
        #expect(sockets.last?.handshake.connection.address == "192.0.2.1")
    }

    @Test("Engine.IO 3: the main namespace is joined unasked, its id is the session's and its auth the query")
    func revision3() {
        let fixture = Fixture()
        _ = fixture.server.of("/admin")
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        fixture.server.of("/admin").onConnectInline { sockets.add($0) }
        let client = fixture.client(revision: .v3, query: "token=a%20b")
        #expect(client.take() == ["0"])
        client.send("0/admin?token=c,")
        #expect(client.take() == ["0/admin,"])
        let sid = client.connection.sessionID.encoded
        #expect(sockets.all.map(\.id) == [sid, "/admin#\(sid)"])
        #expect(sockets.all.map { $0.handshake.auth.member("token")?.stringValue } == ["a b", "c"])
        client.send("0")
        #expect(client.closeReason == .parseError)
    }

    @Test("An unknown namespace is refused, with an object in both revisions", arguments: ProtocolRevision.allCases)
    func unknownNamespace(_ revision: ProtocolRevision) {
        let fixture = Fixture()
        _ = fixture.main
        let client = fixture.client(revision: revision)
        _ = client.take()
        client.send("0/nowhere,")
        #expect(client.take() == [#"4/nowhere,{"message":"Invalid namespace"}"#])
        #expect(client.closeReason == nil)
        _ = fixture.server.of("/nowhere")
        client.send("0/nowhere,")
        #expect(client.take().first?.hasPrefix("0/nowhere,") == true)
    }

    @Test("More refusals than allowed end the connection")
    func refusalsAreCapped() {
        let fixture = Fixture(options: ServerOptions(maximumRefusals: 3))
        let client = fixture.client()
        for number in 0..<3 { client.send("0/nowhere\(number),") }
        #expect(client.closeReason == nil)
        client.send("0/nowhere3,")
        #expect(client.closeReason == .parseError)
        #expect(fixture.loop.shards[0].connectionCount == 0)
    }

    @Test("More namespaces than allowed end the connection, also when some were left")
    func namespacesAreCapped() {
        let fixture = Fixture(options: ServerOptions(maximumNamespaces: 2))
        for name in ["/a", "/b", "/c"] { _ = fixture.server.of(name) }
        let client = fixture.client()
        #expect(client.connect(to: "/a") != nil)
        client.send("1/a,")
        #expect(client.connect(to: "/b") != nil)
        #expect(client.connect(to: "/a") != nil)
        client.send("0/c,")
        #expect(client.closeReason == .parseError)
    }

    @Test(
        "Packets that break the order end the connection",
        arguments: [
            [#"2["early"]"#], ["3[]"], ["1"], ["0", "0"], ["0", #"2/other,["early"]"#], ["0", "1/other,"],
            ["0", "4{}"],
            ["0", "9"], ["0", #"2["connect"]"#], ["0", "2[]"], ["0", #"2"x""#], ["0", "51-[]", "2[]"],
        ]
    )
    func brokenOrder(_ packets: [String]) {
        let fixture = Fixture()
        let events = Recorder<String>()
        fixture.main.onUnknownInline { events.add($1.name) }
        let client = fixture.client()
        for packet in packets { client.send(packet) }
        #expect(client.closeReason == .parseError)
        client.send(#"2["after"]"#)
        #expect(events.all.isEmpty)
        #expect(fixture.loop.shards[0].connectionCount == 0)
    }

    @Test("A client that joins nothing is closed when its time is up")
    func connectTimeout() {
        let fixture = Fixture(options: ServerOptions(connectTimeout: .seconds(2)))
        _ = fixture.main
        let idle = fixture.client()
        let refused = fixture.client()
        refused.send("0/nowhere,")
        let joined = fixture.joinedClient()
        fixture.loop.advance(by: .milliseconds(1_999))
        #expect(idle.closeReason == nil)
        fixture.loop.advance(by: .milliseconds(1))
        #expect(idle.closeReason == .forcedServerClose)
        #expect(refused.closeReason == .forcedServerClose)
        #expect(joined.closeReason == nil)
        #expect(joined.connection.deadline == nil)
        fixture.loop.advance(by: .hours(1))
        #expect(joined.closeReason == nil)
    }

    @Test("Attachments that do not come end the connection")
    func attachmentDeadline() {
        let fixture = Fixture(options: ServerOptions(attachmentTimeout: .seconds(3)))
        let events = Recorder<[ByteBuffer]>()
        fixture.main.onInline("file") { events.add($1.attachments) }
        let client = fixture.joinedClient()
        let text = #"52-["file",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
        client.send(text)
        fixture.loop.advance(by: .seconds(2))
        client.send(attachment: [1])
        client.send(attachment: [2])
        #expect(events.all == [[ByteBuffer(bytes: [1]), ByteBuffer(bytes: [2])]])
        fixture.loop.advance(by: .seconds(60))
        #expect(client.closeReason == nil)
        client.send(text)
        fixture.loop.advance(by: .seconds(2))
        client.send(attachment: [1])
        fixture.loop.advance(by: .seconds(1))
        #expect(client.closeReason == .parseError)
    }
}
