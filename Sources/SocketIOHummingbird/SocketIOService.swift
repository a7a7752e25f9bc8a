// Licensed under the MIT licence.

public import EngineIO
import HTTPTypes
public import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle
public import SocketIO
public import SocketIOCore
public import UnixSignals

/// A whole Socket.IO server: listener, engine, namespaces.
///
/// ```swift
/// import SocketIOHummingbird
///
/// let service = SocketIOService(address: .hostname("127.0.0.1", port: 3000))
/// service.io.of("/").on("message") { (socket, text: String) in
///     try socket.emit("message-back", text)
/// }
/// try await service.runService()
/// ```
///
/// In a program with other services, put it into their `ServiceGroup` instead of calling
/// ``runService(gracefulShutdownSignals:)``. Asked to stop, it ends every session, and their sockets leave with the
/// reason `server shutting down`: at once, behind its listener, or over ``SocketIOConfiguration/drainDuration``, with the listener open
/// until then. It serves once.
///
/// To add Socket.IO to an HTTP application, use ``SocketIOMount``.
public struct SocketIOService: Service {
    /// The server and the engine.
    public let mount: SocketIOMount
    private let configuration: ServerConfiguration
    private let onServerRunning: @Sendable (any Channel) async -> Void
    private let logger: Logger
    private let responder: HTTPChannelHandler.Responder
    /// How long the listener stays open at least, if sessions are to end over a time.
    private static let noticeDuration = Duration.seconds(3)

    /// Creates a server on loops of the process.
    /// - Parameters:
    ///   - address: Where to listen; `127.0.0.1`, port 3000 by default. Port 0 takes a free one.
    ///   - configuration: Path, limits and times.
    ///   - adapter: Carries broadcasts to other processes; `nil`, the default, knows this process alone.
    ///   - forwarding: How requests reach sessions in other processes; `nil`, the default, where each client stays at one.
    ///   - onServerRunning: Called once it listens; the channel's `localAddress` tells the port.
    ///   - logger: Gets one line when the listener opens, and what goes wrong with it.
    public init(
        address: BindAddress = .hostname("127.0.0.1", port: 3000),
        configuration: SocketIOConfiguration = SocketIOConfiguration(),
        adapter: AdapterFactory? = nil,
        forwarding: EngineForwarding? = nil,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in },
        logger: Logger = Logger(label: "socket.io")
    ) {
        self.init(
            mount: SocketIOMount(
                configuration: configuration,
                adapter: adapter,
                forwarding: forwarding,
                logger: logger
            ),
            listener: ServerConfiguration(address: address),
            onServerRunning: onServerRunning,
            logger: logger,
            responder: Self.notFound
        )
    }

    /// Creates a server of parts that were made before.
    /// - Parameters:
    ///   - mount: What to serve.
    ///   - listener: Where to listen, and with what backlog.
    ///   - onServerRunning: Called once it listens; the channel's `localAddress` tells the port.
    ///   - logger: Gets one line when the listener opens, and what goes wrong with it.
    ///   - responder: Answers requests that are on none of the mount's paths.
    public init(
        mount: SocketIOMount,
        listener: ServerConfiguration,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in },
        logger: Logger = Logger(label: "socket.io"),
        responder: @escaping HTTPChannelHandler.Responder = SocketIOService.notFound
    ) {
        self.mount = mount
        self.configuration = listener
        self.onServerRunning = onServerRunning
        self.logger = logger
        self.responder = responder
    }

    /// The Socket.IO server: its namespaces, sockets and broadcasts.
    public var io: SocketIO.Server { self.mount.io }

    /// Serves until the service group around it is asked to stop, or its task is cancelled.
    /// - Throws: What went wrong with the listener, such as `IOError` with `EADDRINUSE`.
    public func run() async throws {
        do {
            try await self.mount.start()
            try await self.serve()
            self.mount.requestsEnded()
        } catch {
            await self.mount.shutdown()
            throw error
        }
        await self.mount.shutdown()
    }

    private func serve() async throws {
        let server = HummingbirdCore.Server(
            childChannelSetup: SocketIOChildChannel(self.mount, responder: self.responder),
            configuration: self.configuration,
            onServerRunning: self.onServerRunning,
            eventLoopGroup: self.mount.eventLoopGroup,
            logger: self.logger
        )
        // The listener closes as soon as it hears that it is to stop, so it hears that later than we do: in a group of its own,
        // and in a task that does not belong to ours.
        let listener = ServiceGroup(services: [server], logger: self.logger)
        let serving = Task.detached { try await listener.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await serving.value
            } onGracefulShutdown: {
                Task {
                    // Though nobody may be left any more, balancers that ask every second or two are to hear of it: a connection
                    // that comes while the listener closes is lost.
                    let noticed = ContinuousClock.now + min(self.mount.drainDuration, Self.noticeDuration)
                    await self.mount.drain()
                    try? await Task.sleep(until: noticed, clock: .continuous)
                    await listener.triggerGracefulShutdown()
                }
            }
        } onCancel: {
            serving.cancel()
        }
    }

    /// Serves until the process gets a signal.
    ///
    /// - Parameter gracefulShutdownSignals: Which signals end it; SIGTERM and SIGINT (Ctrl-C) by default.
    /// - Throws: As ``run()``.
    public func runService(gracefulShutdownSignals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        try await ServiceGroup(
            services: [self],
            gracefulShutdownSignals: gracefulShutdownSignals,
            logger: self.logger
        ).run()
    }

    /// Answers any request with 404 and an empty body.
    public static let notFound: HTTPChannelHandler.Responder = { _, response, _ in
        try await response.writeResponse(HTTPResponse(status: .notFound, headerFields: [.contentLength: "0"]))
    }
}
