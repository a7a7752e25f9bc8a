// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing
import WireJSON

/// Stock emitters and servers, to whose names an application's rooms belong.
@Suite(.timeLimit(.minutes(15))) struct ForeignRealmTests {
    private static let wires: [RedisBusOptions.Wire] = [.classic, .sharded]
    private static let channel = "socket.io#/#"
    /// As long as a socket's id.
    private static let long = "a room of 20 letters"

    /// Two nodes; clients are in the application's rooms of these names.
    private static func fixture(_ wire: RedisBusOptions.Wire, rooms: [String] = ["r"]) -> RedisFixture {
        let fixture = RedisFixture(nodes: 2, options: RedisBusOptions(wire: wire, foreignRealm: 1))
        fixture.main(0).onConnectInline { socket in for room in rooms { socket.join(Room(room, realm: 1)) } }
        return fixture
    }

    /// Publishes as an emitter does: on the channel of the room if there is one only.
    private static func emit(
        _ event: String,
        to rooms: [String],
        except: [String] = [],
        wire: RedisBusOptions.Wire,
        in fixture: RedisFixture
    ) {
        let texts = [rooms, except].map { "[\($0.map { "\"\($0)\"" }.joined(separator: ","))]" }
        let packet = #"{"type":2,"data":["\#(event)"],"nsp":"/"}"#
        let options = #"{"rooms":\#(texts[0]),"except":\#(texts[1]),"flags":{}}"#
        let isForRoom = rooms.count == 1 && (wire == .classic || rooms[0].utf16.count != 20)
        let channel = isForRoom ? "\(self.channel)\(rooms[0])#" : self.channel
        if wire == .sharded {
            let data = #"{"opts":\#(options),"packet":\#(packet)}"#
            let body = #"{"uid":"emitter","nsp":"/","type":3,"data":\#(data)}"#
            fixture.redis.publish(ByteBuffer(string: body), on: channel, isSharded: true)
        } else {
            var writer = MessagePackWriter()
            writer.write(json: ByteBuffer(string: #"["emitter",\#(packet),\#(options)]"#))
            fixture.redis.publish(writer.bytes, on: channel)
        }
        fixture.loop.run()
    }

    @Test("An emitter reaches the application's rooms, and single sockets", arguments: Self.wires)
    func emitter(wire: RedisBusOptions.Wire) {
        let fixture = Self.fixture(wire, rooms: ["r", Self.long])
        let (inside, insideID) = fixture.session(node: 0)
        let (outside, outsideID) = fixture.session(node: 1)
        fixture.loop.run()
        Self.emit("room", to: ["r"], wire: wire, in: fixture)
        Self.emit("long", to: [Self.long], wire: wire, in: fixture)
        Self.emit("rooms", to: ["q", "r", Self.long], wire: wire, in: fixture)
        Self.emit("all", to: [], wire: wire, in: fixture)
        Self.emit("others", to: [], except: ["r"], wire: wire, in: fixture)
        Self.emit("here", to: [insideID], wire: wire, in: fixture)
        Self.emit("there", to: [outsideID], wire: wire, in: fixture)
        Self.emit("nobody", to: ["\u{1}1\u{1}r"], wire: wire, in: fixture)
        #expect(
            inside.take() == [#"2["room"]"#, #"2["long"]"#, #"2["rooms"]"#, #"2["all"]"#, #"2["here"]"#]
        )
        #expect(outside.take() == [#"2["all"]"#, #"2["others"]"#, #"2["there"]"#])
        #expect(fixture.buses.map(\.statistics.rejected) == [0, 0])
    }

    @Test("That takes no more subscriptions than without", arguments: Self.wires)
    func subscriptions(wire: RedisBusOptions.Wire) {
        let fixture = Self.fixture(wire, rooms: ["r", Self.long])
        _ = fixture.client(node: 0)
        fixture.loop.run()
        #expect(
            Set(fixture.redis.commands) == [
                "n0 + \(Self.channel)r#", "n0 + \(Self.channel)\u{1}1\u{1}\(Self.long)#",
            ]
        )
    }

    @Test("Rooms of other realms are nobody's to name", arguments: Self.wires)
    func otherRealms(wire: RedisBusOptions.Wire) {
        let fixture = RedisFixture(nodes: 1, options: RedisBusOptions(wire: wire, foreignRealm: 1))
        fixture.main(0).onConnectInline { $0.join(Room("r", realm: 2)) }
        let client = fixture.client(node: 0)
        fixture.loop.run()
        Self.emit("room", to: ["r"], wire: wire, in: fixture)
        Self.emit("rooms", to: ["r", "s"], wire: wire, in: fixture)
        #expect(client.take() == [])
    }

    @Test("Between nodes a name means what it says", arguments: Self.wires)
    func ownNodes(wire: RedisBusOptions.Wire) async throws {
        let fixture = Self.fixture(wire)
        let inside = fixture.client(node: 0)
        let outside = fixture.client(node: 1)
        fixture.loop.run()
        let main = fixture.main(1)
        let room = Room("r", realm: 1)
        try main.to("r").emit("no")
        try main.to("r", "s").emit("no")
        try main.except("r").emit("all")
        try main.except(room).emit("others")
        try main.to(room).emit("one")
        try main.to(room, room).emit("twice")
        try main.to(room, "s").emit("two")
        fixture.loop.run()
        #expect(inside.take() == [#"2["all"]"#, #"2["one"]"#, #"2["twice"]"#, #"2["two"]"#])
        #expect(outside.take() == [#"2["all"]"#, #"2["others"]"#])
        #expect(try await fixture.loop.finish { try await main.to("r").fetchSockets() }.isEmpty)
        #expect(try await fixture.loop.finish { try await main.to(room).fetchSockets() }.count == 1)
        main.to("r").disconnectSockets()
        fixture.loop.run()
        #expect(inside.take() == [])
        main.to(room).socketsJoin("r")
        fixture.loop.run()
        try main.to("r").emit("yes")
        fixture.loop.run()
        #expect(inside.take() == [#"2["yes"]"#])
    }

    @Test("A server finds sockets by the application's rooms, and puts them out; who is in these is not its to say")
    func requests() throws {
        let fixture = Self.fixture(.classic)
        let (client, id) = fixture.session(node: 0)
        let requests = "socket.io-request#/#"
        let options = #""opts":{"rooms":["r"],"except":[]}"#
        fixture.publish(json: #"{"uid":"n","requestId":"0","type":0,"rooms":["r"]}"#, on: requests)
        fixture.publish(json: #"{"uid":"n","requestId":"5","type":5,\#(options)}"#, on: requests)
        fixture.publish(json: #"{"uid":"n","requestId":"1","type":1}"#, on: requests)
        let published = fixture.redis.published.filter { $0.publisher == "n0" }
        let answers = try published.map { try JSONValue(validating: $0.body) }
        #expect(answers[0].member("sockets")?.elements.compactMap(\.stringValue) == [id])
        let sockets = answers[1].member("sockets")?.elements.map { $0 } ?? []
        #expect(sockets.map { $0.member("id")?.stringValue } == [id])
        #expect(sockets.first?.member("rooms")?.elements.compactMap(\.stringValue) == [id, "r"])
        #expect(Set(answers[2].member("rooms")?.elements.compactMap(\.stringValue) ?? []) == [id, "r"])
        // Leaving and joining mean rooms of realm 0.
        fixture.publish(json: #"{"uid":"n","type":3,\#(options),"rooms":["r"]}"#, on: requests)
        fixture.publish(json: #"{"uid":"n","type":2,\#(options),"rooms":["s"]}"#, on: requests)
        Self.emit("still", to: ["r"], wire: .classic, in: fixture)
        Self.emit("new", to: ["s"], wire: .classic, in: fixture)
        #expect(client.take() == [#"2["still"]"#, #"2["new"]"#])
        try fixture.main(0).local.to(Room("s", realm: 1)).emit("never")
        fixture.publish(json: #"{"uid":"n","type":4,"opts":{"rooms":["q"],"except":[]}}"#, on: requests)
        #expect(client.take() == [])
        fixture.publish(json: #"{"uid":"n","type":4,\#(options)}"#, on: requests)
        #expect(client.take() == ["1"])
    }
}
