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
    /// How to reach sessions in other processes, if there are any.
    let forwarding: SessionForwarding?
    let addresses: AddressTable?
    /// The peers that say by the PROXY protocol whose connection it is; nothing if none does.
    let proxyProtocolPeers: TrustedProxies?
    /// What connections are encrypted with, if they are.
    let tls: EngineTLS?

    /// Creates a server on every loop of a group.
    /// - Parameters:
    ///   - eventLoopGroup: The loops. The first ``/EngineIOCore/SessionID/maximumShards`` are used.
    ///   - sendPath: How bytes leave; the best way that works here by default.
    ///   - maximumConnections: The most sessions at once; 0 for no bound of its own.
    ///   - forwarding: How requests reach sessions in other processes; by default each process has its clients to itself.
    ///   - addressLimits: How much one client address may open; nothing, the default, for no bound.
    ///   - proxyProtocolPeers: The peers whose connections begin with the header of the PROXY protocol, version 1 or 2; those of
    ///     others do not. Nothing, the default, if none do.
    ///   - tls: Ends TLS on every connection, behind a header of the PROXY protocol; nothing, the default, to serve in clear text.
    ///   - logger: Used at `debug` and below.
    public init(
        eventLoopGroup: any EventLoopGroup,
        sendPath: SendPath = .best,
        maximumConnections: Int = 0,
        forwarding: EngineForwarding? = nil,
        addressLimits: AddressLimits? = nil,
        proxyProtocolPeers: TrustedProxies? = nil,
        tls: EngineTLS? = nil,
        logger: Logger
    ) {
        let addresses = addressLimits.map { AddressTable($0) }
        let loops = eventLoopGroup.makeIterator().prefix(SessionID.maximumShards).enumerated().map {
            index,
            eventLoop in
            LoopShard(index: index, eventLoop: eventLoop, sendPath: sendPath, addresses: addresses, logger: logger)
        }
        let mounts = MountTable()
        self.loops = loops
        self.mounts = mounts
        self.forwarding = forwarding.map { SessionForwarding($0, shards: loops, mounts: mounts, logger: logger) }
        self.sendPath = sendPath
        self.maximumConnections = maximumConnections
        self.addresses = addresses
        self.proxyProtocolPeers = proxyProtocolPeers
        self.tls = tls
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
        self.mounts.add(
            EngineSettings(
                path: path,
                options: options,
                sendPath: self.sendPath,
                isSecure: self.tls != nil,
                acceptor: acceptor
            )
        )
    }

    /// Starts the shards' timers, and what is forwarded between processes if anything is.
    ///
    /// Call once, before the first connection. Waits until the link receives, for a second at most.
    public func start() async throws {
        let resolution = self.mounts.all.map(\.timerResolution).min() ?? .seconds(1)
        for loop in self.loops { try await loop.start(peers: self.loops, timerResolution: resolution).get() }
        await self.forwarding?.start()
    }

    /// Takes no new sessions any more, and ends the others little by little.
    ///
    /// So their clients do not all come to the next server at once; new ones are refused with
    /// ``/EngineIOCore/HandshakeError/shuttingDown``. To be followed by ``shutdown()``.
    ///
    /// - Parameter duration: Over how long; it takes no longer, and less if nobody is left.
    public func drain(over duration: Duration) async {
        let duration = TimeAmount(duration)
        let drained = self.loops.map { $0.drain(over: duration, .serverShuttingDown) }
        for loop in drained { try? await loop.get() }
    }

    /// Ends every session and stops the timers; what sessions are still due is sent.
    public func shutdown() async {
        self.forwarding?.beginClosing()
        for loop in self.loops {
            try? await loop.eventLoop.submit { loop.closeAllSessions(.serverShuttingDown) }.get()
        }
        await self.forwarding?.close()
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

    /// How many forwarded messages of other processes made no sense.
    package var rejectedForwards: Int { self.forwarding?.rejectedCount ?? 0 }

    func shard(of eventLoop: any EventLoop) -> LoopShard? {
        self.loops.first { $0.eventLoop === eventLoop }
    }

    func shard(of id: SessionID) -> LoopShard? {
        self.loops.indices.contains(id.shardIndex) ? self.loops[id.shardIndex] : nil
    }

    /// What other process a session lives in, if it is one.
    func owner(of id: SessionID) -> NodeAddress? {
        self.forwarding?.owner(of: id)
    }

    func settings(forTarget target: String) -> EngineSettings? {
        self.mounts.settings(forTarget: target)
    }

    /// How long a request may take to arrive.
    var requestDeadline: TimeAmount { .seconds(10) }

    /// How long a connection may be idle between two requests.
    var keepAliveTimeout: TimeAmount { .seconds(65) }

    /// Whether an address is a proxy's, of any mount or by the PROXY protocol.
    func isProxy(_ address: IPAddress) -> Bool {
        self.proxyProtocolPeers?.trusts(address) ?? false
            || self.mounts.all.contains { $0.options.trustedProxies.trusts(address) }
    }

    /// Refuses a new session of an address that has opened enough of them.
    func checkAddress(_ address: String, of loop: LoopShard) throws(HandshakeError) {
        do throws(AddressTable.Refusal) {
            try self.addresses?.admitHandshake(address, now: loop.now)
        } catch {
            loop.counters.hit(error == .handshakes ? .addressHandshakes : .addressConnections)
            throw .tooManyRequests
        }
    }

    /// Refuses a new session when there are too many, or the server is about to end.
    func checkCapacity(of loop: LoopShard) throws(HandshakeError) {
        guard !loop.isDraining else { throw .shuttingDown }
        guard self.maximumConnections > 0 else { return }
        // Each shard has its share, so that no shared count is needed.
        guard loop.slots.count < max(1, self.maximumConnections / self.loops.count) else {
            loop.counters.hit(.connections)
            throw .forbidden
        }
    }
}
