// Licensed under the MIT licence.

import HTTPTypes
import Testing

@testable import ChatServer

@Suite struct APIKeysTests {
    @Test(arguments: [
        ("first-key", true), ("second", true), ("", false), ("first-ke", false), ("first-key2", false),
        ("first-kex", false),
        ("xirst-key", false), ("first-key,second", false), ("secondsecond", false), ("FIRST-KEY", false), ("s", false),
    ])
    func onlyTheKeysThemselvesOpen(candidate: String, isAdmitted: Bool) throws {
        let keys = try #require(APIKeys(list: "first-key, second"))
        #expect(keys.admits(candidate) == isAdmitted)
    }

    @Test(
        arguments: [
            (["X-API-Key": "k1"], 200), (["X-API-Key": "k2"], 200), (["Authorization": "Bearer k1"], 200),
            (["authorization": "bearer  k2 "], 200), (["X-API-Key": "wrong", "Authorization": "Bearer k1"], 200),
            ([:], 401), (["X-API-Key": ""], 401), (["X-API-Key": "k1,k2"], 401), (["Authorization": "Bearer"], 401),
            (["Authorization": "Bearer "], 401), (["Authorization": "Basic k1"], 401), (["Authorization": "k1"], 401),
            (["Authorization": "Bearer wrong"], 401),
        ] as [([String: String], Int)]
    )
    func requests(headers: [String: String], status: Int) async throws {
        let api = try API(["API_KEYS": "k1,k2"])
        var fields = HTTPFields()
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        for (method, path) in [
            (HTTPRequest.Method.get, "/rooms/r/users"), (.get, "/users/u/status"), (.get, "/openapi.json"),
        ] {
            let answer = try await api(method, path, fields)
            #expect(answer.status == status, "\(path)")
            guard status == 401 else { continue }
            #expect(answer.code == "NOT_AUTHENTICATED")
            #expect(answer.headers[.wwwAuthenticate] == "Bearer")
        }
        let posted = try await api.post(#"{"room_id":"r","content":"x"}"#, fields)
        #expect(posted.status == status)
    }

    @Test func whatWatchesOverTheServerNeedsNone() async throws {
        let api = try API(["API_KEYS": "k"])
        for path in ["/health", "/ready"] {
            #expect(try await api(.get, path).status == 200)
            #expect(try await api(.head, path).status == 200)
        }
    }

    @Test func strangersCannotFindOutWhichPathsThereAre() async throws {
        let api = try API(["API_KEYS": "k"])
        #expect(try await api(.get, "/nothing").status == 401)
        #expect(try await api(.delete, "/messages").status == 401)
        #expect(api.chat.calls.isEmpty)
    }

    @Test func aPreflightNeedsNone() async throws {
        let api = try API(["API_KEYS": "k"])
        let headers: HTTPFields = [.origin: "https://a.example", .accessControlRequestMethod: "POST"]
        #expect(try await api(.options, "/messages", headers).status == 204)
    }
}
