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
    private let namespaces = Mutex<[String: Namespace]>([:])

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

    /// The namespace of a name such as `/admin`, made if need be.
    ///
    /// Clients can join from then on.
    public func of(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        return self.namespaces.withLock { namespaces in
            if let namespace = namespaces[name] { return namespace }
            let namespace = Namespace(name: name, server: self, makeAdapter: self.makeAdapter)
            namespaces[name] = namespace
            return namespace
        }
    }

    /// The namespace of a name, if there is one.
    ///
    /// Taken once for each CONNECT packet, not for messages.
    func namespace(named name: String) -> Namespace? {
        self.namespaces.withLock { $0[name] }
    }

    /// Takes a new session over from the engine.
    ///
    /// Call on its shard.
    public func accept(_ connection: any EngineConnection) -> any EngineConnectionHandler {
        let client = ClientConnection(connection, server: self)
        client.opened()
        return client
    }
}
