// Licensed under the MIT licence.

/// Settings that belong together.
struct SettingGroup: Sendable {
    /// A few words above them.
    let title: String
    let settings: [Setting]

    /// All that there are, in the order of the documents.
    static let all: [SettingGroup] = [
        SettingGroup(
            title: "Listening",
            settings: [
                .serverHost, .serverPort, .serverThreads, .maxConnections, .tlsCertificateFile, .tlsKeyFile,
            ]
        ),
        SettingGroup(
            title: "Who may connect and post",
            settings: [
                .jwtSecret, .jwtSecretFile, .jwtPublicKeyFile, .jwtJWKSFile, .jwtIssuer, .jwtAudience, .jwtLeeway,
                .jwtUserClaim, .jwtNameClaim, .jwtRoomsClaim, .apiKeys, .apiKeysFile, .corsOrigins, .allowEIO3,
                .trustedProxies, .proxyProtocol, .rateLimits, .handshakesPerAddress, .connectionsPerAddress,
            ]
        ),
        SettingGroup(
            title: "Several nodes",
            settings: [
                .redisHost, .redisPort, .redisMode, .redisUsername, .redisPassword, .redisPasswordFile,
                .redisDatabase, .redisSentinelMaster, .redisSentinelPassword, .redisTLS, .redisTLSCAFile,
                .redisTLSCertFile, .redisTLSKeyFile, .redisReplicas, .redisPrefix,
                .socketIORedisChannel, .nodeTTL, .sessionForwarding,
            ]
        ),
        SettingGroup(
            title: "Messages",
            settings: [
                .store, .dataDirectory, .storeSync, .historyMaxMessages, .historyMaxAge, .lastSeenMaxAge,
                .maxMessageLength, .maxPayloadBytes, .outboundBufferBytes,
            ]
        ),
        SettingGroup(
            title: "Presence and lost connections",
            settings: [.recovery, .recoveryWindow, .presenceGrace]
        ),
        SettingGroup(
            title: "Times",
            settings: [.pingInterval, .pingTimeout, .connectTimeout, .upgradeTimeout, .drainTimeout, .shutdownTimeout]
        ),
        SettingGroup(title: "Running", settings: [.sendPath, .logLevel, .logFormat]),
    ]

    /// The settings of all groups.
    static let allSettings = all.flatMap(\.settings)
}
