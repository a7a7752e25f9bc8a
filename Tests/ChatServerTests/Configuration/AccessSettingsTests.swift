// Licensed under the MIT licence.

import EngineIO
import EngineIOCore
import Foundation
import Testing

@testable import ChatServer

@Suite struct AccessSettingsTests {
    private func access(_ variables: [String: String]) throws -> ChatServerConfiguration.Access {
        try ChatServerConfiguration(variables: variables).access
    }

    @Test func tokens() throws {
        #expect(try self.access([:]).tokens == nil)
        let tokens = try self.access([
            "JWT_SECRET": "s", "JWT_PUBLIC_KEY_FILE": "k.pem", "JWT_JWKS_FILE": "keys.json", "JWT_ISSUER": "i",
            "JWT_AUDIENCE": "a", "JWT_LEEWAY": "5", "JWT_USER_CLAIM": "uid", "JWT_NAME_CLAIM": "nick",
            "JWT_ROOMS_CLAIM": "channels",
        ]).tokens
        #expect(tokens?.sources == [.secret("s"), .publicKeyFile("k.pem"), .keySetFile("keys.json")])
        var rules = TokenRules()
        rules.issuer = "i"
        rules.audience = "a"
        rules.leewaySeconds = 5
        rules.userClaim = "uid"
        rules.nameClaim = "nick"
        rules.roomsClaim = "channels"
        #expect(tokens?.rules == rules)
        #expect(try self.access(["JWT_SECRET_FILE": "s"]).tokens?.sources == [.secretFile("s")])
    }

    @Test(
        arguments: [
            (["JWT_SECRET": ""], "JWT_SECRET "), (["JWT_JWKS_FILE": " "], "JWT_JWKS_FILE "),
            (["JWT_SECRET": "a", "JWT_SECRET_FILE": "b"], "JWT_SECRET and JWT_SECRET_FILE"),
            (["JWT_ISSUER": "i"], "JWT_ISSUER "), (["JWT_AUDIENCE": "i"], "JWT_AUDIENCE "),
            (["JWT_SECRET": "a", "JWT_LEEWAY": "-1"], "JWT_LEEWAY "),
            (["JWT_SECRET": "a", "JWT_USER_CLAIM": ""], "JWT_USER_CLAIM "),
            (["API_KEYS_FILE": "/nowhere"], "API_KEYS_FILE "),
            (["API_KEYS": "a", "API_KEYS_FILE": "b"], "API_KEYS and "),
            (["API_KEYS": "k:send"], "API_KEYS does not do: the key of an entry is a scope"),
            (["REDIS_HOST": "r", "REDIS_PASSWORD_FILE": "/nowhere"], "REDIS_PASSWORD_FILE "),
            (["TRUSTED_PROXIES": "proxy"], "TRUSTED_PROXIES "),
            (["TRUSTED_PROXIES": "10.0.0.0/33"], "TRUSTED_PROXIES "),
            (["TLS_CERTIFICATE_FILE": "c.pem"], "TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together"),
            (["TLS_KEY_FILE": "k.pem"], "TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together"),
            (["TLS_CERTIFICATE_FILE": "c.pem", "TLS_KEY_FILE": ""], "TLS_KEY_FILE is set but empty"),
            (["PROXY_PROTOCOL": "on"], "PROXY_PROTOCOL "), (["PROXY_PROTOCOL": "maybe"], "PROXY_PROTOCOL "),
        ] as [([String: String], String)]
    )
    func whatDoesNotDo(variables: [String: String], start: String) {
        let error = #expect(throws: StartError.self) { try self.access(variables) }
        #expect(error?.line.hasPrefix(start) == true, "\(error?.line ?? "")")
    }

    @Test func secretsInFiles() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("bot:key:send\n".utf8).write(to: file)
        let access = try self.access(["API_KEYS_FILE": file.path()])
        #expect(access.apiKeys?.key("key")?.name == "bot" && access.apiKeysFile == file.path())
        #expect(access.apiKeyWeakness?.hasPrefix("API_KEYS_FILE: ") == true)
        let variables = ["REDIS_HOST": "r", "REDIS_PASSWORD_FILE": file.path()]
        #expect(try ChatServerConfiguration(variables: variables).redis?.password == "bot:key:send")
        for (list, reason) in [("a:k\na:l\n", "it takes keys"), ("one\ngeheim:send\n", "name:key:scopes")] {
            try Data(list.utf8).write(to: file)
            let error = #expect(throws: StartError.self) { try self.access(["API_KEYS_FILE": file.path()]) }
            #expect(error?.line.hasPrefix("API_KEYS_FILE is \(file.path()), which does not do: ") == true)
            #expect(error?.line.contains(reason) == true && error?.line.contains("geheim") == false)
        }
    }

    @Test func proxies() throws {
        let list = "10.0.0.0/8, 2001:db8::1"
        let networks = ["10.0.0.0/8", "2001:db8::1"].compactMap { NetworkRange($0) }
        #expect(try self.access(["TRUSTED_PROXIES": list]).trustedProxies == TrustedProxies(networks))
        #expect(try self.access(["TRUSTED_PROXIES": "private"]).trustedProxies == .privateNetworks)
        #expect(try self.access(["TRUSTED_PROXIES": "private", "PROXY_PROTOCOL": "on"]).takesProxyProtocol)
    }

    @Test func limits() throws {
        #expect(AddressLimits(try self.access(["RATE_LIMITS": "off"])) == nil)
        #expect(AddressLimits(try self.access([:])) == AddressLimits())
        let limits = AddressLimits(try self.access(["HANDSHAKES_PER_ADDRESS": "7", "CONNECTIONS_PER_ADDRESS": "9"]))
        #expect(limits?.handshakesPerSecond == 7)
        #expect(limits?.handshakeBurst == 35)
        #expect(limits?.maximumConnections == 9)
    }

    @Test func whatIsOpenIsSaid() throws {
        let open = try self.access([:])
        #expect(open.openness == .open && open.warnings.count == 2 && open.summary == "OPEN")
        let keyed = try self.access(["API_KEYS": "k"])
        #expect(keyed.openness == .partial && keyed.warnings.count == 1)
        let closed = try self.access(["API_KEYS": "k", "JWT_SECRET": "s"])
        #expect(closed.openness == .closed && closed.warnings.isEmpty)
    }
}
