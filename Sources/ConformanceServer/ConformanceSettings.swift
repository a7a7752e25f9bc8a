// Licensed under the MIT licence.

import EngineIOCore
import Foundation
import RedisNIO
import SocketIO
import SocketIOAdmin
import SocketIOCore
import SocketIORedis

/// What the server does differently from one run to the next, from the environment.
///
/// | variable | default | meaning |
/// |---|---|---|
/// | `PORT` | 3000 | where it listens, on 127.0.0.1 |
/// | `PING_INTERVAL`, `PING_TIMEOUT` | 25000, 20000 | heartbeat, milliseconds |
/// | `PER_MESSAGE_DEFLATE` | 0 | 1: WebSocket messages are compressed on their own; 2: with contexts that are kept |
/// | `HTTP_COMPRESSION` | 0 | 1: answers to polls are compressed |
/// | `PARSER` | `json` | how packets are written; or `msgpack` |
/// | `RECOVERY`, `RECOVERY_DURATION` | 0, 120000 | 1: clients can come back, after so many milliseconds at most |
/// | `ADMIN`, `ADMIN_READ_ONLY` | unset, 0 | the Admin UI's namespace in mode `development` or `production`; 1: to look only |
/// | `REDIS_ADDRESS` | unset | `host:port` of a Redis that joins it to a cluster |
/// | `REDIS_WIRE` | `classic` | how the cluster talks; or `sharded` |
/// | `SOCKETIO_REDIS_CHANNEL` | unset | where python-socketio's managers take part, such as `socketio` |
/// | `ADMIN_PASSWORD_HASH` | unset | of the user `admin`; without it the namespace is open to everybody |
struct ConformanceSettings {
    let port: Int
    let engine: EngineIOOptions
    let server: ServerOptions
    let admin: AdminInterface?
    let redis: (configuration: RedisConfiguration, bus: RedisBusOptions)?

    init() {
        self.port = Int(Self.number("PORT", default: 3000, in: 0...65_535))
        let milliseconds: ClosedRange<Int64> = 1...86_400_000
        var engine = EngineIOOptions(
            pingInterval: .milliseconds(Self.number("PING_INTERVAL", default: 25_000, in: milliseconds)),
            pingTimeout: .milliseconds(Self.number("PING_TIMEOUT", default: 20_000, in: milliseconds)),
            maxHTTPBufferSize: 1_000_000
        )
        let deflate = Self.number("PER_MESSAGE_DEFLATE", default: 0, in: 0...2)
        if deflate > 0 {
            engine.perMessageDeflate = PerMessageDeflate(
                serverNoContextTakeover: deflate == 1,
                clientNoContextTakeover: deflate == 1
            )
        }
        if Self.isOn("HTTP_COMPRESSION") { engine.httpCompression = HTTPCompression() }
        self.engine = engine
        var server = ServerOptions(connectTimeout: .seconds(1), attachmentTimeout: .seconds(1))
        server.parser = Self.parser()
        let duration = Self.number("RECOVERY_DURATION", default: 120_000, in: milliseconds)
        if Self.isOn("RECOVERY") {
            server.connectionStateRecovery = ConnectionStateRecovery(maxDisconnectionDuration: .milliseconds(duration))
        }
        self.server = server
        self.admin = Self.admin()
        self.redis = Self.redis()
    }

    private static func redis() -> (configuration: RedisConfiguration, bus: RedisBusOptions)? {
        let variables = ProcessInfo.processInfo.environment
        guard let address = variables["REDIS_ADDRESS"] else { return nil }
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { self.stop("REDIS_ADDRESS must be host:port") }
        var options = RedisBusOptions()
        switch variables["REDIS_WIRE"] ?? "classic" {
        case "classic": options.wire = .classic
        case "sharded": options.wire = .sharded
        default: self.stop("REDIS_WIRE must be classic or sharded")
        }
        options.pythonChannel = variables["SOCKETIO_REDIS_CHANNEL"].map { .init(name: $0) }
        let endpoint = RedisEndpoint.tcp(host: String(parts[0]), port: Int(port))
        return (RedisConfiguration(endpoints: [endpoint], mode: .standalone), options)
    }

    private static func admin() -> AdminInterface? {
        let variables = ProcessInfo.processInfo.environment
        guard let name = variables["ADMIN"] else { return nil }
        guard let mode = AdminOptions.Mode(rawValue: name) else {
            self.stop("ADMIN must be development or production")
        }
        let options = AdminOptions(
            authentication: variables["ADMIN_PASSWORD_HASH"].map { .basic(username: "admin", passwordHash: $0) }
                ?? .none,
            mode: mode,
            isReadOnly: self.isOn("ADMIN_READ_ONLY"),
            serverID: "conformance"
        )
        do {
            return try AdminInterface(options: options)
        } catch {
            self.stop("ADMIN_PASSWORD_HASH: \(error)")
        }
    }

    private static func isOn(_ name: String) -> Bool { self.number(name, default: 0, in: 0...1) == 1 }

    private static func parser() -> Parser {
        switch ProcessInfo.processInfo.environment["PARSER"] ?? "json" {
        case "json": return .json
        case "msgpack": return .messagePack
        default: self.stop("PARSER must be json or msgpack")
        }
    }

    private static func stop(_ line: String) -> Never {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
        exit(2)
    }

    /// A whole number within `range`; ends the process with one line and status 2 when it is something else.
    private static func number(_ name: String, default value: Int64, in range: ClosedRange<Int64>) -> Int64 {
        guard let text = ProcessInfo.processInfo.environment[name] else { return value }
        guard let number = Int64(text), range.contains(number) else {
            self.stop("\(name) must be a whole number in \(range)")
        }
        return number
    }
}
