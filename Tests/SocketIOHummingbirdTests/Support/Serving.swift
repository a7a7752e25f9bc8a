// Licensed under the MIT licence.

import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SocketIOClient
import SocketIOHummingbird

/// A listener's port, known once it is open.
struct PortWatch: Sendable {
    private let ports: AsyncStream<Int>
    private let found: AsyncStream<Int>.Continuation

    init() {
        (self.ports, self.found) = AsyncStream.makeStream(of: Int.self)
    }

    /// For `onServerRunning`.
    var callback: @Sendable (any Channel) async -> Void {
        { [found] channel in found.yield(channel.localAddress?.port ?? 0) }
    }

    var port: Int? {
        get async { await self.ports.first { _ in true } }
    }

    /// When the listener will never open.
    func close() { self.found.finish() }
}

enum Serving {
    static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// Runs services, does `body` with their port, asks them to stop, and returns when they have.
    static func run(
        _ services: [any Service],
        _ watch: PortWatch,
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let group = ServiceGroup(services: services, logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { watch.close() }
                try await group.run()
            }
            if let port = await watch.port { try await body(port) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    static func connect(
        _ port: Int,
        _ transport: EngineClientOptions.TransportChoice,
        path: String = "/socket.io/"
    ) async throws -> SocketClient {
        var options = try EngineClientOptions(port: port)
        options.transport = transport
        options.path = path
        return try await SocketClient.connect(options)
    }

    /// Sends a request and returns all that comes until the server closes.
    static func ask(_ line: String, _ port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "\(line)\r\nHost: test\r\nConnection: close\r\n\r\n"))
            var answer = ByteBuffer()
            for try await bytes in inbound { answer.writeImmutableBuffer(bytes) }
            return String(buffer: answer)
        }
    }
}
