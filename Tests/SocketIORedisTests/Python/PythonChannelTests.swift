// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct PythonChannelTests {
    private static func fixture(nodes: Int = 2) -> RedisFixture {
        RedisFixture(nodes: nodes, options: RedisBusOptions(pythonChannel: .init()))
    }

    private static func emit(_ rest: String, event: String = "a") -> String {
        #"{"method":"emit","event":"\#(event)","namespace":"/","callback":null,"host_id":"0f",\#(rest)}"#
    }

    /// As python-socketio 5.18 writes them, and what a client in room `r` is sent.
    private static let emissions: [(String, [String])] = [
        (emit(#""data":["x"],"binary":false,"room":null,"skip_sid":null"#), [#"2["a","x"]"#]),
        (emit(#""data":[null],"binary":false,"room":"r","skip_sid":null"#), [#"2["a"]"#]),
        (emit(#""data":[1,[2,"ä"]],"binary":false,"room":["x","r"],"skip_sid":[null]"#), [#"2["a",1,[2,"ä"]]"#]),
        (emit(#""data":[],"binary":false,"room":"x","skip_sid":null"#), []),
        (
            emit(#""data":[[{"b":{"_placeholder":true,"num":0}}],"AQI="],"binary":true,"room":"r""#),
            [#"51-["a",{"b":{"_placeholder":true,"num":0}}]"#, "<1 2>"]
        ),
        // Before 5.14.
        (emit(#""data":["x","y"],"room":"r""#), [#"2["a",["x","y"]]"#]),
        (emit(#""data":null,"room":"r""#), [#"2["a"]"#]),
        // Not ours to do.
        (#"{"method":"emit","event":"a","data":[1],"binary":false,"namespace":"/b","room":null}"#, []),
        (#"{"method":"later","sid":"x"}"#, []),
        (#"{"method":"callback","host_id":"0f","sid":"x","namespace":"/","id":1,"args":[]}"#, []),
        (#"{"method":"emit","event":"a","data":[1],"binary":false,"host_id":"martlet-abc"}"#, []),
    ]

    @Test("What Python emits reaches the sockets of every node", arguments: Self.emissions)
    func emits(message: String, sent: [String]) {
        let fixture = Self.fixture()
        let clients = (0..<2).map { node in
            fixture.main(node).onConnectInline { $0.join("r") }
            return fixture.client(node: node)
        }
        fixture.loop.run()
        fixture.redis.forget()
        fixture.publish(json: message, on: "socketio")
        #expect(clients.map { $0.take() } == [sent, sent])
        // Every node got it from Python.
        #expect(fixture.redis.published.count == 1)
        #expect(fixture.buses.map(\.statistics.rejected) == [0, 0])
    }

    @Test("Python moves sockets, and puts them out")
    func orders() throws {
        let fixture = Self.fixture()
        let sessions = (0..<2).map { fixture.session(node: $0) }
        let id = sessions[1].id
        let rest = #""namespace":"/","host_id":"0f"}"#
        fixture.publish(json: #"{"method":"enter_room","sid":"\#(id)","room":"p",\#(rest)"#, on: "socketio")
        fixture.publish(json: #"{"method":"enter_room","sid":"\#(id)","room":"q",\#(rest)"#, on: "socketio")
        fixture.publish(json: #"{"method":"leave_room","sid":"\#(id)","room":"q",\#(rest)"#, on: "socketio")
        try fixture.main(1).local.to("p").emit("p")
        try fixture.main(1).local.to("q").emit("q")
        fixture.publish(json: #"{"method":"close_room","room":"p",\#(rest)"#, on: "socketio")
        try fixture.main(1).local.to("p").emit("again")
        fixture.loop.run()
        #expect(sessions[1].client.take() == [#"2["p"]"#])
        fixture.publish(json: #"{"method":"disconnect","sid":"\#(id)",\#(rest)"#, on: "socketio")
        #expect(sessions[1].client.take() == ["1"])
        #expect(sessions[0].client.take() == [] && sessions[0].client.closeReason == nil)
    }

    @Test("A client's answer goes back to the process that asked")
    func callback() {
        let fixture = Self.fixture()
        let (client, id) = fixture.session(node: 1)
        let message =
            #"{"method":"emit","event":"ask","data":[1],"binary":false,"namespace":"/","room":"\#(id)","skip_sid":null,"#
            + #""callback":["\#(id)","/",3],"host_id":"0f"}"#
        fixture.publish(json: message, on: "socketio")
        #expect(client.take() == [#"20["ask",1]"#])
        client.send(#"30["yes",2]"#)
        #expect(
            fixture.texts(on: "socketio").last
                == #"{"method":"callback","host_id":"0f","sid":"\#(id)","namespace":"/","id":3,"args":["yes",2]}"#
        )
    }

    @Test("What is emitted here goes to Python, once, and not to our other nodes by that way")
    func published() throws {
        let fixture = Self.fixture()
        let clients = (0..<2).map { node in
            fixture.main(node).onConnectInline { $0.join("r") }
            return fixture.client(node: node)
        }
        fixture.loop.run()
        fixture.redis.forget()
        let main = fixture.main(0)
        try main.emit("a", 1)
        try main.to("r").emit("b", ByteBuffer(bytes: [1, 2]))
        try main.to("r", "s").except("t").emit("c", "x", "y")
        try main.to(Room("r", realm: 2)).emit("hidden")
        try main.local.emit("local")
        fixture.loop.run()
        let host = "martlet-\(fixture.buses[0].node)"
        #expect(
            fixture.texts(on: "socketio") == [
                #"{"method":"emit","event":"a","data":[1],"binary":false,"namespace":"/","room":null,"skip_sid":null,"callback":null,"host_id":"\#(host)"}"#,
                #"{"method":"emit","event":"b","data":[[{"_placeholder":true,"num":0}],"AQI="],"binary":true,"namespace":"/","room":"r","skip_sid":null,"callback":null,"host_id":"\#(host)"}"#,
                #"{"method":"emit","event":"c","data":["x","y"],"binary":false,"namespace":"/","room":["r","s"],"skip_sid":["t"],"callback":null,"host_id":"\#(host)"}"#,
            ]
        )
        #expect(
            clients[1].take() == [
                #"2["a",1]"#, #"51-["b",{"_placeholder":true,"num":0}]"#, "<1 2>", #"2["c","x","y"]"#,
            ]
        )
    }

    @Test("Names may mean rooms of the application's own realm; who is in those is not Python's to say")
    func realms() throws {
        let fixture = RedisFixture(options: RedisBusOptions(pythonChannel: .init(publishes: false, realm: 1)))
        fixture.main(0).onConnectInline { $0.join(Room("r", realm: 1)) }
        let (inside, _) = fixture.session(node: 0)
        let (outside, id) = fixture.session(node: 1)
        fixture.loop.run()
        fixture.publish(json: Self.emit(#""data":[1],"binary":false,"room":"r","skip_sid":null"#), on: "socketio")
        #expect(inside.take() == [#"2["a",1]"#])
        #expect(outside.take() == [])
        fixture.publish(json: #"{"method":"enter_room","sid":"\#(id)","room":"r","namespace":"/"}"#, on: "socketio")
        fixture.publish(json: Self.emit(#""data":[2],"binary":false,"room":"r","skip_sid":null"#), on: "socketio")
        #expect(inside.take() == [#"2["a",2]"#])
        #expect(outside.take() == [#"2["a",2]"#])
        fixture.publish(json: Self.emit(#""data":[3],"binary":false,"room":"\#(id)","skip_sid":null"#), on: "socketio")
        #expect(outside.take() == [#"2["a",3]"#])
        fixture.redis.forget()
        try fixture.main(1).to(Room("r", realm: 1)).emit("b")
        fixture.loop.run()
        #expect(inside.take() == [#"2["b"]"#])
        #expect(fixture.texts(on: "socketio") == [])
    }

    @Test("Without the option there is no such channel")
    func off() throws {
        let fixture = RedisFixture(nodes: 1)
        #expect(!fixture.redis.topics(of: "n0").contains(.channel("socketio")))
        try fixture.main(0).emit("a")
        fixture.loop.run()
        #expect(fixture.texts(on: "socketio") == [])
    }

    @Test("It is left with the last namespace")
    func close() {
        let fixture = Self.fixture(nodes: 1)
        #expect(fixture.redis.topics(of: "n0").contains(.channel("socketio")))
        fixture.adapter(0).close()
        #expect(!fixture.redis.topics(of: "n0").contains(.channel("socketio")))
    }

    private static let nonsense = [
        "", "[1]", "{}", #"{"method":"emit"}"#, #"{"method":"disconnect"}"#, #"{"method":"disconnect","sid":null}"#,
        #"{"method":"enter_room","sid":"x"}"#, #"{"method":"close_room","room":null}"#, emit(#""data":[],"room":[]"#),
        emit(#""data":[],"room":{}"#), emit(#""data":["x"],"binary":true"#), emit(#""data":[["x"],1],"binary":true"#),
        emit(#""data":[["x"],"!"],"binary":true"#), emit(#""data":[],"binary":false"#, event: "connect"),
    ]

    @Test("What makes no sense is counted and dropped", arguments: Self.nonsense)
    func malformed(message: String) {
        let fixture = Self.fixture(nodes: 1)
        let client = fixture.client(node: 0)
        fixture.publish(json: message, on: "socketio")
        #expect(client.take() == [] && client.closeReason == nil)
        #expect(fixture.buses[0].statistics.rejected == 1)
    }
}
