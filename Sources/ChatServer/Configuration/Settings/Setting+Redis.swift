// Licensed under the MIT licence.

// Where several nodes meet.
extension Setting {
    static let redisHost = Setting(
        "REDIS_HOST",
        .text("a host, or hosts with or without ports separated by commas"),
        "where Redis is (6.2 and later, or Valkey), on which any number of nodes are one chat: a host, or several separated by commas, with "
            + "or without ports; unset, there is one node"
    )
    static let redisPort = Setting(
        "REDIS_PORT",
        .integer(1...65_535),
        "the port where `REDIS_HOST` names none; unset, 6379, and of sentinels 26379"
    )
    static let redisMode = Setting(
        "REDIS_MODE",
        .choice(ChatServerConfiguration.Redis.Mode.allCases.map(\.rawValue)),
        default: "standalone",
        "what the hosts are: one server, sentinels, or some nodes of a Redis Cluster (7 and later)"
    )
    static let redisUsername = Setting("REDIS_USERNAME", .text("a user of Redis"), "whom to log in as")
    static let redisPassword = Setting("REDIS_PASSWORD", .text("a password"), isSecret: true, "the password there")
    static let redisPasswordFile = Setting(
        "REDIS_PASSWORD_FILE",
        .text("the path of a file"),
        "a file with that password"
    )
    static let redisDatabase = Setting("REDIS_DATABASE", .integer(0...1_000_000), default: "0", "which database")
    static let redisSentinelMaster = Setting(
        "REDIS_SENTINEL_MASTER",
        .text("a name without spaces"),
        default: "mymaster",
        "what sentinels call the server"
    )
    static let redisSentinelPassword = Setting(
        "REDIS_SENTINEL_PASSWORD",
        .text("a password"),
        isSecret: true,
        "the password of the sentinels themselves"
    )
    static let redisTLS = Setting(
        "REDIS_TLS",
        .toggle,
        "whether connections to Redis are private; unset, they are if one of the files is set"
    )
    static let redisTLSCAFile = Setting(
        "REDIS_TLS_CA_FILE",
        .text("the path of a file"),
        "the authorities to trust; unset, the system's"
    )
    static let redisTLSCertFile = Setting(
        "REDIS_TLS_CERT_FILE",
        .text("the path of a file"),
        "a certificate to show to Redis, with its key"
    )
    static let redisTLSKeyFile = Setting(
        "REDIS_TLS_KEY_FILE",
        .text("the path of a file"),
        "the key of the certificate"
    )
    static let redisReplicas = Setting(
        "REDIS_REPLICAS",
        .integer(0...16),
        "how many replicas must have a message before anybody is told of it, the sender included; with 0 a failover can lose what "
            + "was acknowledged. Unset, 1 with `sentinel` and `cluster`, else 0"
    )
    static let redisPrefix = Setting(
        "REDIS_PREFIX",
        .text("up to 64 characters without spaces and braces"),
        default: "martlet:",
        "what all keys and channels of this chat begin with"
    )
    static let socketIORedisChannel = Setting(
        "SOCKETIO_REDIS_CHANNEL",
        .text("the name of a channel, up to 256 characters without spaces"),
        "a channel on which python-socketio's write-only managers, which call theirs `socketio`, may emit events to rooms and clients; what "
            + "they emit is delivered and not stored, and whoever may publish there is trusted. Unset, there is none"
    )
    static let nodeTTL = Setting(
        "NODE_TTL",
        .milliseconds(1_000...600_000),
        default: "15000",
        "within which time a node that is silent is given up, and its users are taken away by the others"
    )
    static let sessionForwarding = Setting(
        "SESSION_FORWARDING",
        .toggle,
        default: "on",
        "whether a request that reaches another node than its session's goes on to that one; `off` needs sticky sessions"
    )
}
