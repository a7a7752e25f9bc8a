// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing
import WireJSON

/// The messages of a server with the reference's sharded adapter, by hand.
@Suite(.timeLimit(.minutes(15))) struct ShardedServerTests {
    private static let channel = "socket.io#/#"
    private static let other = "0011223344556677"

    private static func fixture() -> RedisFixture {
        RedisFixture(nodes: 1, options: RedisBusOptions(wire: .sharded))
    }

    private static func publish(_ type: Int, _ data: String, on channel: String = channel, in fixture: RedisFixture) {
        let json = #"{"uid":"\#(self.other)","nsp":"/","type":\#(type),"data":\#(data)}"#
        fixture.redis.publish(ByteBuffer(string: json), on: channel, isSharded: true)
        fixture.loop.run()
    }

    /// What the other server was answered, without our name.
    private static func answers(_ fixture: RedisFixture) -> [String] {
        fixture.texts(on: "\(self.channel)\(self.other)#").map {
            $0.replacing("{\"uid\":\"\(fixture.buses[0].node)\",\"nsp\":\"/\",", with: "")
        }
    }

    @Test("A name of sixteen digits, two channels and one for each room but those as long as ids")
    func channels() {
        let fixture = Self.fixture()
        let node = fixture.buses[0].node.name
        #expect(node.count == 16 && node.allSatisfy { "0123456789abcdef".contains($0) })
        fixture.main(0).onConnectInline { $0.join("r", "a room of 20 letters") }
        _ = fixture.client(node: 0)
        fixture.loop.run()
        #expect(
            fixture.redis.topics(of: "n0") == [
                .shardChannel(Self.channel), .shardChannel("\(Self.channel)\(node)#"),
                .shardChannel("\(Self.channel)r#"),
            ]
        )
    }

    @Test("Broadcasts, in JSON and in MessagePack")
    func broadcasts() {
        let fixture = Self.fixture()
        fixture.main(0).onConnectInline { $0.join("r") }
        let client = fixture.client(node: 0)
        fixture.loop.run()
        Self.publish(
            3,
            #"{"packet":{"type":2,"data":["a",1.50],"nsp":"/"},"opts":{"rooms":["r"],"except":[],"flags":{}}}"#,
            on: "\(Self.channel)r#",
            in: fixture
        )
        // {uid: "e", nsp: "/", type: 3, data: {packet: {type: 2, data: ["b", <bin 01>], nsp: "/"}, opts: {rooms: []}}}
        let packed =
            "84a3756964a165a36e7370a12fa47479706503a46461746182a67061636b657483a47479706502a46461746192a162c40101a36e7370a12f"
            + "a46f70747381a5726f6f6d7390"
        fixture.redis.publish(ByteBuffer(hexadecimal: packed), on: Self.channel, isSharded: true)
        fixture.loop.run()
        #expect(client.take() == [#"2["a",1.50]"#, #"51-["b",{"_placeholder":true,"num":0}]"#, "<1>"])
    }

    @Test("Every question is answered by a server without sockets, too")
    func empty() {
        let fixture = Self.fixture()
        Self.publish(7, #"{"opts":{"rooms":[],"except":[]},"requestId":"0a"}"#, in: fixture)
        Self.publish(
            3,
            #"{"packet":{"type":2,"data":["a"],"nsp":"/"},"requestId":"0b","opts":{"rooms":[],"flags":{"timeout":9}}}"#,
            in: fixture
        )
        Self.publish(9, #"{"packet":["unheard"],"requestId":"0c"}"#, in: fixture)
        #expect(
            Self.answers(fixture) == [
                #""type":8,"data":{"requestId":"0a","sockets":[]}}"#,
                #""type":11,"data":{"requestId":"0b","clientCount":0}}"#,
                #""type":10,"data":{"requestId":"0c"}}"#,
            ]
        )
    }

    @Test("Clients' and servers' answers are passed on")
    func answers() async {
        let fixture = Self.fixture()
        let client = fixture.client(node: 0)
        fixture.main(0).onServerSide("hello") { event in
            try? event.answer("first", "second")
            fixture.loop.shards[0].execute {}
        }
        Self.publish(
            3,
            #"{"packet":{"type":2,"data":["ask"],"nsp":"/"},"requestId":"0b","opts":{"rooms":[],"flags":{"timeout":99}}}"#,
            in: fixture
        )
        client.send("30[5]")
        Self.publish(9, #"{"packet":["hello"],"requestId":"0c"}"#, in: fixture)
        await fixture.loop.run { Self.answers(fixture).count == 3 }
        #expect(
            Self.answers(fixture) == [
                #""type":11,"data":{"requestId":"0b","clientCount":1}}"#,
                #""type":12,"data":{"requestId":"0b","packet":5}}"#,
                #""type":10,"data":{"requestId":"0c","packet":"first"}}"#,
            ]
        )
    }

    @Test("Sockets are moved and put out")
    func orders() throws {
        let fixture = Self.fixture()
        let client = fixture.client(node: 0)
        let opts = #""opts":{"rooms":[],"except":[],"flags":{}}"#
        Self.publish(4, #"{\#(opts),"rooms":["a","b"]}"#, in: fixture)
        Self.publish(5, #"{\#(opts),"rooms":["b"]}"#, in: fixture)
        try fixture.main(0).local.to("a").emit("in a")
        try fixture.main(0).local.to("b").emit("in b")
        fixture.loop.run()
        #expect(client.take() == [#"2["in a"]"#])
        Self.publish(6, #"{\#(opts),"close":true}"#, in: fixture)
        #expect(client.closeReason == .forcedServerClose)
    }

    @Test("The other server answers our questions")
    func questions() async throws {
        let fixture = Self.fixture()
        let other = fixture.redis.client("other")
        other.subscribe(DeafSubscriber(), to: .shardChannel(Self.channel))
        let main = fixture.main(0)
        let fetching = Task { try await main.broadcast.fetchSockets() }
        await fixture.loop.run { !fixture.texts(on: Self.channel).isEmpty }
        let question = try JSONValue(validating: ByteBuffer(string: fixture.texts(on: Self.channel)[0]))
        #expect(question.member("type")?.intValue == 7)
        let id = try #require(question.member("data")?.member("requestId")?.stringValue)
        // An answer to another node, which has a room's name here.
        Self.publish(8, #"{"requestId":"\#(id)","sockets":[{"id":"y"}]}"#, in: fixture)
        let data = #"{"requestId":"\#(id)","sockets":[{"id":"x","handshake":{},"rooms":["x"],"data":{"n":1}}]}"#
        Self.publish(8, data, on: "\(Self.channel)\(fixture.buses[0].node)#", in: fixture)
        let sockets = try await fixture.loop.finish { try await fetching.value }
        #expect(sockets.map(\.id) == ["x"])
    }

    @Test("What is of no kind that is known, or of another namespace, is passed over; what makes no sense is counted")
    func rejected() {
        let fixture = Self.fixture()
        for type in [1, 2, 13, 99] { Self.publish(type, "{}", in: fixture) }
        fixture.redis.publish(
            ByteBuffer(string: #"{"uid":"x","nsp":"/b","type":3}"#),
            on: Self.channel,
            isSharded: true
        )
        fixture.loop.run()
        #expect(fixture.buses[0].statistics.rejected == 0)
        for type in [3, 4, 5, 6, 7, 9] { Self.publish(type, "{}", in: fixture) }
        fixture.redis.publish(ByteBuffer(string: "{"), on: Self.channel, isSharded: true)
        fixture.loop.run()
        #expect(fixture.buses[0].statistics.rejected == 7)
    }
}
