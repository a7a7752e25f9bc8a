// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
public import SocketIOCore
import Synchronization

/// A part of the server that clients join on its own: `/`, `/admin`.
///
/// Handlers may be set at any time; a shard uses new ones from its next turn on. All members may be called from anywhere.
public final class Namespace: Sendable {
    /// Such as `/` or `/admin`.
    public let name: String
    /// The server it belongs to.
    public unowned let server: Server
    let shards: [NamespaceShard]
    private let master: Mutex<HandlerTable>
    private let middlewareList: Mutex<[@Sendable (Socket) async throws -> Void]>
    let adapter: any Adapter

    init(name: String, server: Server, makeAdapter: AdapterFactory) {
        self.name = name
        self.server = server
        let shards = server.shards.map { NamespaceShard(shard: $0) }
        self.shards = shards
        self.adapter = makeAdapter(name, LocalNamespaceSockets(shards: shards))
        self.master = Mutex(HandlerTable())
        self.middlewareList = Mutex([])
    }

    // MARK: Handlers

    /// Calls a handler for each socket that joins, before any of its events are handled.
    ///
    /// The socket's events wait for it.
    public func onConnect(_ handler: @escaping @Sendable (Socket) async -> Void) {
        self.update { $0.connect.append(handler) }
    }

    /// Calls a handler for each socket that joins, on the socket's shard, before any of its events are handled.
    ///
    /// Inline handlers must not block; they are for servers that count microseconds.
    public func onConnectInline(_ handler: @escaping @Sendable (Socket) -> Void) {
        self.update { $0.connectInline.append(handler) }
    }

    /// Calls a handler for each socket that has left, after its last event.
    public func onDisconnect(_ handler: @escaping @Sendable (Socket, DisconnectReason) async -> Void) {
        self.update { $0.disconnect.append(handler) }
    }

    /// Calls a handler for each socket that leaves, at once and on its shard.
    public func onDisconnectInline(_ handler: @escaping @Sendable (Socket, DisconnectReason) -> Void) {
        self.update { $0.disconnectInline.append(handler) }
    }

    /// Handles an event of every socket, its arguments as they came in.
    ///
    /// Events of one socket are handled one after the other, in the order in which they were sent. While a handler waits, no
    /// shard does; a socket whose handlers fall behind by ``ServerOptions/maximumWaitingEvents`` is not read until they catch
    /// up. What a handler throws is logged and otherwise ignored. The last handler set for an event counts.
    public func on(_ event: String, _ handler: @escaping @Sendable (Socket, Event) async throws -> Void) {
        self.update { $0.events[event] = .asynchronous(handler) }
    }

    /// Handles an event of every socket, its arguments decoded: `on("add") { (socket, a: Int, b: Int) in … }`.
    ///
    /// An event whose arguments do not decode is logged and dropped. See ``on(_:_:)-(String,_)`` for the order of events.
    public func on<each Argument: Decodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable (Socket, repeat each Argument) async throws -> Void
    ) {
        self.on(event) { (socket: Socket, event: Event) in
            let arguments = try event.decode(as: repeat (each Argument).self)
            try await handler(socket, repeat each arguments)
        }
    }

    /// Handles an event of every socket and acknowledges it with what the handler returns.
    ///
    /// ```swift
    /// io.of("/").onRequest("add") { (socket, a: Int, b: Int) in a + b }
    /// ```
    /// An event whose arguments do not decode, or whose handler throws, is logged and not acknowledged.
    public func onRequest<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String,
        _ handler: @escaping @Sendable (Socket, repeat each Argument) async throws -> Reply
    ) {
        self.on(event) { (socket: Socket, event: Event) in
            let arguments = try event.decode(as: repeat (each Argument).self)
            let reply = try await handler(socket, repeat each arguments)
            try event.acknowledgement?(reply)
        }
    }

    /// Handles an event of every socket on its shard, at once.
    ///
    /// Inline handlers must not block. Behind an asynchronous handler of the same socket they wait their turn.
    public func onInline(_ event: String, _ handler: @escaping @Sendable (Socket, Event) -> Void) {
        self.update { $0.events[event] = .inline(handler) }
    }

    /// Handles, at once and on the socket's shard, events that have no handler.
    public func onUnknownInline(_ handler: @escaping @Sendable (Socket, Event) -> Void) {
        self.update { $0.unknown = .inline(handler) }
    }

    /// Adds a check that every client passes before it may join.
    ///
    /// Checks run in the order in which they were added.
    ///
    /// The socket is not a member yet: it has a handshake, but nothing can be emitted to it. Throw ``ConnectionRefusal`` to keep
    /// the client out.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        self.middlewareList.withLock { $0.append(middleware) }
    }

    /// Read once for each CONNECT packet.
    var middleware: [@Sendable (Socket) async throws -> Void] {
        self.middlewareList.withLock { $0 }
    }

    private func update(_ change: (inout HandlerTable) -> Void) {
        self.master.withLock { change(&$0) }
        // The table is read when the shard gets to it: of two updates at once the later is never undone by the earlier.
        for shard in self.shards { shard.shard.run { shard.handlers = self.master.withLock { $0 } } }
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

    /// The part of the namespace that lives on a shard.
    func part(on shard: any EngineShard) -> NamespaceShard { self.shards[shard.index] }
}
