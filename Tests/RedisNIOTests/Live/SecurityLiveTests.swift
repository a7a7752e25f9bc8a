// Licensed under the MIT licence.

import Foundation
import Logging
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

extension LiveTests {
    @Suite(.timeLimit(.minutes(3)))
    struct SecurityLiveTests {
        @Test(arguments: [RedisConfiguration.ProtocolVersion.resp2, .resp3])
        func `Users and passwords open the server`(version: RedisConfiguration.ProtocolVersion) async throws {
            let users = [
                "--requirepass", "open sesame", "--user", "alice", "on", ">wonder land", "~a:*", "&*", "+@all",
                "-flushall",
            ]
            try await withServer(users) { server in
                var configuration = RedisConfiguration.live(server)
                configuration.protocolVersion = version
                configuration.password = "open sesame"
                try await withClient(configuration) { client in
                    let user = try await client.send(RedisCommand("ACL", "WHOAMI"))
                    #expect(user.text == "default")
                }
                configuration.username = "alice"
                configuration.password = "wonder land"
                try await withClient(configuration) { client in
                    let user = try await client.send(RedisCommand("ACL", "WHOAMI"))
                    #expect(user.text == "alice")
                    let error = await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand("GET", .key("b")))
                    }
                    #expect(error?.serverCode == "NOPERM")
                    #expect(error?.outcome == .notDone)
                }
                for password in ["wrong", nil] {
                    configuration.password = password
                    try await withClient(configuration) { client in
                        // At first there may have been no try yet.
                        await sendRepeatedly(client, RedisCommand("PING")) { result in
                            guard case .failure(let error) = result else {
                                Issue.record("let in")
                                return true
                            }
                            #expect(error.code == .timedOut)
                            #expect(error.outcome == .notDone)
                            return error.message.contains("authenticationFailed")
                        }
                    }
                }
            }
        }

        @Test func `Logs tell of connections, and of no secrets`() async throws {
            let lines = Mutex<[String]>([])
            try await withServer(["--requirepass", "hunter2"]) { server in
                for password in ["hunter2", "hunter3"] {
                    var configuration = RedisConfiguration.live(server)
                    configuration.password = password
                    let logger = Logger(label: "test") { _ in
                        RecordingLogHandler { line in lines.withLock { $0.append(line) } }
                    }
                    let client = RedisClient(configuration, logger: logger)
                    try client.start()
                    await sendRepeatedly(client, RedisCommand("SET", .key("hunter-key"), "hunter-value")) { result in
                        (try? result.get()) != nil || lines.withLock { $0.contains { $0.contains("WRONGPASS") } }
                    }
                    await client.close()
                }
            }
            let text = lines.withLock { $0.joined(separator: "\n") }
            #expect(text.contains("Redis connection ready"))
            #expect(text.contains("authenticationFailed"))
            #expect(!text.contains("hunter"))
        }

        @Test func `A channel that a user may not have is refused`() async throws {
            let users = ["--user", "bob", "on", ">secret", "~*", "resetchannels", "&open*", "+@all"]
            try await withServer(users) { server in
                var configuration = RedisConfiguration.live(server)
                configuration.username = "bob"
                configuration.password = "secret"
                try await withClient(configuration) { client in
                    let subscriber = RecordingSubscriber()
                    client.subscribe(to: .channel("closed"), subscriber)
                    await subscriber.wait(for: .failed(.channel("closed"), code: "NOPERM"))
                    client.subscribe(to: .channel("open"), subscriber)
                    await subscriber.wait(for: .subscribed(.channel("open"), afterInterruption: false))
                }
            }
        }

        @Test func `TLS with certificates on both sides`() async throws {
            let certificates = try await TestCertificates.make()
            defer { certificates.remove() }
            let server = try ServerProcess(
                [
                    "--tls-cert-file", certificates.path("server.crt"),
                    "--tls-key-file", certificates.path("server.key"), "--tls-ca-cert-file",
                    certificates.path("ca.crt"),
                    "--tls-auth-clients", "yes",
                ],
                isTLS: true
            )
            defer { server.remove() }
            try await server.start()

            var configuration = RedisConfiguration.live(server)
            let good = RedisTLS(
                authoritiesFile: certificates.path("ca.crt"),
                certificateFile: certificates.path("client.crt"),
                keyFile: certificates.path("client.key")
            )
            var named = good
            named.serverName = "redis.test"
            let byAddress = configuration.endpoints
            let byName: [RedisEndpoint] = [.tcp(host: "localhost", port: server.port)]
            for (tls, endpoints) in [(good, byName), (named, byAddress)] {
                configuration.tls = tls
                configuration.endpoints = endpoints
                try await withClient(configuration) { client in
                    let pong = try await client.send(RedisCommand("PING"), within: .seconds(20))
                    #expect(pong.text == "PONG")
                    let subscriber = RecordingSubscriber()
                    client.subscribe(to: .channel("c"), subscriber)
                    await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: false))
                }
            }
            var misnamed = good
            misnamed.serverName = "other.test"
            var anonymous = good
            anonymous.certificateFile = nil
            anonymous.keyFile = nil
            var trusting = good
            trusting.authoritiesFile = nil
            let refused = [(misnamed, byName), (anonymous, byName), (trusting, byName), (good, byAddress)]
            for (tls, endpoints) in refused {
                configuration.tls = tls
                configuration.endpoints = endpoints
                try await withClient(configuration) { client in
                    await sendRepeatedly(client, RedisCommand("PING")) { result in
                        guard case .failure(let error) = result else {
                            Issue.record("let in")
                            return true
                        }
                        #expect(error.code == .timedOut)
                        #expect(error.outcome == .notDone)
                        return error.message.contains("connectionLost") || error.message.contains("connectionFailed")
                    }
                }
            }
            configuration.tls = RedisTLS(authoritiesFile: "/none")
            let error = #expect(throws: RedisError.self) { try RedisClient(configuration).start() }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}

/// Hands on every line with all that belongs to it.
struct RecordingLogHandler: LogHandler {
    let record: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ record: @escaping @Sendable (String) -> Void) {
        self.record = record
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.record("\(event.message) \(event.metadata ?? [:])")
    }
}

/// An authority, and certificates of a server and a client, made for one test.
struct TestCertificates {
    private let directory: URL

    static func make() async throws -> Self {
        let directory = FileManager.default.temporaryDirectory.appending(path: "martlet-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        func openssl(_ arguments: [String]) async throws {
            try await runTool("/usr/bin/openssl", arguments, in: directory)
        }
        try await openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.crt"] + ec
        )
        let names = "subjectAltName=DNS:localhost,DNS:redis.test"
        for (name, usage) in [("server", names), ("client", "subjectAltName=DNS:client.test")] {
            try await openssl(["req", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"] + ec)
            try usage.write(to: directory.appending(path: "\(name).ext"), atomically: true, encoding: .utf8)
            try await openssl([
                "x509", "-req", "-days", "2", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-extfile", "\(name).ext", "-out", "\(name).crt",
            ])
        }
        return Self(directory: directory)
    }

    func path(_ name: String) -> String {
        self.directory.appending(path: name).path
    }

    func remove() {
        try? FileManager.default.removeItem(at: self.directory)
    }
}
