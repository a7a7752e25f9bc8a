// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
public import SocketIOCore
import Synchronization

/// A part of the server that clients join on its own: `/`, `/admin`.
///
/// Handlers may be set at any time; a shard uses new ones from its next turn on. All members may be called from anywhere.
public final class Namespace: NamespaceHandlers {
    /// Such as `/` or `/admin`.
    public let name: String
    /// The server it belongs to; `nil` once that is gone.
    ///
    /// A namespace that is kept longer than its server has no sockets in this process: what is sent to it reaches nobody here.
    public weak let server: Server?
    /// The server's, so that nothing on the way of a message asks for it.
    let options: ServerOptions
    /// The group of namespaces it was made for, when a client asked for it.
    public let parent: ParentNamespace?
    let shards: [NamespaceShard]
    let adapter: any Adapter
    /// With recovery: what everything that is sent passes through.
    let sequencer: Sequencer?
    let localSockets: LocalNamespaceSockets
    private let master: Mutex<HandlerTable>
    private let roomCounts = RoomObservers.SharedCounts()
    private let adapterState = Atomic(AdapterState.made)

    private enum AdapterState: UInt8, AtomicRepresentable {
        case made, open, closed
    }

    /// Does nothing that anybody else notices, apart from what `makeAdapter` does.
    init(
        name: String,
        server: Server,
        parent: ParentNamespace? = nil,
        handlers: HandlerTable = HandlerTable(),
        censuses: [ConnectionCensus] = [],
        isRecoverable: Bool = true,
        makeAdapter: AdapterFactory
    ) {
        self.name = name
        self.server = server
        self.options = server.options
        self.parent = parent
        let observers =
            handlers.roomObservers.isEmpty ? nil : RoomObservers(handlers.roomObservers, counts: self.roomCounts)
        let shards = server.shards.map {
            NamespaceShard(
                shard: $0,
                shardCount: server.shards.count,
                handlers: handlers,
                observers: observers,
                census: censuses.isEmpty ? nil : censuses[$0.index]
            )
        }
        self.shards = shards
        // Any will do, as long as not all namespaces take the same.
        let home = shards[name.utf8.reduce(0) { $0 + Int($1) } % shards.count].shard
        let options = server.options
        let recovery = isRecoverable ? options.connectionStateRecovery : nil
        self.sequencer = recovery.map { recovery in
            Sequencer(shard: home, options: recovery) { options.recoveryLog(name, recovery, $0) }
        }
        self.localSockets = LocalNamespaceSockets(
            shards: shards,
            home: home,
            parser: options.parser,
            sequencer: self.sequencer
        )
        self.adapter = makeAdapter(name, self.localSockets)
        self.master = Mutex(handlers)
        self.localSockets.setServerSideHandlers(handlers.serverSide)
    }

    /// Opens the adapter, unless that was done.
    ///
    /// Whoever gets the namespace from the server calls this first, with no lock held.
    func open() {
        guard self.adapterState.load(ordering: .acquiring) == .made else { return }
        self.adapter.open()
        let (isFirst, state) = self.adapterState.compareExchange(
            expected: .made,
            desired: .open,
            ordering: .acquiringAndReleasing
        )
        // It came and went while this thread was opening it.
        if !isFirst, state == .closed { self.adapter.close() }
    }

    /// The server has let go of the namespace; may be called again.
    func close() {
        guard self.adapterState.exchange(.closed, ordering: .acquiringAndReleasing) != .closed else { return }
        self.adapter.close()
    }

    /// Changes what happens when sockets join, send and leave.
    public func update(_ change: @escaping @Sendable (inout HandlerTable) -> Void) {
        self.master.withLock { handlers in
            change(&handlers)
            self.localSockets.setServerSideHandlers(handlers.serverSide)
        }
        // The table is read when the shard gets to it: of two updates at once the later is never undone by the earlier.
        for part in self.shards {
            part.shard.run {
                let handlers = self.master.withLock { $0 }
                part.handlers = handlers
                part.observers =
                    handlers.roomObservers.isEmpty
                    ? nil : RoomObservers(handlers.roomObservers, counts: self.roomCounts)
            }
        }
    }

    /// Read once for each CONNECT packet.
    var middleware: [@Sendable (Socket) async throws -> Void] {
        self.master.withLock { $0.middleware }
    }

    // MARK: Broadcasting

    /// Everybody in the namespace, to begin a broadcast with.
    public var broadcast: BroadcastOperator { BroadcastOperator(namespace: self) }

    /// Everybody in any of these rooms.
    ///
    /// A socket's id is a room of its own.
    public func to(_ rooms: Room...) -> BroadcastOperator { self.broadcast.to(rooms) }

    /// Everybody but who is in these rooms.
    public func except(_ rooms: Room...) -> BroadcastOperator { self.broadcast.except(rooms) }

    /// Everybody in this process.
    public var local: BroadcastOperator { self.broadcast.local }

    /// Everybody who can take it at once.
    public var volatile: BroadcastOperator { self.broadcast.volatile }

    /// Sends an event to every socket.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        try self.broadcast.emit(event, arguments: arguments)
    }

    // MARK: The other servers

    /// Sends an event to the servers of all other processes, which handle it with ``NamespaceHandlers/onServerSide(_:_:)``.
    ///
    /// Not to this one.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func serverSideEmit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        let encoded = try EncodedArguments(arguments)
        self.adapter.serverSideEmit(
            ServerSideMessage(name: event, arguments: encoded.values, attachments: encoded.attachments)
        )
    }

    /// Sends an event to the servers of all other processes and waits for an answer from each.
    ///
    /// - Parameters:
    ///   - event: The event's name.
    ///   - arguments: Its arguments.
    ///   - timeout: How long to wait; the server's default if not given.
    /// - Returns: The answers, one from each server, in no particular order.
    /// - Throws: ``/SocketIOCore/ClusterError`` when a server that is alive did not answer in time, or `EncodingError` when
    ///   nothing was sent.
    public func serverSideEmitWithAck(
        _ event: String,
        _ arguments: any Encodable & Sendable...,
        timeout: Duration? = nil
    ) async throws -> [AckReply] {
        let encoded = try EncodedArguments(arguments)
        let message = ServerSideMessage(name: event, arguments: encoded.values, attachments: encoded.attachments)
        return try await withCheckedThrowingContinuation { continuation in
            self.adapter.serverSideEmit(message, answersWithin: timeout ?? self.options.acknowledgementTimeout) {
                continuation.resume(with: $0)
            }
        }
    }

    /// Calls back once what other processes send to a room reaches this one.
    ///
    /// For whoever must not miss anything from a join on: see ``/SocketIOCore/Adapter/whenReachable(_:completion:)``. Call on the shard of
    /// the socket that has joined.
    ///
    /// - Parameters:
    ///   - room: A room that has members in this process.
    ///   - completion: Called once, on any thread; gets `false` if that will not be.
    public func whenReachable(_ room: Room, completion: @escaping @Sendable (Bool) -> Void) {
        self.adapter.whenReachable(room, completion: completion)
    }

    /// The part of the namespace that lives on a shard.
    func part(on shard: any EngineShard) -> NamespaceShard { self.shards[shard.index] }

    /// How many sockets of this process are in it, about.
    public var socketCount: Int {
        get async {
            var count = 0
            for part in self.shards { count += await part.read { $0.rooms.slotCount } }
            return count
        }
    }

    /// The rooms that have members in this process, other than those of single sockets.
    public var rooms: Set<Room> {
        get async {
            var rooms: Set<Room> = []
            for part in self.shards { rooms.formUnion(await part.read { Set($0.rooms.rooms) }) }
            return rooms
        }
    }

    /// An event in this server's wire form.
    func event(_ name: String, arguments: ByteBuffer, attachments: [ByteBuffer]) -> BroadcastEvent {
        BroadcastEvent(
            namespace: self.name,
            name: name,
            arguments: arguments,
            attachments: attachments,
            parser: self.options.parser
        )
    }
}
