// Licensed under the MIT licence.

public import EngineIO
public import EngineIOCore
public import SocketIO

/// How a Socket.IO server is served; every part has a default, that of the Node.js server where it has one.
///
/// ```swift
/// var configuration = SocketIOConfiguration()
/// configuration.engine.pingInterval = .seconds(10)
/// configuration.engine.cors.origins = .only(["https://chat.example"])
/// configuration.server.acknowledgementTimeout = .seconds(5)
/// ```
public struct SocketIOConfiguration: Sendable {
    /// The path that clients ask for; `/socket.io/` by default, which is the clients' default too.
    public var path: String
    /// What the Socket.IO layer allows: time limits, acknowledgements, namespaces.
    public var server: ServerOptions
    /// What the Engine.IO layer does: heartbeat, transports, origins, message sizes.
    public var engine: EngineIOOptions
    /// The most connections at once; 0, the default, leaves it to the limit on open files.
    public var maximumConnections: Int
    /// How bytes leave; the best way that works on this system by default.
    public var sendPath: SendPath

    /// Creates a configuration; see each property.
    public init(
        path: String = "/socket.io/",
        server: ServerOptions = ServerOptions(),
        engine: EngineIOOptions = EngineIOOptions(),
        maximumConnections: Int = 0,
        sendPath: SendPath = .best
    ) {
        self.path = path
        self.server = server
        self.engine = engine
        self.maximumConnections = maximumConnections
        self.sendPath = sendPath
    }
}
