// Licensed under the MIT licence.

/// How an Engine.IO server behaves; names and defaults are the Node.js server's unless told otherwise.
public struct EngineIOOptions: Sendable {
    /// The default of ``maxHTTPBufferSize``: 1,000,000.
    public static let defaultMaxHTTPBufferSize = 1_000_000

    /// How long after the last heartbeat the next one is due.
    ///
    /// Default 25 s; told to the client in milliseconds.
    public var pingInterval: Duration
    /// How long a heartbeat may take before the session counts as dead.
    ///
    /// Default 20 s; told to the client in milliseconds.
    ///
    /// Engine.IO 4: from the server's ping to the client's pong. Engine.IO 3: the client pings, and the session is dead
    /// after ``pingInterval`` and this time together without one.
    public var pingTimeout: Duration
    /// How long an upgrade may take from the WebSocket's opening to the client's `upgrade` packet.
    ///
    /// Default 10 s.
    public var upgradeTimeout: Duration
    /// The most bytes of a polling body or a WebSocket message, told to the client as `maxPayload`.
    ///
    /// Default 1,000,000, as of Node.js's `maxHttpBufferSize`.
    public var maxHTTPBufferSize: Int
    /// The transports offered.
    ///
    /// Default both.
    public var transports: Set<TransportName>
    /// Whether a session may move from polling to WebSocket.
    ///
    /// Default `true`.
    public var allowUpgrades: Bool
    /// Whether clients of Engine.IO 3 (Socket.IO v2) are served.
    ///
    /// Default `true`, unlike in Node.js: such clients are served here as they are.
    public var allowEIO3: Bool
    /// What web pages of other origins may do.
    ///
    /// Default: pages of any origin may connect (unlike in Node.js, where none may), with credentials.
    public var cors: CORS
    /// How WebSocket messages are compressed with clients that offer it.
    ///
    /// Default `nil`: not at all, as in Node.js. What comes out of a compressed message counts against ``maxHTTPBufferSize``.
    public var perMessageDeflate: PerMessageDeflate?
    /// How answers to polls are compressed for clients that accept it.
    ///
    /// Default `nil`: not at all, unlike in Node.js, where answers of 1,024 bytes and more are. It takes the event loop's time,
    /// which all connections share, for the few that stay on polling; turn it on where bytes are dearer.
    public var httpCompression: HTTPCompression?
    /// A cookie with the session's id, set by the answer to a handshake.
    ///
    /// Default `nil`: none, as in Node.js since version 4 of Socket.IO.
    public var cookie: CookieOptions?
    /// Decides whether a client may open a session, before there is one.
    ///
    /// Default `nil`: all may.
    ///
    /// Asked once for each handshake, be it a polling request or a WebSocket, after everything else about the request was found good; not
    /// for an upgrade, whose session it has let in.
    public var allowRequest: EngineRequestGate?
    /// Header fields of the answer that opens a session (the event `initial_headers` in Node.js); of the 101 answer where that is a
    /// WebSocket.
    ///
    /// Default `nil`.
    public var initialHeaders: EngineHeaderHook?
    /// Header fields of every answer to a request that could be read (the event `headers` in Node.js), errors included.
    ///
    /// Default `nil`.
    public var headers: EngineHeaderHook?
    /// The proxies that tell where a client is.
    ///
    /// Default ``TrustedProxies/none``.
    public var trustedProxies: TrustedProxies
    /// What a peer may cost.
    public var limits: EngineIOLimits

    /// Creates options; see each property.
    public init(
        pingInterval: Duration = .seconds(25),
        pingTimeout: Duration = .seconds(20),
        upgradeTimeout: Duration = .seconds(10),
        maxHTTPBufferSize: Int = EngineIOOptions.defaultMaxHTTPBufferSize,
        transports: Set<TransportName> = [.polling, .websocket],
        allowUpgrades: Bool = true,
        allowEIO3: Bool = true,
        cors: CORS = CORS(),
        perMessageDeflate: PerMessageDeflate? = nil,
        httpCompression: HTTPCompression? = nil,
        cookie: CookieOptions? = nil,
        allowRequest: EngineRequestGate? = nil,
        initialHeaders: EngineHeaderHook? = nil,
        headers: EngineHeaderHook? = nil,
        trustedProxies: TrustedProxies = .none,
        limits: EngineIOLimits = EngineIOLimits()
    ) {
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.upgradeTimeout = upgradeTimeout
        self.maxHTTPBufferSize = maxHTTPBufferSize
        self.transports = transports
        self.allowUpgrades = allowUpgrades
        self.allowEIO3 = allowEIO3
        self.cors = cors
        self.perMessageDeflate = perMessageDeflate
        self.httpCompression = httpCompression
        self.cookie = cookie
        self.allowRequest = allowRequest
        self.initialHeaders = initialHeaders
        self.headers = headers
        self.trustedProxies = trustedProxies
        self.limits = limits
    }

    /// The transports that a session on this transport may move to.
    public func upgrades(from transport: TransportName) -> [TransportName] {
        switch transport {
        case .polling: self.allowUpgrades && self.transports.contains(.websocket) ? [.websocket] : []
        case .websocket: []
        }
    }
}
