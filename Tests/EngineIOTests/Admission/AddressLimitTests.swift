// Licensed under the MIT licence.

import EngineIOCore
import Testing

@testable import EngineIO

@Suite struct AddressLimitTests {
    private static let handshake = "/engine.io/?EIO=4&transport=polling"

    private var limits: AddressLimits {
        var limits = AddressLimits()
        limits.handshakesPerSecond = 0.001
        limits.handshakeBurst = 2
        return limits
    }

    private func options(_ proxies: TrustedProxies = .none) -> EngineIOOptions {
        EngineIOOptions(trustedProxies: proxies)
    }

    @Test func `an address that shakes hands too often is told to wait, on both transports`() async throws {
        try await LoopbackServer.with([("/engine.io/", self.options())], addressLimits: self.limits) {
            (server: LoopbackServer) async throws in
            #expect(try await server.get(Self.handshake).hasPrefix("HTTP/1.1 200"))
            #expect(try await server.get(Self.handshake).hasPrefix("HTTP/1.1 200"))
            let answer = try await server.get(Self.handshake)
            #expect(answer.hasPrefix("HTTP/1.1 429") && answer.contains("retry-after: 1\r\n"))
            #expect(answer.hasSuffix(#"{"message":"Too many requests"}"#))
            #expect(try await server.upgrade("/engine.io/?EIO=4&transport=websocket").hasPrefix("HTTP/1.1 429"))
            let hits = await server.engine.counters().reduce(0) { $0 + $1.limitHits[.addressHandshakes, default: 0] }
            #expect(hits == 2)
        }
    }

    @Test func `behind a trusted proxy it is the client's address that counts`() async throws {
        let options = self.options(TrustedProxies([NetworkRange("127.0.0.1")].compactMap(\.self)))
        try await LoopbackServer.with([("/engine.io/", options)], addressLimits: self.limits) {
            (server: LoopbackServer) async throws in
            for last in 1...3 {
                let field = "X-Forwarded-For: 192.0.2.9, 203.0.113.\(last)"
                #expect(try await server.get(Self.handshake, field).hasPrefix("HTTP/1.1 200"))
            }
            let field = "X-Forwarded-For: 203.0.113.1"
            #expect(try await server.get(Self.handshake, field).hasPrefix("HTTP/1.1 200"))
            #expect(try await server.get(Self.handshake, field).hasPrefix("HTTP/1.1 429"))
        }
    }

    @Test func `nobody else is believed`() async throws {
        try await LoopbackServer.with([("/engine.io/", self.options())], addressLimits: self.limits) {
            (server: LoopbackServer) async throws in
            for last in 1...2 {
                #expect(
                    try await server.get(Self.handshake, "X-Forwarded-For: 203.0.113.\(last)").hasPrefix("HTTP/1.1 200")
                )
            }
            #expect(try await server.get(Self.handshake, "X-Forwarded-For: 203.0.113.3").hasPrefix("HTTP/1.1 429"))
        }
    }

    @Test func `a proxy's header tells whose connection it is, and must be there`() async throws {
        let peers = TrustedProxies([NetworkRange("127.0.0.0/8")].compactMap(\.self))
        try await LoopbackServer.with(
            [("/engine.io/", self.options())],
            addressLimits: self.limits,
            proxyProtocolPeers: peers
        ) { (server: LoopbackServer) async throws in
            let request = "GET \(Self.handshake) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            for (last, status) in [(1, "200"), (1, "200"), (1, "429"), (2, "200")] {
                let line = "PROXY TCP4 203.0.113.\(last) 127.0.0.1 1234 80\r\n"
                #expect(try await server.answer(to: line + request).hasPrefix("HTTP/1.1 \(status)"))
            }
            #expect(try await server.answer(to: request).isEmpty)
        }
    }

    @Test func `a header of somebody else is no request`() async throws {
        let peers = TrustedProxies([NetworkRange("10.0.0.0/8")].compactMap(\.self))
        try await LoopbackServer.with([("/engine.io/", self.options())], proxyProtocolPeers: peers) {
            (server: LoopbackServer) async throws in
            let line = "PROXY TCP4 203.0.113.1 127.0.0.1 1234 80\r\n"
            #expect(try await server.answer(to: "\(line)GET / HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 400"))
        }
    }
}
