// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOAdmin
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct CommandTests {
    private static func rooms(of socket: Socket, _ fixture: AdminFixture) async throws -> [Room] {
        try await fixture.loop.finish { await socket.rooms }
    }

    @Test("Admins emit to a socket, to a room and to all, with binary parts, and with the arguments as they are")
    func emit() async throws {
        let fixture = try AdminFixture()
        let admin = await fixture.admin()
        let (first, id) = fixture.joined()
        let (second, _) = fixture.joined()
        fixture.main.to(Room(id)).socketsJoin("lobby")
        fixture.loop.run()
        admin.send("emit", #""/","\#(id)","to-one",1.0,{"b":1,"a":2},null"#)
        admin.send("emit", #""/","lobby","to-room""#)
        admin.send("emit", #""/",null,"to-all",[]"#)
        admin.send("emit", #""/","","to-all-too""#)
        admin.client.send(
            #"51-/admin,["emit","/","lobby","photo",{"_placeholder":true,"num":0}]"#,
            attachments: [[7]]
        )
        #expect(
            first.take() == [
                #"2["to-one",1.0,{"b":1,"a":2},null]"#, #"2["to-room"]"#, #"2["to-all",[]]"#, #"2["to-all-too"]"#,
                #"51-["photo",{"_placeholder":true,"num":0}]"#, "<7>",
            ]
        )
        #expect(second.take() == [#"2["to-all",[]]"#, #"2["to-all-too"]"#])
    }

    @Test("Admins make sockets join and leave rooms, one or all of them")
    func rooms() async throws {
        let sockets = Recorder<Socket>()
        let fixture = try AdminFixture(shards: 2)
        fixture.main.onConnectInline { sockets.add($0) }
        let admin = await fixture.admin()
        let (_, id) = fixture.joined()
        _ = fixture.joined(shard: 1)
        _ = admin.take()
        admin.send("join", #""/","one","\#(id)""#)
        admin.send("join", #""/","all",null"#)
        admin.send("join", #""/","both""#)
        #expect(try await Self.rooms(of: sockets.all[0], fixture) == ["one", "all", "both"])
        #expect(try await Self.rooms(of: sockets.all[1], fixture) == ["all", "both"])
        #expect(admin.take().map(\.name) == Array(repeating: "room_joined", count: 5))
        admin.send("leave", #""/","one","one""#)
        admin.send("leave", #""/","all","\#(id)""#)
        admin.send("leave", #""/","both""#)
        #expect(try await Self.rooms(of: sockets.all[0], fixture) == [])
        #expect(try await Self.rooms(of: sockets.all[1], fixture) == ["all"])
        #expect(admin.take().map(\.name) == Array(repeating: "room_left", count: 4))
    }

    @Test("Admins put sockets out, with or without their connection")
    func disconnect() async throws {
        let fixture = try AdminFixture()
        _ = fixture.servers[0].of("/chat")
        let admin = await fixture.admin()
        let (first, id) = fixture.joined()
        first.connect(to: "/chat")
        let (second, _) = fixture.joined()
        admin.send("_disconnect", #""/",false,"\#(id)""#)
        #expect(first.take() == ["1"])
        #expect(first.closeReason == nil)
        #expect(second.take() == [])
        admin.send("_disconnect", #""/chat",true"#)
        #expect(first.closeReason == .forcedServerClose)
        #expect(second.closeReason == nil)
        admin.send("_disconnect", #""/",true,null"#)
        #expect(second.closeReason == .forcedServerClose)
        #expect(admin.client.closeReason == nil)
    }

    /// Event names and arguments that do nothing at all.
    static let nonsense: [(String, String)] = [
        ("emit", ""), ("emit", #""/""#), ("emit", #""/",null"#), ("emit", #""/",null,1"#), ("emit", #""/",null,null"#),
        ("emit", #""/",null,"""#), ("emit", #""/",null,"connect""#), ("emit", #""/",null,"disconnecting""#),
        ("emit", #""/",["r"],"x""#), ("emit", #""/",{},"x""#), ("emit", #""/",7,"x""#), ("emit", #"null,null,"x""#),
        ("emit", #""/nowhere",null,"x""#), ("emit", #""/admin",null,"config""#), ("emit", #""admin",null,"config""#),
        ("emit", #""/","nobody","x""#), ("emit", #"["/"],null,"x""#),
        ("emit", #""/",null,"\#(String(repeating: "e", count: 257))""#),
        ("join", ""), ("join", #""/""#), ("join", #""/",null"#), ("join", #""/",7,null"#), ("join", #""/","""#),
        ("join", #""/",["r"],null"#), ("join", #""/","r","nobody""#), ("join", #""/","r",{"a":1}"#),
        ("join", #""/","r",false"#), ("join", #""/nowhere","r""#),
        ("join", #""/","\#(String(repeating: "r", count: 257))""#),
        ("leave", #""/","r","nobody""#), ("leave", #""/nowhere","r""#), ("leave", #"{},[],7"#),
        ("_disconnect", ""), ("_disconnect", #""/""#), ("_disconnect", #""/",null,null"#),
        ("_disconnect", #""/","true""#),
        ("_disconnect", #""/",true,"nobody""#), ("_disconnect", #""/",true,["a"]"#), ("_disconnect", #""/admin",true"#),
        ("_disconnect", #""/nowhere",true"#), ("unknown", #""/",1"#), ("config", "{}"), ("server_stats", "{}"),
    ]

    @Test("What is no command does nothing, and makes no namespace", arguments: Self.nonsense)
    func ignored(_ event: String, _ arguments: String) async throws {
        let fixture = try AdminFixture()
        let admin = await fixture.admin()
        let (client, _) = fixture.joined()
        _ = admin.take()
        admin.send(event, arguments)
        #expect(admin.take() == [])
        #expect(client.take() == [])
        #expect(admin.client.closeReason == nil && client.closeReason == nil)
        #expect(Set(fixture.servers[0].namespaces.map(\.name)) == ["/", "/admin"])
        // The admin is served as before.
        admin.send("emit", #""/",null,"hello""#)
        #expect(client.take() == [#"2["hello"]"#])
    }

    @Test("Names may be as long as those of events that clients send")
    func longNames() async throws {
        let fixture = try AdminFixture()
        let admin = await fixture.admin()
        let (client, _) = fixture.joined()
        let name = String(repeating: "n", count: SocketIOLimits().maximumEventNameBytes)
        admin.send("join", #""/","\#(name)""#)
        admin.send("emit", #""/","\#(name)","\#(name)""#)
        #expect(client.take() == ["2[\"\(name)\"]"])
    }

    @Test("Admins who may look only are not obeyed", arguments: AdminOptions.Mode.allCases)
    func readOnly(_ mode: AdminOptions.Mode) async throws {
        let fixture = try AdminFixture(AdminOptions(authentication: .none, mode: mode, isReadOnly: true))
        let admin = fixture.visitor()
        _ = await admin.take(through: mode == .development ? "all_sockets" : "server_stats")
        let (client, id) = fixture.joined()
        _ = admin.take()
        admin.send("emit", #""/",null,"hello""#)
        admin.send("join", #""/","r","\#(id)""#)
        admin.send("_disconnect", #""/",true"#)
        #expect(admin.take() == [])
        #expect(client.take() == [])
        #expect(client.closeReason == nil)
    }
}
