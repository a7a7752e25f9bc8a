// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing
import WireJSON

/// Requests of a server that is not ours, by hand.
@Suite(.timeLimit(.minutes(15))) struct ForeignServerTests {
    private static let requests = "socket.io-request#/#"
    private static let responses = "socket.io-response#/#"

    /// What the node has answered on the channel of all, without its name.
    private static func answers(_ fixture: RedisFixture) -> [String] {
        let node = fixture.buses[0].node.name
        return fixture.texts(on: Self.responses).map {
            $0.replacing(",\"uid\":\"\(node)\"", with: "").replacing("\"uid\":\"\(node)\",", with: "")
        }
    }

    @Test("Every question is answered by a server without sockets, too")
    func empty() {
        let fixture = RedisFixture(nodes: 1)
        for type in [0, 1, 5, 6, 7] {
            let request =
                #"{"uid":"node12","requestId":"r\#(type)","type":\#(type),"rooms":["a"],"opts":{"rooms":[],"except":[]},"#
                + #""data":["unheard"],"packet":{"type":2,"data":["ask"],"nsp":"/"}}"#
            fixture.publish(json: request, on: Self.requests)
        }
        #expect(
            Self.answers(fixture) == [
                #"{"requestId":"r0","sockets":[]}"#, #"{"requestId":"r1","rooms":[]}"#,
                #"{"requestId":"r5","sockets":[]}"#, #"{"type":6,"requestId":"r6"}"#,
                #"{"type":8,"requestId":"r7","clientCount":0}"#,
            ]
        )
    }

    @Test("Sockets and rooms are told (types 0, 1 and 5)")
    func sockets() throws {
        let fixture = RedisFixture(nodes: 1)
        fixture.main(0).onConnectInline { socket in
            socket.join("a", Room("ours", realm: 1))
            try? socket.data.set("n", 1)
        }
        let (_, id) = fixture.session(node: 0)
        fixture.publish(json: #"{"uid":"n","requestId":"1","type":0,"rooms":["a"]}"#, on: Self.requests)
        fixture.publish(json: #"{"uid":"n","requestId":"2","type":0,"rooms":["b"]}"#, on: Self.requests)
        fixture.publish(json: #"{"uid":"n","requestId":"3","type":0}"#, on: Self.requests)
        #expect(
            Self.answers(fixture) == [
                #"{"requestId":"1","sockets":["\#(id)"]}"#, #"{"requestId":"2","sockets":[]}"#,
                #"{"requestId":"3","sockets":["\#(id)"]}"#,
            ]
        )
        fixture.redis.forget()
        fixture.publish(json: #"{"uid":"n","requestId":"1","type":1}"#, on: Self.requests)
        fixture.publish(
            json: #"{"uid":"n","requestId":"2","type":5,"opts":{"rooms":["a"],"except":[]}}"#,
            on: Self.requests
        )
        let answers = try fixture.texts(on: Self.responses).map { try JSONValue(validating: ByteBuffer(string: $0)) }
        let rooms = answers[0].member("rooms")?.elements.compactMap(\.stringValue) ?? []
        #expect(Set(rooms) == [id, "a"])
        let socket = try #require(answers[1].member("sockets")?.elements.first { _ in true })
        #expect(socket.member("id")?.stringValue == id)
        #expect(socket.member("rooms").map { String(buffer: $0.bytes) } == #"["\#(id)","a"]"#)
        #expect(socket.member("data").map { String(buffer: $0.bytes) } == #"{"n":1}"#)
        #expect(socket.member("handshake")?.member("address")?.isString("192.0.2.1") == true)
    }

    @Test("Sockets are moved and put out (types 2, 3 and 4), by a server, an emitter, and in MessagePack")
    func orders() throws {
        let fixture = RedisFixture(nodes: 1)
        let (client, id) = fixture.session(node: 0)
        let main = fixture.main(0)
        fixture.publish(
            json: #"{"uid":"n","type":2,"opts":{"rooms":["\#(id)"],"except":[]},"rooms":["a",7]}"#,
            on: Self.requests
        )
        try main.local.to("a").emit("in a")
        try main.local.to("7").emit("in 7")
        fixture.publish(json: #"{"type":3,"opts":{"rooms":["a"],"except":[]},"rooms":["a"]}"#, on: Self.requests)
        try main.local.to("a").emit("never")
        // {type: 2, opts: {rooms: [], except: []}, rooms: ["b"]}
        fixture.redis.publish(
            ByteBuffer(hexadecimal: "83a47479706502a46f70747382a5726f6f6d7390a665786365707490a5726f6f6d7391a162"),
            on: Self.requests
        )
        fixture.loop.run()
        try main.local.to("b").emit("in b")
        // As servers did it before there were options.
        fixture.publish(json: #"{"type":2,"sid":"\#(id)","room":"c","requestId":"x"}"#, on: Self.requests)
        try main.local.to("c").emit("in c")
        fixture.loop.run()
        #expect(client.take() == [#"2["in a"]"#, #"2["in 7"]"#, #"2["in b"]"#, #"2["in c"]"#])
        fixture.publish(
            json: #"{"uid":"n","type":4,"opts":{"rooms":["b"],"except":["nobody"]},"close":false}"#,
            on: Self.requests
        )
        #expect(client.take() == ["1"] && client.closeReason == nil)
        #expect(Self.answers(fixture) == [])
    }

    @Test("A server's event is handled, and answered if that is asked for (type 6)")
    func serverSide() async {
        let fixture = RedisFixture(nodes: 1)
        let heard = Recorder<String>()
        fixture.main(0).onServerSide("hello") { event in
            heard.add("\(event.wantsAnswer)")
            try? event.answer("first", "second")
            fixture.loop.shards[0].execute {}
        }
        fixture.publish(json: #"{"uid":"n","type":6,"data":["hello",1]}"#, on: Self.requests)
        await fixture.loop.run { heard.all.count == 1 }
        fixture.publish(json: #"{"uid":"n","type":6,"requestId":"q","data":["hello",1]}"#, on: Self.requests)
        await fixture.loop.run { heard.all.count == 2 && !Self.answers(fixture).isEmpty }
        #expect(heard.all == ["false", "true"])
        #expect(Self.answers(fixture) == [#"{"type":6,"requestId":"q","data":"first"}"#])
    }

    @Test("An id that begins with a mark that combines is answered as it came")
    func combiningID() {
        let fixture = RedisFixture(nodes: 1)
        let id = "\u{301}1"
        fixture.publish(json: #"{"uid":"n","requestId":"\#(id)","type":0}"#, on: Self.requests)
        fixture.publish(json: #"{"uid":"n","requestId":"\#(id)","type":6,"data":["unheard"]}"#, on: Self.requests)
        let expected = [#"{"requestId":"\#(id)","sockets":[]}"#, #"{"type":6,"requestId":"\#(id)"}"#]
        #expect(Self.answers(fixture).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }

    @Test("Clients are asked, and their answers passed on one by one (type 7)")
    func asks() throws {
        let fixture = RedisFixture(nodes: 1)
        let client = fixture.client(node: 0)
        // {uid: "n", requestId: "q", type: 7, packet: {type: 2, data: ["ask", <bin 01>], nsp: "/"}, opts: {rooms: [], flags: {timeout: 500}}}
        let request =
            "85a3756964a16ea9726571756573744964a171a47479706507a67061636b657483a47479706502a46461746192a361736bc40101a36e7370a12f"
            + "a46f70747382a5726f6f6d7390a5666c61677381a774696d656f7574cd01f4"
        fixture.redis.publish(ByteBuffer(hexadecimal: request), on: Self.requests)
        fixture.loop.run()
        #expect(client.take() == [#"51-0["ask",{"_placeholder":true,"num":0}]"#, "<1>"])
        #expect(Self.answers(fixture) == [#"{"type":8,"requestId":"q","clientCount":1}"#])
        client.send(#"61-0[{"_placeholder":true,"num":0}]"#, attachments: [[7]])
        let body = try #require(fixture.redis.published.last?.body)
        let node = fixture.buses[0].node.name
        // {type: 9, requestId: "q", uid, packet: <bin 07>}
        var expected = ByteBuffer(
            hexadecimal: "84a47479706509a9726571756573744964a171a3756964a6555555555555a67061636b6574c40107"
        )
        expected.setString(node, at: 24)
        #expect(body == expected)
    }

    @Test("Servers that do not say who they are answer our questions")
    func answers() async throws {
        let fixture = RedisFixture(nodes: 1)
        let node = fixture.buses[0].node.name
        // Two of them, which Redis counts.
        let others = ["a", "b"].map { fixture.redis.client($0) }
        let deaf = DeafSubscriber()
        for other in others { other.subscribe(deaf, to: .channel(Self.requests)) }
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { !fixture.texts(on: Self.requests).isEmpty }
        let question = try JSONValue(validating: ByteBuffer(string: fixture.texts(on: Self.requests)[0]))
        let id = try #require(question.member("requestId")?.stringValue)
        #expect(question.member("uid")?.stringValue == node && question.member("type")?.intValue == 5)
        fixture.publish(json: #"{"requestId":"\#(id)","sockets":[{"id":"x","rooms":["x",1]}]}"#, on: Self.responses)
        fixture.publish(json: #"{"requestId":"another","sockets":[{"id":"z"}]}"#, on: Self.responses)
        fixture.publish(json: #"{"requestId":"\#(id)","sockets":[]}"#, on: "\(Self.responses)\(node)#")
        let sockets = try await fixture.loop.finish { try await fetching.value }
        #expect(sockets.map(\.id) == ["x"])
        #expect(sockets[0].rooms == ["x", "1"])
    }

    @Test("Their clients' answers count by what they announce")
    func foreignAcknowledgements() async throws {
        let fixture = RedisFixture(nodes: 1)
        let others = ["a", "b"].map { fixture.redis.client($0) }
        let deaf = DeafSubscriber()
        for other in others { other.subscribe(deaf, to: .channel(Self.requests)) }
        let answers = Recorder<BroadcastAnswers>()
        let event = BroadcastEvent(namespace: "/", name: "ask", arguments: ByteBuffer())
        fixture.adapter(0).broadcast(event, to: BroadcastTarget(), answersWithin: .seconds(3)) { answers.add($0) }
        fixture.loop.run()
        let id = "\(fixture.buses[0].node.name):0"
        fixture.publish(json: #"{"type":8,"requestId":"\#(id)","clientCount":2}"#, on: Self.responses)
        fixture.publish(json: #"{"type":9,"requestId":"\#(id)","packet":"one"}"#, on: Self.responses)
        fixture.publish(json: #"{"type":8,"requestId":"\#(id)","clientCount":0}"#, on: Self.responses)
        #expect(answers.all.isEmpty)
        fixture.publish(json: #"{"type":9,"requestId":"\#(id)"}"#, on: Self.responses)
        #expect(answers.all.map { $0.replies.map { String(buffer: $0.rawArguments) } } == [[#""one""#, ""]])
        #expect(answers.all[0].missing == 0 && answers.all[0].failure == nil)
    }

    private static let nonsense = [
        "{", "[]", #"{"type":"x"}"#, #"{"type":5}"#, #"{"type":0}"#, #"{"type":7,"requestId":"q"}"#, #"{"type":6}"#,
        #"{"type":6,"data":[]}"#, #"{"type":4}"#, #"{"type":2,"rooms":["a"]}"#, "\u{1}",
        #"{"type":7,"requestId":"q","packet":{"data":["connect"]}}"#,
    ]

    @Test("Requests that make no sense are counted and dropped", arguments: Self.nonsense)
    func malformed(request: String) {
        let fixture = RedisFixture(nodes: 1)
        let client = fixture.client(node: 0)
        fixture.publish(json: request, on: Self.requests)
        #expect(fixture.buses[0].statistics.rejected == 1)
        #expect(client.take() == [] && client.closeReason == nil)
        #expect(Self.answers(fixture) == [])
    }

    @Test("Kinds of requests that came later are passed over")
    func unknown() {
        let fixture = RedisFixture(nodes: 1)
        for type in [8, 9, 10, 99, -1] {
            fixture.publish(json: #"{"type":\#(type),"requestId":"q"}"#, on: Self.requests)
        }
        #expect(fixture.buses[0].statistics.rejected == 0)
        #expect(Self.answers(fixture) == [])
    }
}
