// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Synchronization
import Testing

@testable import EngineIO

@Suite(.timeLimit(.minutes(15))) struct ForwardedPollingTests {
    private static let unknown = #"{"code":1,"message":"Session ID unknown"}"#

    @Test func `ids tell the node`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            #expect(sid.hasSuffix(nodes.ownerAddress.encoded))
            #expect(sid.utf8.count == SessionID.lengthWithNode)
        }
        try await LoopbackServer.with([("/engine.io/", .init())]) { server in
            let opened = try await server.get("/engine.io/?EIO=4&transport=polling")
            let start = try #require(opened.firstRange(of: #""sid":""#)).upperBound
            #expect(opened[start...].prefix { $0 != "\"" }.utf8.count == SessionID.length)
        }
    }

    @Test func `a session is polled and posted to at another node`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            for number in 1...3 {
                let posted = try await nodes.post(sid, "4hello \(number)")
                #expect(posted.status == 200 && posted.body == "ok")
                #expect(try await nodes.poll(sid) == "4hello \(number)")
            }
            // At home, too.
            #expect(try await nodes.post(sid, "4again").body == "ok")
            #expect(try await nodes.owner.get(TwoNodes.target(sid)).body == "4again")
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `a poll waits for what comes`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            async let polled = nodes.poll(sid)
            #expect(try await nodes.owner.answer(to: TwoNodes.postRequest(sid, "4late")).body == "ok")
            let answer = try await polled
            #expect(answer == "4late")
        }
    }

    @Test func `the other node answers as it would for its own`() async throws {
        let options = EngineIOOptions(
            cors: CORS(origins: .any),
            httpCompression: .init(thresholdBytes: 10),
            headers: { _ in [("x-node", "yes")] }
        )
        try await TwoNodes.with(options) { nodes in
            let sid = try await nodes.open()
            _ = try await nodes.post(sid, "4" + String(repeating: "a", count: 100))
            let answer = try await nodes.visitor.get(
                TwoNodes.target(sid),
                "Accept-Encoding: gzip",
                "Origin: https://chat.example"
            )
            #expect(answer.fieldValues("content-encoding") == ["gzip"])
            #expect(answer.fieldValues("access-control-allow-origin") == ["https://chat.example"])
            #expect(answer.fieldValues("x-node") == ["yes"])
        }
    }

    @Test func `revision 3, and scripts`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open("EIO=3")
            #expect(try await nodes.post(sid, "d=7:4hello!", "EIO=3&j=0").status == 200)
            #expect(try await nodes.poll(sid, "EIO=3&j=7") == #"___eio[7]("7:4hello!");"#)
            #expect(try await nodes.post(sid, "no form", "EIO=3&j=0").status == 400)
            #expect(await nodes.sessions.nextEnd() == .parseError)
        }
    }

    @Test func `an id that nobody has`() async throws {
        try await TwoNodes.with { nodes in
            let invented = SessionID(shardIndex: 0, random: (1, 2), node: nodes.ownerAddress).encoded
            let far = SessionID(shardIndex: 63, random: (1, 2), node: nodes.ownerAddress).encoded
            for sid in [invented, far] {
                let answer = try await nodes.visitor.get(TwoNodes.target(sid))
                #expect(answer.status == 400 && answer.body == Self.unknown)
                #expect(try await nodes.post(sid, "4x").body == Self.unknown)
                #expect(try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket")).status == 400)
            }
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `a node that has gone`() async throws {
        try await TwoNodes.with { nodes in
            let sid = SessionID(shardIndex: 0, random: (1, 2), node: NodeAddress(random: 3)).encoded
            #expect(try await nodes.poll(sid) == Self.unknown)
            #expect(try await nodes.post(sid, "4x").body == Self.unknown)
            #expect(try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket")).status == 400)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `a session belongs to its mount elsewhere, too`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try #require(SessionID(try await nodes.open()))
            let visit = ForwardedVisit(id: sid, path: "/other/")
            let message = ForwardedMessage(
                sender: nodes.visitorAddress,
                isFromVisitor: true,
                number: 99,
                content: .poll(visit, wantsText: false)
            )
            nodes.hub.say(message, to: nodes.ownerAddress)
            let answer = try await nodes.hub.firstSaid { $0.number == 99 && !$0.isFromVisitor }
            #expect(answer.content == .answer(.unknownSession))
        }
    }

    @Test func `what fits no session`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            let misfit = try await nodes.visitor.upgrade(TwoNodes.target(sid, "polling"))
            #expect(misfit.status == 400 && misfit.contains(#""code":3"#))
            #expect(try await nodes.post(sid, "4x").body == "ok")
        }
    }

    @Test func `a link that fails`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            nodes.hub.judge { _ in .fails }
            #expect(try await nodes.poll(sid) == Self.unknown)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test func `an owner that does not answer`() async throws {
        let options = EngineIOOptions(pingInterval: .milliseconds(50), pingTimeout: .milliseconds(50))
        try await TwoNodes.with(options, .init(timeout: .milliseconds(100))) { nodes in
            let sid = try await nodes.open()
            nodes.hub.judge { _ in .vanishes }
            #expect(try await nodes.post(sid, "4x").body == Self.unknown)
            #expect(try await nodes.poll(sid) == Self.unknown)
            let answer = try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket"))
            #expect(answer.status == 400)
            #expect(nodes.hub.said.contains { $0.content == .fellThrough })
        }
    }

    @Test func `an aborted poll ends the session`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            let text = "GET \(TwoNodes.target(sid)) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let client = try await nodes.visitor.connect(saying: text)
            try await client.executeThenClose { _, _ in
                _ = try await nodes.hub.firstSaid { if case .poll = $0.content { true } else { false } }
            }
            #expect(await nodes.sessions.nextEnd() == .transportClose)
            try await nodes.expectNothingUnderWay()
        }
    }

    @Test(arguments: [NodeHub.Fate.findsNobody, .fails])
    func `an answer that is lost ends the session`(fate: NodeHub.Fate) async throws {
        let options = EngineIOOptions(pingInterval: .seconds(20), pingTimeout: .seconds(20))
        try await TwoNodes.with(options) { nodes in
            let sid = try await nodes.open()
            _ = try await nodes.post(sid, "4x")
            nodes.hub.judge { message in
                if case .answer(.payload) = message.content { fate } else { .arrives }
            }
            async let polled = nodes.poll(sid)
            #expect(await nodes.sessions.nextEnd() == .transportError)
            nodes.hub.interrupt(nodes.visitorAddress)
            let answer = try await polled
            #expect(answer == Self.unknown)
        }
    }

    @Test func `two polls at once, at two nodes`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            async let first = nodes.poll(sid)
            _ = try await nodes.hub.firstSaid { if case .poll = $0.content { true } else { false } }
            let second = try await nodes.owner.get(TwoNodes.target(sid)).body
            #expect(await nodes.sessions.nextEnd() == .transportError)
            // Whichever came second is refused; the other one is told of the end.
            let bodies = [second, try await first]
            #expect(bodies.count { $0.contains(#""code":3"#) } == 1)
        }
    }

    @Test func `more than may be under way`() async throws {
        try await TwoNodes.with(.init(), .init(maximumRequests: 1)) { nodes in
            let sid = try await nodes.open()
            async let first = nodes.poll(sid)
            _ = try await nodes.hub.firstSaid { if case .poll = $0.content { true } else { false } }
            #expect(try await nodes.post(sid, "4x").status == 503)
            #expect(await nodes.visitor.engine.counters().contains { $0.limitHits[.forwardedRequests] == 1 })
            _ = try await nodes.owner.answer(to: TwoNodes.postRequest(sid, "4x"))
            let answer = try await first
            #expect(answer == "4x")
            #expect(try await nodes.post(sid, "4x").status == 200)
        }
    }

    @Test func `nobody is asked as long as no answer would arrive`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            nodes.hub.hears(nodes.visitorAddress, false)
            #expect(try await nodes.post(sid, "4x").body == Self.unknown)
            #expect(try await nodes.visitor.get(TwoNodes.target(sid)).body == Self.unknown)
            #expect(try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket")).status == 400)
            #expect(nodes.hub.said.isEmpty)
            nodes.hub.hears(nodes.visitorAddress, true)
            #expect(try await nodes.post(sid, "4x").status == 200)
            #expect(try await nodes.poll(sid) == "4x")
        }
    }

    @Test func `a node that is to end passes requests on, but takes no sessions and no WebSockets`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            await nodes.visitor.engine.drain(over: .zero)
            let opened = try await nodes.visitor.get("\(TwoNodes.path)?EIO=4&transport=polling")
            #expect(opened.status == 503 && opened.body == #"{"message":"Server is shutting down"}"#)
            #expect(opened.fieldValues("retry-after") == ["1"] && opened.fieldValues("connection") == ["close"])
            #expect(try await nodes.visitor.upgrade(TwoNodes.target(sid, "websocket")).status == 503)
            #expect(try await nodes.post(sid, "4x").status == 200)
            #expect(try await nodes.poll(sid) == "4x")
        }
    }

    @Test func `a body that is too large goes nowhere`() async throws {
        try await TwoNodes.with(EngineIOOptions(maxHTTPBufferSize: 100)) { nodes in
            let sid = try await nodes.open()
            #expect(try await nodes.post(sid, "4" + String(repeating: "a", count: 100)).status == 413)
            #expect(nodes.hub.said.isEmpty)
            // Not even if another node takes it.
            let visit = ForwardedVisit(id: try #require(SessionID(sid)), path: TwoNodes.path)
            let body = ByteBuffer(string: "4" + String(repeating: "a", count: 100))
            let message = ForwardedMessage(
                sender: nodes.visitorAddress,
                isFromVisitor: true,
                number: 99,
                content: .post(visit, isBinary: false, body: body)
            )
            nodes.hub.say(message, to: nodes.ownerAddress)
            #expect(await nodes.sessions.nextEnd() == .parseError)
        }
    }

    @Test func `a visitor that stops lets its polls go`() async throws {
        try await TwoNodes.with { nodes in
            let sid = try await nodes.open()
            async let polled = nodes.poll(sid)
            _ = try await nodes.hub.firstSaid { if case .poll = $0.content { true } else { false } }
            let forwarding = try #require(nodes.visitor.engine.forwarding)
            forwarding.beginClosing()
            let answer = try await polled
            #expect(answer == "6")
            // The session lives on.
            #expect(try await nodes.owner.answer(to: TwoNodes.postRequest(sid, "4x")).body == "ok")
        }
    }
}
