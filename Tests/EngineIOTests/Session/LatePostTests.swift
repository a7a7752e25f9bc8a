// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

/// A polling session that the server has ended, and whose client has not been told yet.
@Suite struct LatePostTests {
    private static let target = "/engine.io/?EIO=4&transport=polling"

    private func withEndedSession(
        isHeld: Bool = false,
        _ body: (LoopbackServer, String) async throws -> Void
    ) async throws {
        try await LoopbackServer.with([("/engine.io/", EngineIOOptions())]) { server in
            let opened = try await server.get(Self.target)
            let sid = try #require(opened.split(separator: "\"sid\":\"").last?.split(separator: "\"").first)
            for case let loop as LoopShard in server.engine.shards {
                try await loop.eventLoop.submit {
                    for session in Array(loop.sessionsByID.values) {
                        if isHeld { session.pauseReading() }
                        session.end(.serverShuttingDown)
                    }
                }.get()
            }
            try await body(server, Self.target + "&sid=" + sid)
        }
    }

    private func post(_ packets: String, _ target: String) -> String {
        """
        POST \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n\
        Content-Length: \(packets.utf8.count)\r\n\r\n\(packets)
        """
    }

    @Test func `what is sent before the last poll is answered as ever`() async throws {
        try await self.withEndedSession { server, target in
            for _ in 0..<2 {
                let answer = try await server.answer(to: self.post("4late", target))
                #expect(answer.status == 200 && answer.hasSuffix("ok"))
            }
            #expect(try await server.get(target).hasSuffix("\r\n\r\n1"))
        }
    }

    @Test func `so it is where the session did not read when it ended`() async throws {
        try await self.withEndedSession(isHeld: true) { server, target in
            for _ in 0..<2 {
                let answer = try await server.answer(to: self.post("4late", target))
                #expect(answer.status == 200)
            }
            #expect(try await server.get(target).hasSuffix("\r\n\r\n1"))
        }
    }

    @Test func `nobody looks at its form any more`() async throws {
        try await self.withEndedSession { server, target in
            // JSONP has it in a field of a form.
            let answer = try await server.answer(to: self.post("4late", target + "&j=0"))
            #expect(answer.status == 200)
            #expect(try await server.get(target).hasSuffix("\r\n\r\n1"))
        }
    }

    @Test func `what is sent behind it finds no session`() async throws {
        try await self.withEndedSession { server, target in
            _ = try await server.get(target)
            #expect(try await server.answer(to: self.post("4too late", target)).status == 400)
        }
    }
}
