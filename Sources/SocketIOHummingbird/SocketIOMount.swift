// Licensed under the MIT licence.

public import EngineIO
public import Logging
public import NIOCore
public import NIOPosix
public import ServiceLifecycle
public import SocketIO
public import SocketIOCore
import Synchronization

/// A Socket.IO server that shares the port of an HTTP server.
///
/// ```swift
/// let mount = SocketIOMount()
/// mount.io.of("/").on("message") { (socket, text: String) in
///     try socket.emit("message-back", text)
/// }
/// let app = Application(router: router, socketIO: mount)
/// try await app.runService()
/// ```
///
/// Requests on its path are answered by Engine.IO, all others by the router. It starts with the listener, and ends its
/// sessions when the listener closes, over ``SocketIOConfiguration/drainDuration``: their sockets leave with the reason `server
/// shutting down`, and what was emitted to them before is still sent. A mount belongs to one listener and serves once.
///
/// Connections have to arrive unencrypted, because a WebSocket's bytes are read beside HTTP's handlers: let ``SocketIOConfiguration/tls`` or
/// a proxy in front end TLS, not the HTTP server.
///
/// May be used from anywhere.
public final class SocketIOMount: Service {
    /// The server: its namespaces, sockets and broadcasts.
    public let io: Server
    /// The engine under it, for further mounts and its counters.
    public let engine: EngineServer
    /// The loops it lives on; those of the listener must be the same.
    public let eventLoopGroup: any EventLoopGroup
    let drainDuration: Duration
    private let life = Mutex(Life())

    /// How far it is; the tasks are there so that whoever asks second waits for the same work.
    private struct Life {
        var start: Task<Void, any Error>?
        var isStarted = false
        var isWatchingListener = false
        var drain: Task<Void, Never>?
        var shutdown: Task<Void, Never>?
        var haveSessionsEnded = false
        var haveRequestsEnded = false
    }

    /// Creates a server and the engine under it.
    /// - Parameters:
    ///   - configuration: Path, limits and times.
    ///   - eventLoopGroup: Where connections live; the process's own loops by default, which are Hummingbird's default too.
    ///   - adapter: Carries broadcasts to other processes; `nil`, the default, knows this process alone.
    ///   - forwarding: How requests reach sessions in other processes; `nil`, the default, where each client stays at one.
    ///   - logger: Used at `debug` and below. Never gets payloads or ids that are credentials.
    public convenience init(
        configuration: SocketIOConfiguration = SocketIOConfiguration(),
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        adapter: AdapterFactory? = nil,
        forwarding: EngineForwarding? = nil,
        logger: Logger = Logger(label: "socket.io")
    ) {
        let engine = EngineServer(
            eventLoopGroup: eventLoopGroup,
            sendPath: configuration.sendPath,
            maximumConnections: configuration.maximumConnections,
            forwarding: forwarding,
            addressLimits: configuration.addressLimits,
            proxyProtocolPeers: configuration.proxyProtocolPeers,
            tls: configuration.tls,
            logger: logger
        )
        let io =
            if let adapter {
                Server(shards: engine.shards, options: configuration.server, adapter: adapter, logger: logger)
            } else {
                Server(shards: engine.shards, options: configuration.server, logger: logger)
            }
        engine.mount(configuration.path, options: configuration.engine) { io.accept($0) }
        self.init(io: io, engine: engine, eventLoopGroup: eventLoopGroup, drainDuration: configuration.drainDuration)
    }

    /// Joins a server and an engine that were made and mounted by hand.
    /// - Parameters:
    ///   - io: Takes sessions over from the engine, by ``/SocketIO/Server/accept(_:)``.
    ///   - engine: Has all its mounts.
    ///   - eventLoopGroup: The group that the engine was made with.
    ///   - drainDuration: As ``SocketIOConfiguration/drainDuration``.
    public init(
        io: Server,
        engine: EngineServer,
        eventLoopGroup: any EventLoopGroup,
        drainDuration: Duration = .zero
    ) {
        self.io = io
        self.engine = engine
        self.eventLoopGroup = eventLoopGroup
        self.drainDuration = drainDuration
    }

    /// Lives as long as the service group around it, and returns when every session has been told goodbye.
    ///
    /// A service that is to outlive the sockets, because their handlers use it, comes before this one in its group. Called
    /// where there is no service group, it returns when its task is cancelled.
    /// - Throws: When the loops have been shut down already.
    public func run() async throws {
        try await self.start()
        // Cancellation is a way to end it like any other.
        try? await gracefulShutdown()
        await self.shutdown()
    }

    /// Starts the timers, unless that was done.
    func start() async throws {
        let start = self.life.withLock { life in
            if let start = life.start { return start }
            let start = Task {
                try await self.engine.start()
                self.life.withLock { $0.isStarted = true }
            }
            life.start = start
            return start
        }
        try await start.value
    }

    /// Takes no new sessions, and ends the others over the time that is set, unless that was done; without a time it does nothing.
    func drain() async {
        guard self.drainDuration > .zero else { return }
        let drain = self.life.withLock { life in
            if let drain = life.drain { return drain }
            let drain = Task {
                // Loops that are gone already would never answer.
                guard (try? await self.eventLoopGroup.any().submit {}.get()) != nil else { return }
                await self.engine.drain(over: self.drainDuration)
            }
            life.drain = drain
            return drain
        }
        await drain.value
    }

    /// Ends every session, unless that was done; returns when what they were due has left.
    func shutdown() async {
        let shutdown = self.life.withLock { life in
            if let shutdown = life.shutdown { return shutdown }
            let shutdown = Task {
                await self.drain()
                await self.engine.shutdown()
                self.life.withLock { $0.haveSessionsEnded = true }
                // Loops that are gone already would never answer.
                guard (try? await self.eventLoopGroup.any().submit {}.get()) != nil else { return }
                await self.io.saveSessions()
                self.io.close()
                // What that gave the loops to do comes before whatever is behind this.
                for loop in self.eventLoopGroup.makeIterator() { try? await loop.submit {}.get() }
            }
            life.shutdown = shutdown
            return shutdown
        }
        await shutdown.value
    }

    /// Whether all connections have closed; what is left to do then is the application's, and that of whoever keeps sessions.
    package var haveConnectionsClosed: Bool {
        self.life.withLock { $0.haveSessionsEnded && $0.haveRequestsEnded }
    }

    /// The listener is closed, and all connections that were HTTP's.
    func requestsEnded() {
        self.life.withLock { $0.haveRequestsEnded = true }
    }

    /// To be called on the loop of an accepted connection: what to wait for before it can be served, if anything.
    func accepted(_ channel: any Channel) -> EventLoopFuture<Void>? {
        let (isStarted, watches) = self.life.withLock { life in
            defer { life.isWatchingListener = true }
            return (life.isStarted, !life.isWatchingListener)
        }
        // The HTTP server waits for its connections, and a poll would keep its own until the next heartbeat. Nobody tells
        // us when that begins but the listener, which is closed first of all.
        if watches { channel.parent?.closeFuture.whenComplete { _ in Task { await self.shutdown() } } }
        guard !isStarted else { return nil }
        let started = channel.eventLoop.makePromise(of: Void.self)
        started.completeWithTask { try await self.start() }
        return started.futureResult
    }
}
