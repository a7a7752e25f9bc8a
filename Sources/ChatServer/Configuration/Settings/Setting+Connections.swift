// Licensed under the MIT licence.

import EngineIOCore
import Logging

// Where to listen, for whom, for how long, and what is said about it.
extension Setting {
    static let serverHost = Setting(
        "SERVER_HOST",
        .text("an address such as 0.0.0.0 or ::1, or a host name, without a port"),
        default: "0.0.0.0",
        "the address to listen on"
    )
    static let serverPort = Setting(
        "SERVER_PORT",
        .integer(0...65_535),
        default: "8080",
        "the one port for HTTP, polling and WebSocket; 0 for any that is free"
    )
    static let serverThreads = Setting(
        "SERVER_THREADS",
        .integer(1...SessionID.maximumShards),
        "event loops; unset, as many as there are cores"
    )
    static let maxConnections = Setting(
        "MAX_CONNECTIONS",
        .integer(0...10_000_000),
        default: "0",
        "the most connections; 0 leaves it to the limit on open files"
    )

    static let tlsCertificateFile = Setting(
        "TLS_CERTIFICATE_FILE",
        .text("the path of a file"),
        "a PEM file with the certificate that clients are shown, and those between it and its authority; with it the port takes "
            + "`https` and `wss` alone, from TLS 1.2 on; unset, clear text"
    )
    static let tlsKeyFile = Setting(
        "TLS_KEY_FILE",
        .text("the path of a file"),
        "a PEM file with the key of that certificate, without a passphrase; both are read again when they change"
    )

    static let corsOrigins = Setting(
        "CORS_ORIGINS",
        .text("* or origins such as https://chat.example, separated by commas"),
        default: "*",
        "web pages that may connect, as origins separated by commas (`https://chat.example`); `*` reflects the request's "
            + "origin and allows credentials, because v2 clients in browsers send them"
    )
    static let allowEIO3 = Setting("ALLOW_EIO3", .toggle, default: "on", "whether v2 clients (Engine.IO 3) may connect")
    static let rateLimits = Setting(
        "RATE_LIMITS",
        .toggle,
        default: "on",
        "`off` lifts all rate limits at once, for load tests"
    )

    private static let times = Setting.Values.milliseconds(10...3_600_000)
    static let pingInterval = Setting("PING_INTERVAL", times, default: "25000", "heartbeat: how often")
    static let pingTimeout = Setting("PING_TIMEOUT", times, default: "20000", "heartbeat: how long an answer may take")
    static let connectTimeout = Setting(
        "CONNECT_TIMEOUT",
        times,
        default: "45000",
        "how long a connection may stay without joining a namespace"
    )
    static let upgradeTimeout = Setting(
        "UPGRADE_TIMEOUT",
        times,
        default: "10000",
        "how long a move from polling to WebSocket may take"
    )
    static let drainTimeout = Setting(
        "DRAIN_TIMEOUT",
        .milliseconds(0...3_600_000),
        "over how long clients are sent away on SIGTERM or Ctrl-C, a few at a time, so that they come to other nodes little by "
            + "little; unset, 25000 with `REDIS_HOST` and 0 without. A second signal ends the process at once"
    )
    static let shutdownTimeout = Setting(
        "SHUTDOWN_TIMEOUT",
        .milliseconds(0...600_000),
        default: "10000",
        "how long connections get to close after that"
    )

    static let sendPath = Setting(
        "SEND_PATH",
        .choice(ChatServerConfiguration.Transport.SendPathChoice.allCases.map(\.rawValue)),
        default: "auto",
        "how bytes leave: `io_uring`, `direct` (one `send` per connection and turn) or `nio`; `auto` takes the best that works "
            + "here"
    )
    static let logLevel = Setting(
        "LOG_LEVEL",
        .choice(Logger.Level.allCases.map(\.rawValue)),
        default: "info",
        "from which level on there are log lines"
    )
    static let logFormat = Setting(
        "LOG_FORMAT",
        .choice(LogFormat.allCases.map(\.rawValue)),
        default: "auto",
        "how log lines look: `text`, for people, or `json`, one object a line; `auto` is `text` on a terminal and `json` elsewhere"
    )
}
