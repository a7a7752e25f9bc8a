// Licensed under the MIT licence.

import Foundation
import Logging
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

extension LiveTests {
    @Suite(.timeLimit(.minutes(15)))
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

        @Test func `A subscription whose right was taken away comes back with the right`() async throws {
            try await withServer(["--user", "alice", "on", "nopass", "~*", "&*", "+@all"]) { server in
                var configuration = RedisConfiguration.live(server)
                configuration.username = "alice"
                configuration.password = "any"
                try await withClient(.live(server)) { owner in
                    try await withClient(configuration) { client in
                        let subscriber = RecordingSubscriber()
                        let channel = RedisSubscription.channel("a")
                        client.subscribe(to: channel, subscriber)
                        await subscriber.wait(for: .subscribed(channel, afterInterruption: false))
                        try await owner.send(RedisCommand("ACL", "SETUSER", "alice", "resetchannels"))
                        await subscriber.wait(for: .interrupted(channel))
                        // It is refused once more at least.
                        await sendRepeatedly(owner, RedisCommand("ACL", "LOG")) { result in
                            (try? result.get())?.elements?.isEmpty == false
                        }
                        try await owner.send(RedisCommand("ACL", "SETUSER", "alice", "allchannels"))
                        await subscriber.wait(for: .subscribed(channel, afterInterruption: true))
                        #expect(!subscriber.events.contains { if case .failed = $0 { true } else { false } })
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
                        LineHandler { line in lines.withLock { $0.append(line) } }
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

        @Test(arguments: [RedisConfiguration.ProtocolVersion.resp2, .resp3])
        func `A channel that a user may not have takes no others with it`(
            version: RedisConfiguration.ProtocolVersion
        ) async throws {
            let users = ["--user", "bob", "on", ">secret", "~*", "resetchannels", "&open*", "+@all"]
            try await withServer(users) { server in
                var configuration = RedisConfiguration.live(server)
                configuration.protocolVersion = version
                configuration.username = "bob"
                configuration.password = "secret"
                try await withClient(.live(server)) { owner in
                    try await withClient(configuration) { client in
                        let subscriber = RecordingSubscriber()
                        let channels = ["open1", "closed", "open2"].map { RedisSubscription.channel($0) }
                        client.subscribe(to: channels, subscriber)
                        await subscriber.wait(for: .failed(channels[1], code: "NOPERM"))
                        for channel in [channels[0], channels[2]] {
                            await subscriber.wait(for: .subscribed(channel, afterInterruption: false))
                            try await owner.send(RedisCommand("PUBLISH", .text(channel.name), "hello"))
                            await subscriber.wait(for: .message("hello", on: channel.name, channel))
                        }
                    }
                }
            }
        }

        @Test func `A channel whose right was taken away keeps no others from coming back`() async throws {
            try await withServer(["--user", "alice", "on", "nopass", "~*", "&*", "+@all"]) { server in
                var configuration = RedisConfiguration.live(server)
                configuration.username = "alice"
                configuration.password = "any"
                try await withClient(.live(server)) { owner in
                    try await withClient(configuration) { client in
                        let subscriber = RecordingSubscriber()
                        let channels = ["a", "b", "c"].map { RedisSubscription.channel($0) }
                        client.subscribe(to: channels, subscriber)
                        for channel in channels {
                            await subscriber.wait(for: .subscribed(channel, afterInterruption: false))
                        }
                        try await owner.send(RedisCommand("ACL", "SETUSER", "alice", "resetchannels", "&a", "&c"))
                        for channel in [channels[0], channels[2]] {
                            await subscriber.wait(for: .subscribed(channel, afterInterruption: true))
                        }
                        #expect(!subscriber.events.contains(.subscribed(channels[1], afterInterruption: true)))
                        try await owner.send(RedisCommand("ACL", "SETUSER", "alice", "allchannels"))
                        await subscriber.wait(for: .subscribed(channels[1], afterInterruption: true))
                    }
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
