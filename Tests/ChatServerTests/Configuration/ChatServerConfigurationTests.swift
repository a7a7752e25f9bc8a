// Licensed under the MIT licence.

import ChatStores
import EngineIOCore
import Logging
import Testing

@testable import ChatServer

@Suite struct ChatServerConfigurationTests {
    @Test func defaultsAreTheDocumentedOnes() throws {
        let configuration = try ChatServerConfiguration(variables: [:])
        #expect(configuration == ChatServerConfiguration())
        #expect(configuration.listening.host == "0.0.0.0")
        #expect(configuration.listening.port == 8080)
        #expect(configuration.listening.threads == nil)
        #expect(configuration.listening.maximumConnections == 0)
        #expect(configuration.access.apiKeys == nil)
        #expect(configuration.access.corsOrigins == .any)
        #expect(configuration.access.allowEIO3)
        #expect(configuration.access.limitsRates)
        #expect(configuration.storage.kind == .sqlite)
        #expect(configuration.storage.dataDirectory == "./data")
        #expect(configuration.storage.synchronization == .full)
        #expect(configuration.storage.historyMaxMessages == 1000)
        #expect(configuration.storage.historyMaxAge == .seconds(604_800))
        #expect(configuration.storage.lastSeenMaxAge == .seconds(7_776_000))
        #expect(configuration.transport.pingInterval == .milliseconds(25_000))
        #expect(configuration.transport.pingTimeout == .milliseconds(20_000))
        #expect(configuration.transport.connectTimeout == .milliseconds(45_000))
        #expect(configuration.transport.upgradeTimeout == .milliseconds(10_000))
        #expect(configuration.transport.maxPayloadBytes == 1_000_000)
        #expect(configuration.transport.outboundBufferBytes == 4_194_304)
        #expect(configuration.transport.sendPath == .auto)
        #expect(configuration.chat.maxMessageLength == 10_000)
        #expect(configuration.chat.presenceGrace == .zero)
        #expect(configuration.chat.recovery == .auto)
        #expect(configuration.chat.recoveryWindow == .seconds(120))
        #expect(configuration.shutdownTimeout == .milliseconds(10_000))
        #expect(configuration.logLevel == .info)
    }

    @Test func everyVariableCounts() throws {
        let configuration = try ChatServerConfiguration(variables: [
            "SERVER_HOST": "::1", "SERVER_PORT": "0", "SERVER_THREADS": "3", "MAX_CONNECTIONS": "20000",
            "API_KEYS": "one, two", "CORS_ORIGINS": "https://chat.example", "ALLOW_EIO3": "false", "RATE_LIMITS": "OFF",
            "STORE": "Memory", "DATA_DIR": " /srv/chat ", "STORE_SYNC": "Normal", "HISTORY_MAX_MESSAGES": "7",
            "HISTORY_MAX_AGE": "60", "LAST_SEEN_MAX_AGE": "90", "MAX_MESSAGE_LENGTH": "280",
            "MAX_PAYLOAD_BYTES": "2048", "OUTBOUND_BUFFER_BYTES": "65536", "PING_INTERVAL": "300",
            "PING_TIMEOUT": " 200 ",
            "CONNECT_TIMEOUT": "1000", "UPGRADE_TIMEOUT": "2000", "PRESENCE_GRACE": "1500", "SHUTDOWN_TIMEOUT": "0",
            "SEND_PATH": "io_uring", "LOG_LEVEL": "Debug", "RECOVERY": "on", "RECOVERY_WINDOW": "5000",
        ])
        #expect(configuration.listening == .init(host: "::1", port: 0, threads: 3, maximumConnections: 20_000))
        let origins = CORSOrigins.only(["https://chat.example"])
        let keys = try APIKeys(list: "one,two")
        #expect(
            configuration.access == .init(apiKeys: keys, corsOrigins: origins, allowEIO3: false, limitsRates: false)
        )
        #expect(
            configuration.storage
                == .init(
                    kind: .memory,
                    dataDirectory: "/srv/chat",
                    synchronization: .normal,
                    historyMaxMessages: 7,
                    historyMaxAge: .seconds(60),
                    lastSeenMaxAge: .seconds(90)
                )
        )
        #expect(
            configuration.transport
                == .init(
                    pingInterval: .milliseconds(300),
                    pingTimeout: .milliseconds(200),
                    connectTimeout: .seconds(1),
                    upgradeTimeout: .seconds(2),
                    maxPayloadBytes: 2048,
                    outboundBufferBytes: 65_536,
                    sendPath: .ioUring
                )
        )
        #expect(
            configuration.chat
                == .init(
                    maxMessageLength: 280,
                    recovery: .on,
                    recoveryWindow: .seconds(5),
                    presenceGrace: .milliseconds(1500)
                )
        )
        #expect(configuration.shutdownTimeout == .zero)
        #expect(configuration.logLevel == .debug)
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        let configuration = try ChatServerConfiguration(
            variables: ["SERVER_PORT": "9000"],
            file: ["SERVER_PORT": "eighty", "LOG_LEVEL": "error"]
        )
        #expect(configuration.listening.port == 9000)
        #expect(configuration.logLevel == .error)
        #expect(throws: StartError.self) {
            try ChatServerConfiguration(variables: [:], file: ["SERVER_PORT": "eighty"])
        }
    }

    @Test(arguments: [
        ("SERVER_HOST", "not a host", "address"), ("SERVER_HOST", "", "empty"), ("SERVER_HOST", "http://x", "address"),
        ("SERVER_HOST", "0.0.0.0:8080", "without a port"), ("SERVER_HOST", "256.1.1.1", "address"),
        ("SERVER_PORT", "eighty", "0 to 65535"), ("SERVER_PORT", "65536", "0 to 65535"),
        ("SERVER_PORT", "-1", "0 to 65535"),
        ("SERVER_PORT", "80 80", "0 to 65535"), ("SERVER_PORT", "", "empty"), ("SERVER_PORT", "8080.0", "integer"),
        ("SERVER_PORT", "0x50", "integer"), ("SERVER_PORT", "99999999999999999999", "integer"),
        ("SERVER_THREADS", "0", "1 to 64"), ("SERVER_THREADS", "65", "1 to 64"), ("SERVER_THREADS", "many", "1 to 64"),
        ("MAX_CONNECTIONS", "-1", "0 to"), ("API_KEYS", "", "keys"), ("API_KEYS", " , ", "keys"),
        ("API_KEYS", "spaced key", "keys"), ("API_KEYS", "schlüssel", "keys"),
        ("API_KEYS", "k:send", "name:key:scopes"),
        ("CORS_ORIGINS", "", "empty"),
        ("CORS_ORIGINS", "chat.example", "origins"), ("CORS_ORIGINS", "*, https://chat.example", "origins"),
        ("ALLOW_EIO3", "perhaps", "on or off"), ("RATE_LIMITS", "perhaps", "on or off"),
        ("STORE", "paper", "sqlite, memory"),
        ("DATA_DIR", "", "path"), ("STORE_SYNC", "never", "full, normal"),
        ("HISTORY_MAX_MESSAGES", "0", "1 to"), ("HISTORY_MAX_AGE", "0", "seconds"),
        ("HISTORY_MAX_AGE", "1w", "seconds"), ("LAST_SEEN_MAX_AGE", "0", "seconds"),
        ("MAX_MESSAGE_LENGTH", "long", "integer"), ("MAX_MESSAGE_LENGTH", "0", "1 to"),
        ("MAX_PAYLOAD_BYTES", "1", "1024 to"),
        ("MAX_PAYLOAD_BYTES", "1e6", "1024 to"), ("OUTBOUND_BUFFER_BYTES", "1", "65536 to"),
        ("PING_INTERVAL", "soon", "milliseconds"), ("PING_INTERVAL", "0", "10 to"),
        ("PING_TIMEOUT", "-5", "milliseconds"),
        ("CONNECT_TIMEOUT", "45s", "milliseconds"), ("UPGRADE_TIMEOUT", "3600001", "10 to"),
        ("PRESENCE_GRACE", "-1", "0 to"), ("RECOVERY", "maybe", "auto, on, off"), ("RECOVERY_WINDOW", "10", "1000 to"),
        ("SHUTDOWN_TIMEOUT", "never", "milliseconds"), ("SEND_PATH", "pigeon", "auto, io_uring, direct, nio"),
        ("LOG_LEVEL", "loud", "trace, debug"), ("STORE", "line\nbreak", "memory"),
    ])
    func aValueThatDoesNotDoIsNamedInOneLine(name: String, value: String, hint: String) {
        let error = #expect(throws: StartError.self) { try ChatServerConfiguration(variables: [name: value]) }
        guard let line = error?.line else { return }
        #expect(line.hasPrefix("\(name) "), "\(line)")
        #expect(line.contains(hint), "\(line)")
        #expect(line.split(whereSeparator: \.isNewline).count == 1, "\(line)")
    }

    @Test func aSecretIsNotShown() {
        let error = #expect(throws: StartError.self) {
            try ChatServerConfiguration(variables: ["API_KEYS": "geheim, schlüssel"])
        }
        #expect(error?.line.contains("geheim") == false)
        #expect(error?.line.contains("schlüssel") == false)
        let misread = #expect(throws: StartError.self) {
            try ChatServerConfiguration(variables: ["API_KEYS": "geheim:send"])
        }
        #expect(misread?.line.contains("geheim") == false)
    }

    @Test(arguments: [
        (["REDIS_MODE": "standalone"], 0), (["REDIS_MODE": "sentinel"], 1), (["REDIS_MODE": "cluster"], 1),
        (["REDIS_MODE": "cluster", "REDIS_REPLICAS": "0"], 0), (["REDIS_REPLICAS": "2"], 2),
    ])
    func replicasAreWaitedForWhereThereMayBeAFailover(variables: [String: String], replicas: Int) throws {
        let configuration = try ChatServerConfiguration(
            variables: variables.merging(["REDIS_HOST": "redis"]) { $1 }
        )
        #expect(configuration.redis?.replicas == replicas)
    }

    @Test(arguments: [
        "redis://:geheim@127.0.0.1:6379/0", "redis://redis", "user@redis", "a..b", "256.1.1.1", "[::1", "::g", "re dis",
    ])
    func redisHostsThatAreNone(host: String) {
        let error = #expect(throws: StartError.self) { try ChatServerConfiguration(variables: ["REDIS_HOST": host]) }
        #expect(error?.line.hasPrefix("REDIS_HOST ") == true && error?.line.contains("geheim") == false)
    }

    @Test(arguments: [
        "redis", "redis.svc.cluster.local.", "::1", "[::1]:7", "10.0.0.1:7", "a:1, b:2", "/var/run/redis.sock",
    ])
    func redisHostsThatMayBeSome(host: String) throws {
        #expect(try ChatServerConfiguration(variables: ["REDIS_HOST": host]).redis != nil)
    }

    @Test func redisIsNotUsedThoughItIsToldOf() {
        let sources = [["REDIS_URL": "redis://geheim@r"], ["REDIS_PASSWORD": "", "REDIS_PORT": "1", "PATH": "/"]]
        let line = ChatServerConfiguration.Redis.warning(aboutUnused: sources)
        #expect(line?.contains("REDIS_PORT, REDIS_URL;") == true && line?.contains("geheim") == false)
        #expect(ChatServerConfiguration.Redis.warning(aboutUnused: [["REDIS_MODE": "cluster", "HOME": "/"]]) == nil)
    }

    @Test func anEmptyRedisHostIsNone() throws {
        #expect(try ChatServerConfiguration(variables: ["REDIS_HOST": ""]) == ChatServerConfiguration())
    }

    @Test(arguments: [
        ("on", true), ("true", true), ("YES", true), ("1", true), ("off", false), ("False", false), ("no", false),
        ("0", false),
    ])
    func switches(text: String, value: Bool) throws {
        #expect(try ChatServerConfiguration(variables: ["RATE_LIMITS": text]).access.limitsRates == value)
        #expect(try ChatServerConfiguration(variables: ["ALLOW_EIO3": text]).access.allowEIO3 == value)
    }
}
