// Licensed under the MIT licence.

import HTTPTypes
import Testing

@testable import ChatServer

@Suite struct CrossOriginTests {
    @Test func anyOriginIsReflectedByDefault() async throws {
        let api = try API()
        for path in ["/health", "/nothing", "/rooms/%/users"] {
            let answer = try await api(.get, path, [.origin: "https://a.example"])
            #expect(answer.headers[.accessControlAllowOrigin] == "https://a.example")
            #expect(answer.headers[.accessControlAllowCredentials] == "true")
            #expect(answer.headers[.vary] == "Origin")
        }
        let answer = try await api(.get, "/health")
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
        #expect(answer.headers[.vary] == "Origin")
    }

    @Test(arguments: [
        ("https://a.example", true), ("http://b.example:3000", true), ("https://c.example", false),
        ("http://a.example", false),
        ("https://a.example:8443", false), ("https://a.example.evil.example", false), ("null", false),
    ])
    func listedOrigins(origin: String, isAllowed: Bool) async throws {
        let api = try API(["CORS_ORIGINS": "https://a.example,http://b.example:3000"])
        for headers in [[.origin: origin], [.origin: origin, .accessControlRequestMethod: "POST"]] as [HTTPFields] {
            let answer = try await api(.options, "/messages", headers)
            #expect(answer.status == 204)
            #expect(answer.headers[.accessControlAllowOrigin] == (isAllowed ? origin : nil))
        }
    }

    @Test func aPreflight() async throws {
        let answer = try await API()(
            .options,
            "/messages",
            [
                .origin: "https://a.example", .accessControlRequestMethod: "POST",
                .accessControlRequestHeaders: "content-type,x-api-key",
            ]
        )
        #expect(answer.status == 204)
        #expect(answer.headers[.accessControlAllowOrigin] == "https://a.example")
        #expect(answer.headers[.accessControlAllowCredentials] == "true")
        #expect(answer.headers[.accessControlAllowMethods]?.contains("POST") == true)
        #expect(answer.headers[.accessControlAllowHeaders] == "content-type,x-api-key")
        #expect(answer.headers[.accessControlMaxAge] == "600")
        #expect(answer.body.isEmpty)
    }
}
