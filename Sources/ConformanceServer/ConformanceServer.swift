// Licensed under the MIT licence.

import EngineIO
import EngineIOCore
import Logging
import NIOCore
import RedisNIO
import SocketIO
import SocketIOAdmin
import SocketIOHummingbird
import SocketIORedis

/// The application that protocol suites and stock clients are run against, and an example of both libraries.
///
/// ``ConformanceSettings`` tells what can be set from the environment.
@main
enum ConformanceServer {
    static func main() async throws {
        var logger = Logger(label: "conformance-server")
        logger.logLevel = .notice
        let settings = ConformanceSettings()
        let redis = settings.redis.map { RedisClient($0.configuration, logger: logger) }
        try redis?.start()
        let bus = redis.map { RedisBus(client: $0, options: settings.redis?.bus ?? RedisBusOptions()) }
        let service = SocketIOService(
            address: .hostname("127.0.0.1", port: settings.port),
            configuration: SocketIOConfiguration(server: settings.server, engine: settings.engine),
            adapter: bus.map { ClusterAdapter.factory(bus: $0) },
            logger: logger
        )
        if let admin = settings.admin { admin.attach(to: service.io) }
        ConformanceApplication(service.io).register()
        service.mount.engine.mount("/engine.io/", options: settings.engine) { EchoHandler($0) }
        try await service.runService()
        await redis?.close()
    }
}

/// Bare Engine.IO: sends every message back.
private final class EchoHandler: EngineConnectionHandler {
    private let connection: any EngineConnection

    init(_ connection: any EngineConnection) {
        self.connection = connection
    }

    func textReceived(_ text: ByteBuffer) {
        self.connection.send(EngineMessage(text: text), isVolatile: false)
    }

    func binaryReceived(_ bytes: ByteBuffer) {
        self.connection.send(EngineMessage(binary: bytes), isVolatile: false)
    }

    func closed(_ reason: EngineCloseReason) {}
}
