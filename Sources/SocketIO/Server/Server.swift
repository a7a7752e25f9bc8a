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
    private let makeAdapter: AdapterFactory
    let registry = Mutex(NamespaceRegistry())
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
    }

    // MARK: Namespaces

    /// The namespace of a name such as `/admin`, made if need be.
    ///
    /// Clients can join from then on. A name that belongs to a group (``of(pattern:removesEmpty:)``) is made with the group's
    /// handlers, and stays until its last socket has left.
    public func of(_ name: String) -> Namespace {
        self.of(name, isRecoverable: true)
    }

    /// `isRecoverable`: whether clients may come back to it, if they may at all; not where each connection has to prove itself.
    package func of(_ name: String, isRecoverable: Bool) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        return self.registry.withLock { registry in
            registry[name]
                ?? self.make(
                    name,
                    parent: registry.parent(matching: name),
                    isRecoverable: isRecoverable,
                    in: &registry
                )
        }
    }

    /// A group of namespaces whose names match a pattern, each made when the first client asks for it.
    ///
    /// - Parameters:
    ///   - pattern: Such as `/tenant-*`.
    ///   - removesEmpty: Whether a namespace goes when its last socket has left, and with it what that socket's client could come
    ///     back for; otherwise it stays for good, and clients decide how many there are.
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

    private func make(
        _ name: String,
        parent: ParentNamespace?,
        isRecoverable: Bool = true,
        in registry: inout NamespaceRegistry
    ) -> Namespace {
        let instrumentations = registry.instrumentations
        let make: (HandlerTable) -> Namespace = { handlers in
            var handlers = handlers
            for instrumentation in instrumentations { instrumentation(name, &handlers) }
            return Namespace(
                name: name,
                server: self,
                parent: parent,
                handlers: handlers,
                isRecoverable: isRecoverable,
                makeAdapter: self.makeAdapter
            )
        }
        let namespace = parent?.makeChild(make) ?? make(HandlerTable())
        registry.add(namespace)
        return namespace
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

    /// The namespace that a client asks for, as far as that can be told at once; held for it.
    func hold(_ name: String) -> Namespace? {
        self.registry.withLock { registry in
            if registry[name] == nil, let parent = registry.parent(matching: name) {
                _ = self.make(name, parent: parent, in: &registry)
            }
            return registry.hold(name)
        }
    }

    /// Whether it takes predicates to say that there is no namespace of a name.
    var hasPredicates: Bool {
        self.registry.withLock { registry in
            registry.parents.contains { if case .predicate = $0.rule { true } else { false } }
        }
    }

    /// The namespace that a predicate allows a client; held for it.
    func hold(_ name: String, askingFor handshake: Handshake) async -> Namespace? {
        for parent in self.registry.withLock({ $0.parents }) {
            guard case .predicate(let predicate) = parent.rule, await predicate(name, handshake) else { continue }
            return self.registry.withLock { registry in
                if registry[name] == nil { _ = self.make(name, parent: parent, in: &registry) }
                return registry.hold(name)
            }
        }
        return nil
    }

    /// A client is not in a namespace, or not any more.
    func release(_ namespace: Namespace) {
        guard let parent = namespace.parent, self.registry.withLock({ $0.release(namespace) }) else { return }
        parent.remove(namespace)
        namespace.adapter.close()
    }
}
