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
        try await self.answer(to: line, port, on: MultiThreadedEventLoopGroup.singleton.any()).get()
    }

    /// Sends a request again and again until the answer has a text in it; fails where nobody listens any more.
    ///
    /// Nothing in it waits for a thread that tests run on.
    static func ask(_ line: String, _ port: Int, until text: String) -> EventLoopFuture<String> {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        return self.answer(to: line, port, on: loop).flatMap { answer in
            answer.contains(text) ? loop.makeSucceededFuture(answer) : self.ask(line, port, until: text)
        }
    }

    private static func answer(to line: String, _ port: Int, on loop: any EventLoop) -> EventLoopFuture<String> {
        let answer = loop.makePromise(of: String.self)
        return ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AnswerReader(answer))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .flatMapError { error in
                answer.fail(error)
                return loop.makeFailedFuture(error)
            }
            .flatMap { channel in
                let request = ByteBuffer(string: "\(line)\r\nHost: test\r\nConnection: close\r\n\r\n")
                channel.writeAndFlush(request, promise: nil)
                return answer.futureResult
            }
    }
}

/// Keeps all that comes until the connection ends.
private final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: EventLoopPromise<String>
    private var bytes = ByteBuffer()

    init(_ answer: EventLoopPromise<String>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes.writeImmutableBuffer(self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answer.succeed(String(buffer: self.bytes))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
