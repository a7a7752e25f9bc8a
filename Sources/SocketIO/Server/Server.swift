// Licensed under the MIT licence.

public import EngineIOCore
public import Logging
public import SocketIOCore
import Synchronization

/// A Socket.IO server: namespaces full of sockets, on the shards of an Engine.IO server.
///
/// ```swift
/// let io = Server(shards: engine.shards, logger: logger)
/// io.of("/").on("message") { socket, text in
///     try socket.emit("message-back", text as String)
/// }
/// engine.mount("/socket.io/") { io.accept($0) }
/// ```
///
/// Speaks Socket.IO protocol v5 with clients of v3 and v4, and protocol v4 with clients of v2. May be used from anywhere.
public final class Server: Sendable {
    /// What clients are allowed.
    public let options: ServerOptions
    /// Where connections live.
    public let shards: [any EngineShard]
    let logger: Logger
    let makeAdapter: AdapterFactory
    let registry: Mutex<NamespaceRegistry>
    /// One for each shard; none unless somebody inspects the server.
    let censuses = Mutex<[ConnectionCensus]>([])

    /// Creates a server.
    /// - Parameters:
    ///   - shards: The shards of the engine that will hand over connections.
    ///   - options: What clients are allowed.
    ///   - adapter: Carries broadcasts; within this process by default.
    ///   - logger: Used at `debug` and below. Never gets payloads or ids that are credentials.
    public init(
        shards: [any EngineShard],
        options: ServerOptions = ServerOptions(),
        adapter: @escaping AdapterFactory = { _, local in InMemoryAdapter(local: local) },
        logger: Logger
    ) {
        self.shards = shards
        self.options = options
        self.makeAdapter = adapter
        self.logger = logger
        self.registry = Mutex(NamespaceRegistry(maximumEmpty: options.maximumEmptyNamespaces))
    }

    /// Nobody is in a namespace any more, since each connection keeps the server; but other processes may count on it.
    deinit {
        self.close()
    }

    /// Takes part in no cluster any more: what waits for other processes ends, and they are told nothing more.
    ///
    /// Call it when every connection has ended and before the loops do, since adapters still have work for those. A server that is
    /// let go of while its loops go on need not be closed.
    public func close() {
        for namespace in self.namespaces { namespace.close() }
    }

    // MARK: Namespaces

    /// The namespace of a name such as `/admin`, made if need be.
    ///
    /// Clients can join from then on. A name that belongs to a group (``of(pattern:removesEmpty:)``) is made with the group's
    /// handlers, and goes as others of the group do.
    public func of(_ name: String) -> Namespace {
        self.of(name, isRecoverable: true)
    }

    /// `isRecoverable`: whether clients may come back to it, if they may at all; not where each connection has to prove itself.
    package func of(_ name: String, isRecoverable: Bool) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        let (namespace, parents) = self.registry.withLock { ($0[name], $0.parents) }
        guard let namespace else {
            let parent = parents.first { $0.matches(name) }
            return self.make(name, parent: parent, isRecoverable: isRecoverable, isHeld: false)
        }
        namespace.open()
        return namespace
    }

    /// A group of namespaces whose names match a pattern, each made when the first client asks for it.
    ///
    /// - Parameters:
    ///   - pattern: Such as `/tenant-*`.
    ///   - removesEmpty: Whether a namespace goes when its last socket has left; where clients may come back
    ///     (``ServerOptions/connectionStateRecovery``), once the last of them has been away for too long, the oldest first if there are
    ///     more than ``ServerOptions/maximumEmptyNamespaces``. Otherwise it stays for good, and clients decide how many there are.
    /// - Returns: The group, to set its handlers.
    public func of(pattern: NamespacePattern, removesEmpty: Bool = true) -> ParentNamespace {
        self.add(ParentNamespace(.pattern(pattern), removesEmpty: removesEmpty))
    }

    /// A group of namespaces that a predicate decides on, each made when the first client asks for it.
    ///
    /// Of several groups the first counts, those with patterns before those with predicates.
    ///
    /// - Parameters:
    ///   - removesEmpty: As in ``of(pattern:removesEmpty:)``.
    ///   - predicate: Asked for each client whose namespace is not there yet, with the namespace's name.
    /// - Returns: The group, to set its handlers.
    public func of(
        removesEmpty: Bool = true,
        where predicate: @escaping @Sendable (_ name: String, _ handshake: Handshake) async -> Bool
    ) -> ParentNamespace {
        self.add(ParentNamespace(.predicate(predicate), removesEmpty: removesEmpty))
    }

    /// The namespaces that are there now, in no order.
    public var namespaces: [Namespace] { self.registry.withLock { $0.all } }

    private func add(_ parent: ParentNamespace) -> ParentNamespace {
        self.registry.withLock { $0.add(parent) }
        return parent
    }

    // MARK: Clients

    /// Takes a new session over from the engine.
    ///
    /// Call on its shard.
    public func accept(_ connection: any EngineConnection) -> any EngineConnectionHandler {
        let client = ClientConnection(connection, server: self)
        client.opened()
        return client
    }
}
