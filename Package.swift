// swift-tools-version:6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

extension Target.Dependency {
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioWebSocket: Self = .product(name: "NIOWebSocket", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioEmbedded: Self = .product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1: Self = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let configuration: Self = .product(name: "Configuration", package: "swift-configuration")
    static let serviceLifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let instrumentation: Self = .product(name: "Instrumentation", package: "swift-distributed-tracing")
    static let tracing: Self = .product(name: "Tracing", package: "swift-distributed-tracing")
    static let inMemoryTracing: Self = .product(name: "InMemoryTracing", package: "swift-distributed-tracing")
    static let coreMetrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
    static let grdb: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let sqlite: Self = .product(name: "GRDBSQLite", package: "GRDB.swift")
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let jwtKit: Self = .product(name: "JWTKit", package: "jwt-kit")
}

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SocketIO", targets: ["SocketIO"]),
        .library(name: "EngineIO", targets: ["EngineIO"]),
        .library(name: "SocketIOHummingbird", targets: ["SocketIOHummingbird"]),
        .library(name: "SocketIOAdmin", targets: ["SocketIOAdmin"]),
        .library(name: "RedisNIO", targets: ["RedisNIO"]),
        .library(name: "SocketIORedis", targets: ["SocketIORedis"]),
        .library(name: "EngineIORedis", targets: ["EngineIORedis"]),
        .executable(name: "martlet", targets: ["ChatServer"]),
        .executable(name: "sio-bench", targets: ["LoadGenerator"]),
        .executable(name: "conformance-server", targets: ["ConformanceServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.1.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        // Pure: no I/O, clock, lock or task; NIOCore for ByteBuffer and time types alone.
        .target(name: "WireJSON", dependencies: [.nioCore], swiftSettings: swiftSettings),
        .target(name: "EngineIOCore", dependencies: [.nioCore], swiftSettings: swiftSettings),
        .target(
            name: "SocketIOCore",
            dependencies: ["EngineIOCore", "WireJSON", .nioCore],
            swiftSettings: swiftSettings
        ),
        .target(name: "Chat", dependencies: ["WireJSON", .nioCore], swiftSettings: swiftSettings),

        // Servers.
        .target(name: "CLinuxSend"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "EngineIO",
            dependencies: [
                "EngineIOCore", "CLinuxSend", "CZlib", .nioCore, .nioPosix, .nioHTTP1, .nioWebSocket, .nioHTTPTypes,
                .nioHTTPTypesHTTP1, .nioSSL, .httpTypes, .hummingbirdCore, .logging, .serviceLifecycle,
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SocketIO",
            dependencies: ["SocketIOCore", "EngineIOCore", "WireJSON", .nioCore, .logging],
            swiftSettings: swiftSettings
        ),
        .target(name: "CCrypt", linkerSettings: [.linkedLibrary("crypt", .when(platforms: [.linux]))]),
        .target(
            name: "SocketIOAdmin",
            dependencies: ["SocketIO", "SocketIOCore", "EngineIOCore", "WireJSON", "CCrypt", .nioCore, .logging],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SocketIORedis",
            dependencies: ["RedisNIO", "SocketIOCore", "EngineIOCore", "WireJSON", .logging, .nioCore],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "EngineIORedis",
            dependencies: ["EngineIO", "EngineIOCore", "RedisNIO", .logging, .nioCore],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SocketIOHummingbird",
            dependencies: [
                "EngineIO", "EngineIOCore", "SocketIO", "SocketIOCore", .hummingbird, .hummingbirdCore, .httpTypes,
                .logging, .nioCore, .nioPosix, .serviceLifecycle, .unixSignals,
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "RedisNIO",
            dependencies: [.nioCore, .nioPosix, .nioSSL, .logging],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "ChatStores",
            dependencies: ["Chat", "RedisNIO", "SocketIOCore", "WireJSON", .grdb, .sqlite, .nioCore],
            resources: [.embedInCode("Redis/Scripts")],
            swiftSettings: swiftSettings
        ),

        // Executables.
        .executableTarget(
            name: "ChatServer",
            dependencies: [
                "Chat", "ChatStores", "EngineIO", "EngineIOCore", "EngineIORedis", "RedisNIO", "SocketIO",
                "SocketIOCore", "SocketIOHummingbird", "SocketIORedis", "WireJSON", .hummingbird, .hummingbirdCore,
                .httpTypes,
                .configuration,
                .serviceLifecycle, .unixSignals,
                .logging, .coreMetrics, .instrumentation, .tracing, .argumentParser, .crypto, .jwtKit,
                .nioCore,
                .nioPosix, .nioSSL,
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "ConformanceServer",
            dependencies: [
                "EngineIO", "EngineIOCore", "RedisNIO", "SocketIO", "SocketIOAdmin", "SocketIOCore",
                "SocketIOHummingbird", "SocketIORedis", "WireJSON",
                .logging, .nioCore,
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "LoadGenerator",
            dependencies: ["SocketIOClient", "EngineIOCore", "WireJSON", .argumentParser, .nioCore, .nioPosix],
            swiftSettings: swiftSettings
        ),

        // Shared by tests and the load tool.
        .target(
            name: "SocketIOClient",
            dependencies: ["SocketIOCore", "EngineIOCore", "WireJSON", .nioCore, .nioPosix, .nioHTTP1],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SocketIOTesting",
            dependencies: ["SocketIOCore", "EngineIOCore", "WireJSON", .nioCore],
            swiftSettings: swiftSettings
        ),

        .target(
            name: "ChatTesting",
            dependencies: ["Chat", "SocketIOTesting", .nioCore],
            swiftSettings: swiftSettings
        ),

        .target(name: "RedisTesting", dependencies: ["RedisNIO", .logging, .nioCore], swiftSettings: swiftSettings),

        .testTarget(
            name: "WireJSONTests",
            dependencies: ["WireJSON", "SocketIOTesting", .nioCore],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EngineIOCoreTests",
            dependencies: ["EngineIOCore", "SocketIOTesting", .nioCore],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketIOCoreTests",
            dependencies: ["SocketIOCore", "EngineIOCore", "WireJSON", "SocketIOTesting", .nioCore],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EngineIOTests",
            dependencies: [
                "EngineIO", "EngineIOCore", "SocketIOTesting", .nioCore, .nioEmbedded, .nioPosix, .nioHTTP1,
                .nioSSL, .nioWebSocket, .logging,
                .hummingbirdCore,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketIOTests",
            dependencies: [
                "SocketIO", "SocketIOCore", "EngineIOCore", "WireJSON", "SocketIOTesting", .logging, .nioCore,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketIOAdminTests",
            dependencies: [
                "SocketIOAdmin", "SocketIO", "SocketIOCore", "EngineIOCore", "WireJSON", "SocketIOTesting", .logging,
                .nioCore,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketIORedisTests",
            dependencies: [
                "SocketIORedis", "RedisNIO", "RedisTesting", "SocketIO", "SocketIOCore", "EngineIOCore", "WireJSON",
                "SocketIOTesting", .logging, .nioCore,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EngineIORedisTests",
            dependencies: [
                "EngineIORedis", "EngineIO", "EngineIOCore", "RedisNIO", "RedisTesting", .logging, .nioCore,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SocketIOHummingbirdTests",
            dependencies: [
                "SocketIOAdmin", "SocketIOHummingbird", "SocketIOClient", .hummingbird, .hummingbirdCore, .logging,
                .nioCore, .nioPosix,
                .serviceLifecycle,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "RedisNIOTests",
            dependencies: ["RedisNIO", "RedisTesting", .logging, .nioCore, .nioEmbedded, .nioPosix],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "ChatTests",
            dependencies: [
                "Chat", "ChatStores", "ChatTesting", "RedisNIO", "RedisTesting", "SocketIOCore", "WireJSON",
                "SocketIOTesting", .grdb, .nioCore,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "ChatServerTests",
            dependencies: [
                "ChatServer", "Chat", "ChatStores", "ChatTesting", "EngineIO", "EngineIOCore", "RedisNIO",
                "RedisTesting", "SocketIO", "SocketIOClient", "SocketIOCore", "SocketIOTesting", "WireJSON",
                .argumentParser, .configuration, .crypto, .hummingbird, .httpTypes, .logging, .coreMetrics,
                .instrumentation, .tracing, .inMemoryTracing, .nioCore, .nioPosix, .serviceLifecycle,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "LoadGeneratorTests",
            dependencies: ["LoadGenerator", "SocketIOClient", "EngineIOCore", "WireJSON", .nioCore, .nioPosix],
            swiftSettings: swiftSettings
        ),
    ]
)
