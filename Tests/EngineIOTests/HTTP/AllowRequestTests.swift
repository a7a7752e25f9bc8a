// Licensed under the MIT licence.

import EngineIOCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import EngineIO

@Suite(.timeLimit(.minutes(15))) struct AllowRequestTests {
    private static let handshake = "/engine.io/?EIO=4&transport=polling"
    private static let webSocket = "/engine.io/?EIO=4&transport=websocket"

    private static func options(_ gate: @escaping EngineRequestGate) -> EngineIOOptions {
        EngineIOOptions(allowRequest: gate)
    }

    @Test func `a client that may come gets its session, on both transports`() async throws {
        let asked = NIOLockedValueBox<[String]>([])
        let options = Self.options { head in
            asked.withLockedValue { $0.append("\(head.method) \(head.target) \(head.headers["x-token"] ?? "")") }
            return .allow
        }
        try await LoopbackServer.with([("/engine.io/", options)]) { server in
            let polled = try await server.get(Self.handshake, "X-Token: sesame")
            #expect(polled.status == 200 && polled.contains(#"0{"sid":""#))
            let upgraded = try await server.upgrade(Self.webSocket, "X-Token: sesame")
            #expect(upgraded.status == 101)
        }
        let all = ["GET \(Self.handshake) sesame", "GET \(Self.webSocket) sesame"]
        #expect(asked.withLockedValue { $0 } == all)
    }

    @Test(arguments: [(RequestDecision.refuse(), "Forbidden"), (.refuse(message: "no \"token\""), #"no \"token\""#)])
    func `a client that may not is told so`(decision: RequestDecision, message: String) async throws {
        try await LoopbackServer.with([("/engine.io/", Self.options { _ in decision })]) { server in
            for answer in [
                try await server.get(Self.handshake, "Origin: https://page.example"),
                try await server.upgrade(Self.webSocket, "Origin: https://page.example", "Connection: close"),
            ] {
                #expect(answer.status == 403)
                #expect(answer.hasSuffix(#"{"code":4,"message":"\#(message)"}"#) || answer.hasSuffix("\r\n\r\n"))
                #expect(answer.fieldValues("access-control-allow-origin") == ["https://page.example"])
            }
            let opened = await server.engine.counters().reduce(0) { $0 + $1.sessionsOpened }
            #expect(opened == 0)
        }
    }

    @Test func `a bad request is refused without asking`() async throws {
        let options = Self.options { _ in
            Issue.record("asked")
            return .allow
        }
        try await LoopbackServer.with([("/engine.io/", options)]) { server in
            for rest in ["EIO=9&transport=polling", "EIO=4&transport=polling&sid=aaaaaaaaaaaaaaaaaaaa"] {
                let answer = try await server.get("/engine.io/?\(rest)")
                #expect(answer.status == 400)
            }
        }
    }

    @Test func `no more than so many may wait, and who leaves gives its place back`() async throws {
        let (left, leave) = AsyncStream.makeStream(of: Void.self)
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        var options = Self.options { _ in
            ask.yield()
            // Until the client goes away.
            for await _ in AsyncStream<Void>(bufferingPolicy: .unbounded, { _ in }) {}
            leave.yield()
            return .allow
        }
        options.limits.maximumPendingRequests = 0
        try await LoopbackServer.with([("/none/", options)]) { server in
            let answer = try await server.get("/none/?EIO=4&transport=polling")
            #expect(answer.status == 503)
            let hits = await server.engine.counters().reduce(0) { $0 + ($1.limitHits[.pendingRequests] ?? 0) }
            #expect(hits == 1)
        }
        options.limits.maximumPendingRequests = 10
        try await LoopbackServer.with([("/engine.io/", options)]) { server in
            let request = "GET \(Self.handshake) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let client = try await server.connect(saying: request)
            var waits = asked.makeAsyncIterator()
            _ = await waits.next()
            #expect(try await server.pendingDecisions() == 1)
            try await client.executeThenClose { _, _ in }
            var leaves = left.makeAsyncIterator()
            _ = await leaves.next()
            // The decision is on its way to the loop.
            while try await server.pendingDecisions() > 0 { await Task.yield() }
            let opened = await server.engine.counters().reduce(0) { $0 + $1.sessionsOpened }
            #expect(opened == 0)
        }
    }
}
