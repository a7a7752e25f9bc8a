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

    @Test func `an answer names the header fields that may be read`() {
        let options = EngineIOOptions(cors: CORS(exposedHeaders: ["x-one", "x-two"]))
        let request = makeRequest([("Origin", Self.page)], options: options)
        let headers = EngineResponse.answer(.ok, jsonp: nil, to: request).headers
        #expect(headers.first(name: "access-control-expose-headers") == "x-one,x-two")
    }
}
