// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import RedisTesting
import SocketIO
import SocketIOCore
import SocketIORedis
import SocketIOTesting
import Testing
import WireJSON

/// With a real `redis-server`.
@Suite(.timeLimit(.minutes(15)), .enabled(if: ServerProcess.isInstalled)) struct LiveTests {
    private static let wires: [RedisBusOptions.Wire] = [.classic, .sharded]

    @Test("Two servers are one", arguments: Self.wires)
    func two(wire: RedisBusOptions.Wire) async throws {
        try await LiveFixture.run(options: RedisBusOptions(wire: wire)) { fixture in
            for node in 0..<2 { fixture.main(node).onConnectInline { $0.join("r") } }
            let sessions = (0..<2).map { fixture.session(node: $0) }
            let clients = sessions.map(\.client)
            for node in 0..<2 {
                await fixture.finish { told in fixture.main(node).whenReachable("r") { _ in told() } }
            }
            try fixture.main(0).emit("all", ByteBuffer(bytes: [1]))
            try fixture.main(0).to("r").emit("room", 2)
            try fixture.main(0).to(Room(sessions[1].id)).emit("one")
            #expect(await clients[0].take(atLeast: 3).count == 3)
            #expect(
                await clients[1].take(atLeast: 4) == [
                    #"51-["all",{"_placeholder":true,"num":0}]"#, "<1>", #"2["room",2]"#, #"2["one"]"#,
                ]
            )
            let main = fixture.main(1)
            let sockets = try await fixture.loop.finish { try await main.broadcast.fetchSockets() }
            #expect(Set(sockets.map(\.id)) == Set(sessions.map(\.id)))
            let asking = Task { try await main.to("r").timeout(.seconds(2)).emitWithAck("ask") }
            for client in clients {
                let packet = await client.take(atLeast: 1)
                #expect(packet == [#"20["ask"]"#])
                client.send(#"30["yes",1]"#)
            }
            let answers = try await fixture.loop.finish { try await asking.value }
            #expect(answers.replies.map { String(buffer: $0.rawArguments) } == [#""yes",1"#, #""yes",1"#])
            fixture.main(0).onServerSide("hello") { try? $0.answer("you") }
            let servers = try await fixture.loop.finish { try await main.serverSideEmitWithAck("hello") }
            #expect(servers.map { String(buffer: $0.rawArguments) } == [#""you""#])
            main.broadcast.disconnectSockets(close: true)
            await fixture.loop.run { clients[0].closeReason != nil }
            #expect(fixture.buses.map(\.statistics.rejected) == [0, 0])
        }
    }

    @Test("A room's channel has as many subscribers as there are nodes with members")
    func subscriptions() async throws {
        try await LiveFixture.run(nodes: 3) { fixture in
            fixture.main(1).onConnectInline { $0.join("r") }
            #expect(try await fixture.subscriberCount("socket.io#/#r#") == 0)
            let (client, _) = fixture.session(node: 1)
            await fixture.finish { told in fixture.main(1).whenReachable("r") { _ in told() } }
            #expect(try await fixture.subscriberCount("socket.io#/#r#") == 1)
            client.end()
            while try await fixture.subscriberCount("socket.io#/#r#") != 0 {}
        }
    }

    @Test("When Redis was away, all goes on as before")
    func restart() async throws {
        try await LiveFixture.run { fixture in
            for node in 0..<2 { fixture.main(node).onConnectInline { $0.join("r") } }
            let clients = (0..<2).map { fixture.session(node: $0).client }
            fixture.loop.run()
            try await fixture.restart()
            try await fixture.subscribed()
            await fixture.finish { told in fixture.main(1).whenReachable("r") { _ in told() } }
            while try await fixture.subscriberCount("socket.io#/#r#") != 2 {}
            try fixture.main(0).to("r").emit("back")
            #expect(await clients[1].take(atLeast: 1) == [#"2["back"]"#])
        }
    }

    /// A request by hand, and the answers to it.
    private static func ask(
        _ request: RedisCommand.Argument,
        _ count: Int,
        _ listener: Listener,
        _ fixture: LiveFixture
    ) async throws -> [JSONValue] {
        try await fixture.publish(request, on: "socket.io-request#/#")
        var answers: [JSONValue] = []
        for _ in 0..<count {
            let text = try await fixture.loop.finish { await listener.next() }
            answers.append(try JSONValue(validating: ByteBuffer(string: text)))
        }
        return answers
    }

    @Test("A request of each type is answered, with sockets and without", arguments: [false, true])
    func byHand(hasSockets: Bool) async throws {
        try await LiveFixture.run(nodes: 1) { fixture in
            let heard = Recorder<String>()
            let loop = fixture.loop
            fixture.main(0).onServerSide("hello") { event in
                heard.add("hello")
                try? event.answer("you")
                loop.shards[0].execute {}
            }
            let session = hasSockets ? fixture.session(node: 0) : nil
            let ids = session.map { [$0.id] } ?? []
            let listener = Listener()
            fixture.hand.subscribe(to: [.channel("socket.io-response#/#")], listener)
            _ = await listener.next()
            let options = #""opts":{"rooms":[],"except":[]}"#
            // 2: join.
            try await fixture.publish(#"{"type":2,\#(options),"rooms":["a","b"]}"#, on: "socket.io-request#/#")
            // 3: leave.
            try await fixture.publish(#"{"type":3,\#(options),"rooms":["b"]}"#, on: "socket.io-request#/#")
            // 0: sockets.
            var answer = try await Self.ask(
                #"{"uid":"h","requestId":"0","type":0,"rooms":["a"]}"#,
                1,
                listener,
                fixture
            )[0]
            #expect(answer.member("requestId")?.isString("0") == true)
            #expect(answer.member("sockets")?.elements.compactMap(\.stringValue) == ids)
            // 1: all rooms.
            answer = try await Self.ask(#"{"uid":"h","requestId":"1","type":1}"#, 1, listener, fixture)[0]
            #expect(
                Set(answer.member("rooms")?.elements.compactMap(\.stringValue) ?? [])
                    == Set(ids + (hasSockets ? ["a"] : []))
            )
            // 5: fetch.
            answer = try await Self.ask(#"{"uid":"h","requestId":"5","type":5,\#(options)}"#, 1, listener, fixture)[0]
            #expect(answer.member("sockets")?.elements.compactMap { $0.member("id")?.stringValue } == ids)
            // 6: a server's event, without and with an answer.
            try await fixture.publish(#"{"uid":"h","type":6,"data":["hello"]}"#, on: "socket.io-request#/#")
            await fixture.loop.run { heard.all.count == 1 }
            answer = try await Self.ask(
                #"{"uid":"h","requestId":"6","type":6,"data":["hello"]}"#,
                1,
                listener,
                fixture
            )[0]
            #expect(answer.member("type")?.intValue == 6 && answer.member("data")?.isString("you") == true)
            // 6, an event that nobody handles.
            answer = try await Self.ask(
                #"{"uid":"h","requestId":"n","type":6,"data":["unheard"]}"#,
                1,
                listener,
                fixture
            )[0]
            #expect(answer.member("requestId")?.isString("n") == true && answer.member("data") == nil)
            // 7: ask all, {uid: "h", requestId: "7", type: 7, packet: {type: 2, data: ["q"]}, opts: {rooms: [], except: [], flags: {timeout: 900}}}
            let asking = ByteBuffer(
                hexadecimal:
                    "85a3756964a168a9726571756573744964a137a47479706507a67061636b657482a47479706502a46461746191a171"
                    + "a46f70747383a5726f6f6d7390a665786365707490a5666c61677381a774696d656f7574cd0384"
            )
            answer = try await Self.ask(.bytes(asking), 1, listener, fixture)[0]
            #expect(answer.member("type")?.intValue == 8 && answer.member("clientCount")?.intValue == ids.count)
            if let session {
                #expect(session.client.take() == [#"20["q"]"#])
                session.client.send(#"30["A"]"#)
                let packed = try await fixture.loop.finish { await listener.next() }
                #expect(packed.contains("packet\u{FFFD}A"))
            }
            // 4: disconnect.
            try await fixture.publish(#"{"type":4,\#(options),"close":true}"#, on: "socket.io-request#/#")
            if let session { await fixture.loop.run { session.client.closeReason != nil } }
            _ = try await Self.ask(#"{"uid":"h","requestId":"0","type":0}"#, 1, listener, fixture)
            #expect(fixture.buses[0].statistics.rejected == 0)
        }
    }
}
