// Licensed under the MIT licence.

import Configuration
import EngineIOCore
import Logging

extension ChatServerConfiguration {
    /// Reads the configuration of this process: its environment, over the file `.env` in the working directory if there is
    /// one, over the defaults.
    static func load() throws(StartError) -> Self {
        let file = try EnvironmentFile.load(path: ".env")
        return try Self(
            reading: ConfigReader(providers: [
                EnvironmentVariablesProvider(), EnvironmentVariablesProvider(environmentVariables: file),
            ])
        )
    }

    /// Reads the configuration from variables; those that are not set get their defaults.
    ///
    /// | variable | type | default | range |
    /// |---|---|---|---|
    /// | `SERVER_HOST` | address or name | `0.0.0.0` | |
    /// | `SERVER_PORT` | integer | 8080 | 0 (any free one) to 65535 |
    /// | `SERVER_THREADS` | integer | number of cores | 1 to 64 |
    /// | `MAX_CONNECTIONS` | integer | 0 (no bound) | 0 to 10,000,000 |
    /// | `API_KEYS` | list of words | unset (open) | printable ASCII |
    /// | `CORS_ORIGINS` | `*` or list of origins | `*` | |
    /// | `ALLOW_EIO3`, `RATE_LIMITS` | `on` or `off` | `on` | also `true`, `yes`, `1`, `false`, `no`, `0` |
    /// | `REDIS_HOST` | hosts, with or without ports | unset (one node) | |
    /// | `REDIS_PORT` | integer | 6379; of sentinels 26379 | 1 to 65535 |
    /// | `REDIS_MODE` | word | `standalone` | `standalone`, `sentinel`, `cluster` |
    /// | `REDIS_SENTINEL_MASTER` | word | `mymaster` | |
    /// | `REDIS_USERNAME`, `REDIS_PASSWORD`, `REDIS_SENTINEL_PASSWORD` | text | unset | |
    /// | `REDIS_DATABASE` | integer | 0 | 0 to 1,000,000 |
    /// | `REDIS_TLS` | `on` or `off` | `on` if a file is set | |
    /// | `REDIS_TLS_CA_FILE`, `REDIS_TLS_CERT_FILE`, `REDIS_TLS_KEY_FILE` | path | unset | |
    /// | `REDIS_PREFIX` | word | `martlet:` | up to 64 characters |
    /// | `NODE_TTL` | ms | 15000 | 1000 to 600,000 |
    /// | `STORE` | word | `sqlite`; with `REDIS_HOST` `redis` | `sqlite`, `memory` |
    /// | `DATA_DIR` | path | `./data` | |
    /// | `STORE_SYNC` | word | `full` | `full`, `normal` |
    /// | `HISTORY_MAX_MESSAGES` | integer | 1000 | 1 to 1,000,000 |
    /// | `HISTORY_MAX_AGE` | seconds | 604800 | 1 to 3,153,600,000 |
    /// | `LAST_SEEN_MAX_AGE` | seconds | 7776000 | 1 to 3,153,600,000 |
    /// | `MAX_MESSAGE_LENGTH` | integer | 10000 | 1 to 10,000,000 |
    /// | `MAX_PAYLOAD_BYTES` | bytes | 1000000 | 1024 to 1,000,000,000 |
    /// | `OUTBOUND_BUFFER_BYTES` | bytes | 4194304 | 65,536 to 1,073,741,824 |
    /// | `PING_INTERVAL`, `PING_TIMEOUT` | ms | 25000, 20000 | 10 to 3,600,000 |
    /// | `CONNECT_TIMEOUT`, `UPGRADE_TIMEOUT` | ms | 45000, 10000 | 10 to 3,600,000 |
    /// | `RECOVERY` | word | `auto` | `auto`, `on`, `off` |
    /// | `RECOVERY_WINDOW` | ms | 120000 | 1000 to 3,600,000 |
    /// | `PRESENCE_GRACE` | ms | 0 | 0 to 3,600,000 |
    /// | `SHUTDOWN_TIMEOUT` | ms | 10000 | 0 to 600,000 |
    /// | `SEND_PATH` | word | `auto` | `auto`, `io_uring`, `direct`, `nio` |
    /// | `LOG_LEVEL` | word | `info` | swift-log's levels |
    ///
    /// - Throws: What is wrong with the first variable that does not parse, is out of range, or asks for what this version
    ///   does not have.
    init(reading config: ConfigReader) throws(StartError) {
        let variables = VariableReader(config)
        try Self.refuseWhatIsNotThere(variables)
        self.init()
        self.listening = try Listening(variables)
        self.access = try Access(variables)
        self.redis = try Redis(variables)
        self.storage = try Storage(variables, hasRedis: self.redis != nil)
        self.transport = try Transport(variables)
        self.chat = try Chat(variables)
        self.shutdownTimeout = try variables.milliseconds("SHUTDOWN_TIMEOUT", in: 0...600_000) ?? self.shutdownTimeout
        self.logLevel = try variables.choice("LOG_LEVEL") ?? self.logLevel
    }

    /// To run open, or to forget messages, although told otherwise would be dangerous.
    private static func refuseWhatIsNotThere(_ variables: VariableReader) throws(StartError) {
        for name in ["JWT_SECRET", "JWT_JWKS_FILE"] where variables.text(name) != nil {
            throw StartError("\(name) is set, but this version cannot check tokens yet; unset it to run without them.")
        }
    }
}

extension ChatServerConfiguration.Listening {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        if let host = variables.text("SERVER_HOST") {
            let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
            guard isPlain, (1...255).contains(host.utf8.count) else {
                throw variables.refusal("SERVER_HOST", "an address such as 0.0.0.0, or a host name")
            }
            self.host = host
        }
        self.port = try variables.integer("SERVER_PORT", in: 0...65_535) ?? self.port
        self.threads = try variables.integer("SERVER_THREADS", in: 1...SessionID.maximumShards)
        self.maximumConnections =
            try variables.integer("MAX_CONNECTIONS", in: 0...10_000_000) ?? self.maximumConnections
    }
}

extension ChatServerConfiguration.Access {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        if let list = variables.text("API_KEYS", isSecret: true) {
            guard let keys = APIKeys(list: list) else {
                let allowed = "keys of printable ASCII, separated by commas; unset it for none"
                throw variables.refusal("API_KEYS", allowed, isSecret: true)
            }
            self.apiKeys = keys
        }
        if let list = variables.text("CORS_ORIGINS") {
            guard let origins = CORSOrigins(list: list) else {
                let allowed = "* or origins such as https://chat.example, separated by commas"
                throw variables.refusal("CORS_ORIGINS", allowed)
            }
            self.corsOrigins = origins
        }
        self.allowEIO3 = try variables.toggle("ALLOW_EIO3") ?? self.allowEIO3
        self.limitsRates = try variables.toggle("RATE_LIMITS") ?? self.limitsRates
    }
}

extension ChatServerConfiguration.Storage {
    fileprivate init(_ variables: VariableReader, hasRedis: Bool) throws(StartError) {
        self.init()
        self.kind = try variables.choice("STORE") ?? self.kind
        if hasRedis {
            self.kind = .redis
        } else if self.kind == .redis {
            throw StartError("STORE is redis, but REDIS_HOST is not set; set it to where Redis is.")
        }
        if let path = variables.text("DATA_DIR") {
            guard !path.isEmpty, path.utf8.count <= 1024, !path.utf8.contains(0) else {
                throw variables.refusal("DATA_DIR", "the path of a directory")
            }
            self.dataDirectory = path
        }
        self.synchronization = try variables.choice("STORE_SYNC") ?? self.synchronization
        self.historyMaxMessages =
            try variables.integer("HISTORY_MAX_MESSAGES", in: 1...1_000_000) ?? self.historyMaxMessages
        self.historyMaxAge = try variables.seconds("HISTORY_MAX_AGE", in: 1...3_153_600_000) ?? self.historyMaxAge
        self.lastSeenMaxAge =
            try variables.seconds("LAST_SEEN_MAX_AGE", in: 1...3_153_600_000) ?? self.lastSeenMaxAge
    }
}

extension ChatServerConfiguration.Transport {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        let times = 10...3_600_000
        self.pingInterval = try variables.milliseconds("PING_INTERVAL", in: times) ?? self.pingInterval
        self.pingTimeout = try variables.milliseconds("PING_TIMEOUT", in: times) ?? self.pingTimeout
        self.connectTimeout = try variables.milliseconds("CONNECT_TIMEOUT", in: times) ?? self.connectTimeout
        self.upgradeTimeout = try variables.milliseconds("UPGRADE_TIMEOUT", in: times) ?? self.upgradeTimeout
        self.maxPayloadBytes =
            try variables.integer("MAX_PAYLOAD_BYTES", in: 1024...1_000_000_000) ?? self.maxPayloadBytes
        self.outboundBufferBytes =
            try variables.integer("OUTBOUND_BUFFER_BYTES", in: 65_536...1_073_741_824) ?? self.outboundBufferBytes
        self.sendPath = try variables.choice("SEND_PATH") ?? self.sendPath
    }
}

extension ChatServerConfiguration.Chat {
    fileprivate init(_ variables: VariableReader) throws(StartError) {
        self.init()
        self.maxMessageLength =
            try variables.integer("MAX_MESSAGE_LENGTH", in: 1...10_000_000) ?? self.maxMessageLength
        self.recovery = try variables.choice("RECOVERY") ?? self.recovery
        self.recoveryWindow = try variables.milliseconds("RECOVERY_WINDOW", in: 1000...3_600_000) ?? self.recoveryWindow
        self.presenceGrace = try variables.milliseconds("PRESENCE_GRACE", in: 0...3_600_000) ?? self.presenceGrace
    }
}
