// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1
import Testing

@testable import EngineIO

@Suite struct EngineRequestTests {
    private static func request(
        _ fields: (String, String)...,
        origins: CORSOrigins = .any,
        limit: Int = 10
    ) -> EngineRequest {
        var options = EngineIOOptions(maxHTTPBufferSize: limit)
        options.cors.origins = origins
        return makeRequest(fields, method: .POST, options: options)
    }

    @Test(arguments: [
        ("0", true), ("10", true), ("11", false), ("x", false), ("", false), ("99999999999999999999", false),
    ])
    func `the announced length`(text: String, isAcceptable: Bool) {
        #expect(Self.request(("Content-Length", text)).hasAcceptableLength == isAcceptable)
    }

    @Test func `a body in pieces may reach the limit and no further`() {
        var request = Self.request()
        #expect(request.hasAcceptableLength)
        let isTaken = ["12345", "67890", "1"].map { request.append(ByteBuffer(string: $0)) }
        #expect(isTaken == [true, true, false])
        #expect(request.body == ByteBuffer(string: "1234567890"))
        #expect(request.body.readableBytes == 10)
    }

    @Test func `an upgrade names both fields, in any case and among others`() {
        #expect(Self.request(("Connection", "keep-alive, Upgrade"), ("Upgrade", "WebSocket")).isUpgrade)
        #expect(!Self.request(("Connection", "keep-alive"), ("Upgrade", "websocket")).isUpgrade)
        #expect(!Self.request(("Connection", "upgrade")).isUpgrade)
        #expect(!Self.request(("Connection", "upgrade"), ("Upgrade", "h2c")).isUpgrade)
    }

    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", true), ("dGhlIHNhbXBsZSBub25jZ+/=", false), ("short", false), ("", false),
        ("dGhlIHNhbXBsZSBub25jZQ===", false), ("dGhlIHNhbXBsZSBub25jZ-==", false),
        ("dGhlIHNhbXBsZSBub25j\u{e9}==", false),
    ]) func `the key is sixteen bytes`(key: String, isKey: Bool) {
        #expect(Self.request(("Sec-WebSocket-Key", key)).hasWebSocketKey == isKey)
    }

    @Test func `one key, no more and no less`() {
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        #expect(!Self.request().hasWebSocketKey)
        #expect(!Self.request(("Sec-WebSocket-Key", key), ("Sec-WebSocket-Key", key)).hasWebSocketKey)
    }

    @Test func `binary payloads need exactly their content type`() {
        #expect(Self.request(("Content-Type", "application/octet-stream")).isBinary)
        #expect(!Self.request(("Content-Type", "application/octet-stream;x=1")).isBinary)
        #expect(!Self.request(("Content-Type", "text/plain")).isBinary)
        #expect(!Self.request().isBinary)
    }

    @Test func `JSONP is for servers that anybody may use`() throws {
        let index = try #require(JSONP.Index(parameter: "0"))
        #expect(throws: Never.self) { try Self.request().checkJSONP(index) }
        let restricted = Self.request(origins: .only(["https://example.org"]))
        #expect(throws: HandshakeError.forbidden) { try restricted.checkJSONP(index) }
        #expect(throws: Never.self) { try restricted.checkJSONP(nil) }
    }
}
