// Licensed under the MIT licence.

public import EngineIOCore
public import Logging
public import NIOCore

/// An Engine.IO server: sessions over long-polling and WebSocket on the loops of an event loop group.
///
/// ```swift
/// let engine = EngineServer(eventLoopGroup: group, logger: logger)
/// engine.mount("/engine.io/") { connection in Echo(connection) }
/// try await engine.start()
/// // …serve engine.childChannel { … } with Hummingbird's `Server`…
/// await engine.shutdown()
/// ```
///
/// Mounts are made before ``start()``; everything else may be called from anywhere.
public final class EngineServer: Sendable {
    private let loops: [LoopShard]
    private let mounts: MountTable
    private let sendPath: SendPath
    private let maximumConnections: Int

    /// Creates a server on every loop of a group.
    /// - Parameters:
    ///   - eventLoopGroup: The loops. The first ``/EngineIOCore/SessionID/maximumShards`` are used.
    ///   - sendPath: How bytes leave; the best way that works here by default.
    ///   - maximumConnections: The most sessions at once; 0 for no bound of its own.
    ///   - logger: Used at `debug` and below.
    public init(
        eventLoopGroup: any EventLoopGroup,
        sendPath: SendPath = .best,
        maximumConnections: Int = 0,
        logger: Logger
    ) {
        self.loops = eventLoopGroup.makeIterator().prefix(SessionID.maximumShards).enumerated().map {
            index,
            eventLoop in
            LoopShard(index: index, eventLoop: eventLoop, sendPath: sendPath, logger: logger)
        }
        self.mounts = MountTable()
        self.sendPath = sendPath
        self.maximumConnections = maximumConnections
    }

    /// The shards, in the order of their indexes.
    public var shards: [any EngineShard] { self.loops }

    /// How bytes leave.
    public var activeSendPath: SendPath { self.sendPath }

    /// Serves Engine.IO under a path.
    /// - Parameters:
    ///   - path: Such as `/socket.io/`; requests to exactly this path, with or without the final slash, are ours.
    ///   - options: Times, limits, origins.
    ///   - acceptor: Gives each new session its handler; called on the session's shard.
    public func mount(_ path: String, options: EngineIOOptions = .init(), acceptor: @escaping EngineAcceptor) {
        self.mounts.add(EngineSettings(path: path, options: options, sendPath: self.sendPath, acceptor: acceptor))
    }

    /// Starts the shards' timers.
    ///
    /// Call once, before the first connection.
    public func start() async throws {
        let resolution = self.mounts.all.map(\.timerResolution).min() ?? .seconds(1)
        for loop in self.loops { try await loop.start(peers: self.loops, timerResolution: resolution).get() }
    }

    /// Ends every session and stops the timers; what sessions are still due is sent.
    public func shutdown() async {
        for loop in self.loops {
            try? await loop.eventLoop.submit { loop.closeAllSessions(.serverShuttingDown) }.get()
        }
        for loop in self.loops { try? await loop.stop().get() }
    }

    /// What the shards counted since the start, one entry a shard.
    public func counters() async -> [EngineCounters] {
        var all: [EngineCounters] = []
        for loop in self.loops {
            if let counters = try? await loop.eventLoop.submit({ loop.counters }).get() { all.append(counters) }
        }
        return all
    }

    func shard(of eventLoop: any EventLoop) -> LoopShard? {
        self.loops.first { $0.eventLoop === eventLoop }
    }

    func shard(of id: SessionID) -> LoopShard? {
        self.loops.indices.contains(id.shardIndex) ? self.loops[id.shardIndex] : nil
    }

    func settings(forTarget target: String) -> EngineSettings? {
        self.mounts.settings(forTarget: target)
    }

    /// How long a request may take to arrive.
    var requestDeadline: TimeAmount { .seconds(10) }

    /// How long a connection may be idle between two requests.
    var keepAliveTimeout: TimeAmount { .seconds(65) }

    /// Refuses a new session when there are too many.
    func checkCapacity(of loop: LoopShard) throws(HandshakeError) {
        guard self.maximumConnections > 0 else { return }
        // Each shard has its share, so that no shared count is needed.
        guard loop.slots.count < max(1, self.maximumConnections / self.loops.count) else {
            loop.counters.hit(.connections)
            throw .forbidden
        }
    }
}
