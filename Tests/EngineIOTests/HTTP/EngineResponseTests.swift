// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1
import Testing

@testable import EngineIO

@Suite struct EngineResponseTests {
    private static let page = "https://page.example"

    private static func preflight(_ cors: CORS, asking: String? = nil) -> HTTPHeaders {
        var fields = [("Origin", Self.page)]
        if let asking { fields.append(("Access-Control-Request-Headers", asking)) }
        let request = makeRequest(fields, method: .OPTIONS, options: EngineIOOptions(cors: cors))
        return EngineResponse.preflight(request).headers
    }

    @Test func `a preflight allows what it asks for`() {
        let headers = Self.preflight(CORS(), asking: "x-one,x-two")
        #expect(headers.first(name: "access-control-allow-origin") == Self.page)
        #expect(headers.first(name: "access-control-allow-credentials") == "true")
        #expect(headers.first(name: "access-control-allow-methods") == "GET,POST,OPTIONS")
        #expect(headers.first(name: "access-control-allow-headers") == "x-one,x-two")
        #expect(headers.first(name: "access-control-max-age") == "600")
    }

    @Test func `a preflight allows what is configured`() {
        let cors = CORS(credentials: false, allowedHeaders: ["x-one"], maxAge: .seconds(5))
        let headers = Self.preflight(cors, asking: "x-two")
        #expect(headers.first(name: "access-control-allow-credentials") == nil)
        #expect(headers.first(name: "access-control-allow-headers") == "x-one")
        #expect(headers.first(name: "access-control-max-age") == "5")
    }

    @Test func `a foreign page is told nothing`() {
        let headers = Self.preflight(CORS(origins: .only([]), exposedHeaders: ["x-one"]), asking: "x-two")
        #expect(!headers.contains { $0.name.hasPrefix("access-control") })
        #expect(headers.first(name: "vary") == "Origin")
    }

    private static func poll(
        accepting accepted: String?,
        byteCount: Int = 5_000,
        _ compression: HTTPCompression? = HTTPCompression()
    ) -> EngineResponse {
        let fields = accepted.map { [("Accept-Encoding", $0)] } ?? []
        let request = makeRequest(fields, options: EngineIOOptions(httpCompression: compression))
        let payload = HTTPExchange.Answer.payload(
            ByteBuffer(repeating: 0x61, count: byteCount),
            contentType: "text/plain"
        )
        return EngineResponse.answer(payload, jsonp: nil, to: request).compressed(for: request, by: ContentDeflater())
    }

    @Test func `a large answer is compressed as the client likes it`() throws {
        for (accepted, first) in [("gzip, deflate", 0x1f), ("deflate", 0x78)] as [(String, UInt8)] {
            let response = Self.poll(accepting: accepted)
            let body = try #require(response.body)
            #expect(response.headers["content-encoding"] == [accepted == "deflate" ? "deflate" : "gzip"])
            #expect(response.headers["content-length"] == [String(body.readableBytes)])
            #expect(response.headers["vary"] == ["Origin, Accept-Encoding"])
            #expect(body.readableBytes < 100 && body.readableBytesView.first == first)
        }
    }

    @Test(arguments: [(nil, 5_000), ("br", 5_000), ("gzip;q=0", 5_000), ("gzip", 1_023)] as [(String?, Int)])
    func `others are not`(accepted: String?, byteCount: Int) {
        let response = Self.poll(accepting: accepted, byteCount: byteCount)
        #expect(response.headers["content-encoding"] == [])
        #expect(response.headers["vary"] == ["Origin, Accept-Encoding"])
        #expect(response.body?.readableBytes == byteCount)
    }

    @Test func `nothing is compressed where that is off`() {
        let response = Self.poll(accepting: "gzip", nil)
        #expect(response.headers["content-encoding"] == [] && response.headers["vary"] == ["Origin"])
    }

    @Test func `an answer names the header fields that may be read`() {
        let options = EngineIOOptions(cors: CORS(exposedHeaders: ["x-one", "x-two"]))
        let request = makeRequest([("Origin", Self.page)], options: options)
        let headers = EngineResponse.answer(.ok, jsonp: nil, to: request).headers
        #expect(headers.first(name: "access-control-expose-headers") == "x-one,x-two")
    }
}
