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
    /// How much one client address may open; `nil`, the default, sets no bound.
    public var addressLimits: AddressLimits?
    /// The peers whose connections begin with the header of the PROXY protocol; `nil`, the default, if none do.
    public var proxyProtocolPeers: TrustedProxies?
    /// Ends TLS on every connection; `nil`, the default, to serve in clear text.
    public var tls: EngineTLS?
    /// How bytes leave; the best way that works on this system by default.
    public var sendPath: SendPath
    /// Over how long connections are ended when the server is asked to stop; zero, the default, ends them all at once.
    ///
    /// With other servers to go to, a while keeps clients from coming to them all in one moment. New sessions are refused meanwhile
    /// (``/EngineIOCore/HandshakeError/shuttingDown``); all else is answered as before by a ``SocketIOService``, which closes its
    /// listener behind that, after 3 seconds at the earliest (or this time, if that is shorter). Hummingbird's `Application`
    /// closes it first.
    public var drainDuration: Duration

    /// Creates a configuration; see each property.
    public init(
        path: String = "/socket.io/",
        server: ServerOptions = ServerOptions(),
        engine: EngineIOOptions = EngineIOOptions(),
        maximumConnections: Int = 0,
        addressLimits: AddressLimits? = nil,
        proxyProtocolPeers: TrustedProxies? = nil,
        tls: EngineTLS? = nil,
        sendPath: SendPath = .best,
        drainDuration: Duration = .zero
    ) {
        self.path = path
        self.server = server
        self.engine = engine
        self.maximumConnections = maximumConnections
        self.addressLimits = addressLimits
        self.proxyProtocolPeers = proxyProtocolPeers
        self.tls = tls
        self.sendPath = sendPath
        self.drainDuration = drainDuration
    }
}
