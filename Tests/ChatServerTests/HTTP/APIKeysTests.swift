// Licensed under the MIT licence.

import HTTPTypes
import Testing
import WireJSON

@testable import ChatServer

@Suite struct APIKeysTests {
    @Test(arguments: [
        ("first-key", true), ("second", true), ("", false), ("first-ke", false), ("first-key2", false),
        ("first-kex", false),
        ("xirst-key", false), ("first-key,second", false), ("secondsecond", false), ("FIRST-KEY", false), ("s", false),
    ])
    func onlyTheKeysThemselvesOpen(candidate: String, isAdmitted: Bool) throws {
        let keys = try APIKeys(list: "first-key, second")
        #expect((keys.key(candidate) != nil) == isAdmitted)
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

    private static let digest = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"

    @Test(arguments: [
        ("key", "key-1", "send read admin"), ("bot:key", "bot", "send read admin"), ("bot:key:send", "bot", "send"),
        ("bot:key:read+send", "bot", "send read"), ("bot:key:admin", "bot", "send read admin"),
        ("sha256:\(digest)", "key-1", "send read admin"), ("b.o-t_1:sha256:\(digest):read", "b.o-t_1", "read"),
        ("bot:sha256:\(digest.uppercased())", "bot", "send read admin"),
    ])
    func forms(entry: String, name: String, scopes: String) throws {
        let keys = try APIKeys(list: entry)
        let key = try #require(keys.key("key"))
        #expect(key.name == name)
        #expect(APIKey.Scope.allCases.filter(key.allows).map(\.rawValue).joined(separator: " ") == scopes)
        #expect(keys.key("other") == nil && keys.key(Self.digest) == nil && keys.key("sha256:\(Self.digest)") == nil)
    }

    @Test(arguments: [
        "", " , ", "a b", "schlüssel", "bot:", ":key", "bot::send", "bot:key:", "bot:key:write", "bot:key:send+",
        "bot:key:send:read", "a:k,a:l", "sha256:12", "bot:sha256:", "bot:sha256:zz", "b/t:key", "key-2:a,b",
        "sha256:\(digest):send",
    ])
    func listsThatDoNotDo(list: String) {
        #expect(throws: APIKeysFlaw.malformed) { try APIKeys(list: list) }
    }

    @Test("a key with its scopes, but without a name, is not taken for a name with its key")
    func scopesInPlaceOfKeys() {
        for entry in ["k:send", "k:read", "k:admin", "k:read+send", "send", "bot:send:read", "k:Send", "one,two:admin"]
        {
            #expect(throws: APIKeysFlaw.scopeAsKey, "\(entry)") { try APIKeys(list: entry) }
        }
        for entry in ["k:sender", "k:send+write", "send:k", "readadmin"] {
            #expect(throws: Never.self, "\(entry)") { try APIKeys(list: entry) }
        }
        #expect(APIKeysFlaw.scopeAsKey.reason.contains("name:key:scopes"))
    }

    @Test(arguments: [
        ("a", true), ("bot:short:send", true), (String(repeating: "k", count: 31), true),
        (String(repeating: "k", count: 32), false), ("sha256:\(digest)", false),
        ("\(String(repeating: "k", count: 32)),bot:b", true),
    ])
    func keysThatCanBeGuessed(list: String, isWeak: Bool) throws {
        let warning = try APIKeys(list: list).weakness(in: .apiKeysFile)
        #expect((warning != nil) == isWeak)
        #expect(warning?.hasPrefix("API_KEYS_FILE: a key of the REST interface is shorter than 32 bytes") != false)
        #expect(warning?.contains("bot") != true)
    }

    @Test func oneInALine() throws {
        let keys = try APIKeys(list: "# of the bots, old\nbot:one:send\n\n  web:two:read , three\r\n")
        #expect(["one", "two", "three", "old"].map { keys.key($0)?.name } == ["bot", "web", "key-3", nil])
    }

    @Test(arguments: [("w", 200, 403, 403), ("r", 403, 200, 200), ("a", 200, 200, 200), ("x", 401, 401, 401)])
    func scopes(key: String, posted: Int, read: Int, described: Int) async throws {
        let api = try API(["API_KEYS": "writer:w:send,reader:r:read,boss:a:admin"])
        let headers: HTTPFields = [try #require(HTTPField.Name("x-api-key")): key]
        let answer = try await api.post(#"{"room_id":"r","content":"x"}"#, headers)
        #expect(answer.status == posted)
        if posted == 403 {
            #expect(answer.code == "FORBIDDEN")
            #expect(answer.json?.member("error")?.stringValue == "The API key does not have the scope send.")
        }
        #expect(try await api(.get, "/rooms/r/messages", headers).status == read)
        #expect(try await api(.get, "/openapi.json", headers).status == described)
    }
}
