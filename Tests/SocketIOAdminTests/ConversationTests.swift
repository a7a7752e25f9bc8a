// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOAdmin
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct ConversationTests {
    private static let time = AdminFixture.time

    @Test(
        "What the UI may do, and sees, is told first",
        arguments: [
            (
                AdminOptions.Mode.development, false,
                #""EMIT","JOIN","LEAVE","DISCONNECT","MJOIN","MLEAVE","MDISCONNECT","AGGREGATED_EVENTS","ALL_EVENTS""#
            ),
            (.development, true, #""AGGREGATED_EVENTS","ALL_EVENTS""#),
            (
                .production, false,
                #""EMIT","JOIN","LEAVE","DISCONNECT","MJOIN","MLEAVE","MDISCONNECT","AGGREGATED_EVENTS""#
            ),
            (.production, true, #""AGGREGATED_EVENTS""#),
        ]
    )
    func features(_ mode: AdminOptions.Mode, _ isReadOnly: Bool, _ features: String) async throws {
        let fixture = try AdminFixture(AdminOptions(authentication: .none, mode: mode, isReadOnly: isReadOnly))
        let told = await fixture.visitor().take(through: "config")
        #expect(told.first == .init(name: "config", arguments: [#"{"supportedFeatures":[\#(features)]}"#]))
    }

    @Test("A new admin is told of all sockets but the admins, without their secrets")
    func allSockets() async throws {
        let fixture = try AdminFixture()
        fixture.main.onConnectInline { socket in
            socket.join("lobby", Room("internal", realm: 1))
            try? socket.data.set("user", "alice")
        }
        _ = fixture.servers[0].of("/chat")
        let (main, chat) = (fixture.joined(), fixture.joined("/chat"))
        let told = await fixture.visitor().take(through: "all_sockets")
        #expect(told.map(\.name) == ["config", "all_sockets"])
        let sockets = Array(try told[1].value().elements)
        #expect(sockets.map { $0.member("nsp")?.stringValue } == ["/", "/chat"])
        #expect(sockets.map { $0.member("id")?.stringValue } == [main.id, chat.id])
        let socket = try #require(sockets.first)
        #expect(
            socket.members.map { $0.key.stringValue } == [
                "id", "clientId", "transport", "nsp", "data", "handshake", "rooms",
            ]
        )
        #expect(socket.member("transport")?.stringValue == "websocket")
        #expect(socket.member("data")?.debugDescription == #"{"user":"alice"}"#)
        #expect(socket.member("rooms")?.debugDescription == #"["\#(main.id)","lobby"]"#)
        let clientID = try #require(socket.member("clientId")?.stringValue)
        #expect(clientID.utf8.count == 16)
        #expect(!main.client.connection.sessionID.encoded.contains(clientID))
        #expect(sockets[1].member("clientId")?.stringValue != clientID)
        let handshake = try #require(socket.member("handshake"))
        #expect(
            handshake.members.map { $0.key.stringValue } == [
                "address", "headers", "query", "issued", "secure", "time", "url", "xdomain",
            ]
        )
        #expect(handshake.member("address")?.stringValue == "192.0.2.1")
        #expect(handshake.member("headers")?.debugDescription == #"{"host":"chat.example"}"#)
        #expect(handshake.member("query")?.debugDescription == #"{"EIO":"4","transport":"websocket"}"#)
        #expect((handshake.member("issued")?.intValue ?? 0) > 1_600_000_000_000)
    }

    @Test("In development admins see every socket, room and event")
    func development() async throws {
        let fixture = try AdminFixture()
        fixture.main.on("hello") { (socket: Socket, event: Event) in
            event.acknowledgement?.send(raw: ByteBuffer())
        }
        let admin = await fixture.admin()
        let (client, id) = fixture.joined()
        let joined = admin.take()
        #expect(joined.map(\.name) == ["room_joined", "socket_connected"])
        #expect(joined[0].arguments == [#""/""#, "\"\(id)\"", "\"\(id)\"", Self.time])
        #expect(try joined[1].value().member("id")?.stringValue == id)
        #expect(joined[1].arguments.count == 2 && joined[1].arguments[1] == Self.time)

        fixture.main.to(Room(id)).socketsJoin("lobby")
        fixture.main.to("lobby").emit(raw: "news", arguments: ByteBuffer(string: #"1,{"a":[]}"#))
        client.send(#"27["hello","x",2]"#)
        fixture.main.to(Room(id)).socketsLeave("lobby")
        let place = #""/", "\#(id)""#
        let text = admin.take().map(\.description)
        #expect(
            text == [
                #"room_joined("/", "lobby", "\#(id)", \#(Self.time))"#,
                #"event_sent(\#(place), ["news",1,{"a":[]}], \#(Self.time))"#,
                #"event_received(\#(place), ["hello","x",2], \#(Self.time))"#,
                #"room_left("/", "lobby", "\#(id)", \#(Self.time))"#,
            ]
        )
        client.send("1")
        #expect(
            admin.take().map(\.description) == [
                #"room_left("/", "\#(id)", "\#(id)", \#(Self.time))"#,
                #"socket_disconnected(\#(place), "client namespace disconnect", \#(Self.time))"#,
            ]
        )
    }

    @Test("Binary events and changes of data are shown, what is too large by its size")
    func contents() async throws {
        let sockets = Recorder<Socket>()
        let fixture = try AdminFixture()
        fixture.main.onConnectInline { sockets.add($0) }
        let admin = await fixture.admin()
        let (client, id) = fixture.joined()
        _ = admin.take()
        client.send(#"51-["photo",{"_placeholder":true,"num":0}]"#, attachments: [[1, 2]])
        fixture.loop.run()
        #expect(
            admin.client.take() == [
                #"51-/admin,["event_received","/","\#(id)",["photo",{"_placeholder":true,"num":0}],\#(Self.time)]"#,
                "<1 2>",
            ]
        )
        client.send(#"2["long","\#(String(repeating: "x", count: 20_000))"]"#)
        #expect(admin.take().first?.arguments[2] == #"["long","(20002 bytes, too many to be shown)"]"#)
        try sockets.all[0].data.set("level", 3)
        sockets.all[0].data.remove("level")
        try sockets.all[0].data.set("long", String(repeating: "x", count: 20_000))
        #expect(
            admin.take().map(\.description) == [
                #"socket_updated({"id":"\#(id)","nsp":"/","data":{"level":3}})"#,
                #"socket_updated({"id":"\#(id)","nsp":"/","data":{}})"#,
                #"socket_updated({"id":"\#(id)","nsp":"/","data":{"…":"20011 bytes, too many to be shown"}})"#,
            ]
        )
    }

    @Test("Namespaces that come into being are reported from their first socket on")
    func dynamicNamespaces() async throws {
        let fixture = try AdminFixture(shards: 2)
        _ = fixture.servers[0].of(pattern: "/tenant-*")
        let admin = await fixture.admin()
        for (number, shard) in [1, 0, 1].enumerated() {
            let (client, id) = fixture.joined("/tenant-\(number)", shard: shard)
            let told = admin.take()
            #expect(told.map(\.name) == ["room_joined", "socket_connected"])
            #expect(told[0].arguments[0] == "\"/tenant-\(number)\"" && told[0].arguments[1] == "\"\(id)\"")
            client.end()
            #expect(admin.take().map(\.name) == ["room_left", "socket_disconnected"])
        }
    }

    @Test("In production admins see numbers alone")
    func production() async throws {
        let fixture = try AdminFixture(AdminOptions(authentication: .none, serverID: "test"), shards: 2)
        let admin = fixture.visitor()
        let first = await admin.take(through: "server_stats")
        #expect(first.map(\.name) == ["config", "server_stats"])
        let (client, _) = fixture.joined(shard: 1)
        client.send(#"2["hello"]"#)
        try fixture.main.emit("news")
        fixture.loop.run()
        #expect(admin.take(withStatistics: true) == [])
        fixture.loop.advance(by: .seconds(2))
        let told = admin.take(withStatistics: true)
        #expect(told.map(\.name) == ["server_stats"])
        let statistics = try told[0].value()
        #expect(
            statistics.members.map { $0.key.stringValue } == [
                "serverId", "hostname", "pid", "uptime", "clientsCount", "pollingClientsCount", "aggregatedEvents",
                "namespaces",
            ]
        )
        #expect(statistics.member("serverId")?.stringValue == "test")
        #expect(statistics.member("clientsCount")?.intValue == 2)
        #expect(statistics.member("pollingClientsCount")?.intValue == 0)
        #expect(statistics.member("uptime")?.debugDescription == "2.0")
        #expect(statistics.member("namespaces")?.debugDescription == #"[{"name":"/","socketsCount":1}]"#)
        let traffic = statistics.member("aggregatedEvents")?.elements.map(\.debugDescription) ?? []
        #expect(traffic.first == #"{"timestamp":1700000000000,"type":"rawConnection","count":1}"#)
        // CONNECT and an event, one byte and ten.
        #expect(
            traffic[1...2] == [
                #"{"timestamp":1700000000000,"type":"packetsIn","count":2}"#,
                #"{"timestamp":1700000000000,"type":"bytesIn","count":11}"#,
            ]
        )
        client.end(.pingTimeout)
        fixture.loop.advance(by: .seconds(2))
        let later = try #require(admin.take(withStatistics: true).first).value()
        #expect(
            later.member("aggregatedEvents")?.debugDescription.contains(#""subType":"ping timeout","count":1}"#) == true
        )
    }

    @Test("Without admins nothing is built and nothing runs", arguments: AdminOptions.Mode.allCases)
    func unwatched(_ mode: AdminOptions.Mode) async throws {
        let fixture = try AdminFixture(AdminOptions(authentication: .none, mode: mode))
        func traffic() throws {
            let (client, _) = fixture.joined()
            client.send(#"2["hello"]"#)
            try fixture.main.emit("news")
            fixture.loop.advance(by: .seconds(10))
            client.end()
        }
        try traffic()
        #expect(fixture.clockReadings.value == 0)
        let admin = fixture.visitor()
        _ = await admin.take(through: "server_stats")
        try traffic()
        let readings = fixture.clockReadings.value
        #expect(readings >= 5)
        admin.client.end()
        try traffic()
        #expect(fixture.clockReadings.value == readings)
    }
}
