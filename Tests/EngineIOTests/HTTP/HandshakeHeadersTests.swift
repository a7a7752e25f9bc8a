// Licensed under the MIT licence.

import EngineIOCore
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import EngineIO

@Suite(.timeLimit(.minutes(15))) struct HandshakeHeadersTests {
    private static let polling = "EIO=4&transport=polling"
    private static let webSocket = "EIO=4&transport=websocket"

    private static func sid(_ answer: String) throws -> String {
        let start = try #require(answer.firstRange(of: #""sid":""#)).upperBound
        return String(answer[start...].prefix(SessionID.length))
    }

    @Test func `two mounts, each with options of its own`() async throws {
        let withCookie = EngineIOOptions(maxHTTPBufferSize: 111, cookie: CookieOptions())
        let plain = EngineIOOptions(maxHTTPBufferSize: 222, transports: [.polling], allowEIO3: false)
        try await LoopbackServer.with([("/one/", withCookie), ("/two/", plain)]) { server in
            let one = try await server.get("/one/?\(Self.polling)")
            let two = try await server.get("/two/?\(Self.polling)")
            #expect(one.contains(#""upgrades":["websocket"]"#) && one.contains(#""maxPayload":111"#))
            #expect(two.contains(#""upgrades":[]"#) && two.contains(#""maxPayload":222"#))
            #expect(one.fieldValues("set-cookie").count == 1 && two.fieldValues("set-cookie").isEmpty)
            #expect(try await server.get("/one/?EIO=3&transport=polling").status == 200)
            #expect(try await server.get("/two/?EIO=3&transport=polling").status == 400)
            #expect(try await server.upgrade("/one/?\(Self.webSocket)").status == 101)
            #expect(try await server.upgrade("/two/?\(Self.webSocket)").status == 400)
            // A session belongs to its mount.
            let sid = try Self.sid(one)
            #expect(
                try await server.get("/two/?\(Self.polling)&sid=\(sid)").hasSuffix(#""message":"Session ID unknown"}"#)
            )
        }
    }

    @Test func `the cookie is set once, and is the session's id`() async throws {
        let options = EngineIOOptions(cookie: CookieOptions(name: "node", isSecure: true))
        try await LoopbackServer.with([("/engine.io/", options)]) { server in
            let opened = try await server.get("/engine.io/?\(Self.polling)")
            let sid = try Self.sid(opened)
            #expect(opened.fieldValues("set-cookie") == ["node=\(sid); Path=/; HttpOnly; Secure; SameSite=Lax"])
            let refused = try await server.get("/engine.io/?EIO=9&transport=polling")
            #expect(refused.fieldValues("set-cookie").isEmpty)
            let webSocket = try await server.upgrade("/engine.io/?\(Self.webSocket)")
            #expect(webSocket.fieldValues("set-cookie").first?.hasPrefix("node=") == true)
            let upgraded = try await server.upgrade("/engine.io/?\(Self.webSocket)&sid=\(sid)")
            #expect(upgraded.status == 101 && upgraded.fieldValues("set-cookie").isEmpty)
        }
    }

    @Test func `the application's header fields`() async throws {
        let options = EngineIOOptions(
            initialHeaders: { head in [("X-First", head.query.first { $0.name == "transport" }?.value ?? "")] },
            headers: { _ in [("X-Every", "1"), ("Cache-Control", "private")] }
        )
        try await LoopbackServer.with([("/engine.io/", options)]) { server in
            let opened = try await server.get("/engine.io/?\(Self.polling)")
            let target = "/engine.io/?\(Self.webSocket)&sid=\(try Self.sid(opened))"
            let answers: [(String, [String])] = [
                (opened, ["polling"]), (try await server.upgrade("/engine.io/?\(Self.webSocket)"), ["websocket"]),
                (try await server.upgrade(target), []), (try await server.get("/engine.io/?transport=x"), []),
            ]
            for (answer, first) in answers {
                #expect(answer.fieldValues("x-first") == first)
                #expect(answer.fieldValues("x-every") == ["1"])
                #expect(answer.fieldValues("cache-control") == ["private"])
            }
        }
    }

    @Test func `fields that would break the answer are left out`() {
        var headers: HTTPHeaders = ["content-length": "5", "vary": "Origin"]
        headers.addApplicationFields([
            ("X-Good", "é \t~"), ("x-bad", "a\r\nSet-Cookie: b=c"), ("x-bad", "a\nb"), ("x-bad", "\0"), ("x bad", "a"),
            ("x-bad:", "a"),
            ("", "a"), ("x\r\ny", "a"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"),
            ("Connection", "close"),
            ("Sec-WebSocket-Accept", "a"), ("Upgrade", "h2c"), ("Content-Type", "a"), ("Content-Encoding", "gzip"),
            ("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("Vary", "Cookie"),
        ])
        let expected: HTTPHeaders = [
            "content-length": "5", "vary": "Origin", "x-good": "é \t~", "set-cookie": "a=1", "set-cookie": "b=2",
            "vary": "Cookie",
        ]
        #expect(
            headers.map { "\($0.name): \($0.value)" }.sorted() == expected.map { "\($0.name): \($0.value)" }.sorted()
        )
    }

    @Test func `what a handler learns of the handshake`() async throws {
        let seen = NIOLockedValueBox<[EngineHandshake]>([])
        let acceptor: EngineAcceptor = { connection in
            seen.withLockedValue { $0.append(connection.handshake) }
            return SilentHandler()
        }
        let trusting = EngineIOOptions(trustedProxies: .privateNetworks)
        let before = WallClock.milliseconds
        try await LoopbackServer.with([("/one/", trusting), ("/two/", .init())], acceptor: acceptor) { server in
            for path in ["/one/", "/two/"] {
                let fields = ("X-Forwarded-For: 198.51.100.1, 203.0.113.9", "X-Forwarded-Proto: https")
                let answer = try await server.get("\(path)?\(Self.polling)", fields.0, fields.1)
                #expect(answer.status == 200)
            }
        }
        let handshakes = seen.withLockedValue { $0 }
        #expect(handshakes.map(\.address) == ["203.0.113.9", "127.0.0.1"])
        #expect(handshakes.map(\.isSecure) == [true, false])
        #expect(handshakes.allSatisfy { (before...WallClock.milliseconds).contains($0.issuedMilliseconds) })
    }

    @Test(arguments: [
        ("HTTP/1.1\r\nConnection: close", 400), ("HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close", 400),
        ("HTTP/1.1\r\nHost: a\r\nConnection: close", 200), ("HTTP/1.1\r\nHost:\r\nConnection: close", 200),
        ("HTTP/1.0", 200),
    ])
    func `a request names its host once`(rest: String, status: Int) async throws {
        try await LoopbackServer.with([("/engine.io/", .init())]) { server in
            let answer = try await server.answer(to: "GET /engine.io/?\(Self.polling) \(rest)\r\n\r\n")
            #expect(answer.status == status)
        }
    }
}
