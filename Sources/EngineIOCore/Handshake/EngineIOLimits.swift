// Licensed under the MIT licence.

/// What one peer may cost: every size, count and time that a peer controls, except for
/// ``EngineIOOptions/maxHTTPBufferSize`` and the heartbeat times.
///
/// A peer beyond a limit is refused or its session ends. Stock clients stay far below all of them.
public struct EngineIOLimits: Sendable, Hashable {
    /// The most packets in one polling body.
    ///
    /// Default 1,000.
    ///
    /// Clients post their whole write buffer at once, cut only at `maxPayload` bytes, so a small number
    /// (python-engineio takes 16) ends sessions of honest clients after a burst or a reconnection. A thousand packets
    /// are more than a person or a page gathers during one request, and few enough to handle in one turn of an event
    /// loop.
    public var maximumPacketsPerPayload = 1_000
    /// The most packets in one answer to a poll; what is left waits for the next.
    ///
    /// Default 16: python-engineio's clients refuse more (`payload.py`, `max_decode_packets`).
    public var maximumPacketsPerAnswer = 16
    /// The most frames that one WebSocket message may be split into.
    ///
    /// Default 1,024: at 1,000,000 bytes about 1 KB a frame.
    public var maximumFragmentsPerMessage = 1_024
    /// The most header fields of a request.
    ///
    /// Default 100, as in Apache and others; browsers send about 20.
    public var maximumHeaderFields = 100
    /// The most bytes of a request's line and header fields together.
    ///
    /// Default 16 KiB, as in Node.js.
    public var maximumHeaderBytes = 16 * 1_024
    /// The most bytes of a request's query.
    ///
    /// Default 8 KiB: v2 clients put tokens there.
    public var maximumQueryBytes = 8 * 1_024
    /// The most parameters of a request's query.
    ///
    /// Default 64.
    public var maximumQueryParameters = 64
    /// The most handshakes that wait for ``EngineIOOptions/allowRequest`` on one event loop; a further one is answered 503.
    ///
    /// Default 1,000.
    public var maximumPendingRequests = 1_000
    /// How long a request may take to arrive whole, header and body.
    ///
    /// Default 10 s.
    public var requestDeadline: Duration = .seconds(10)
    /// How long after a polling handshake the first request with the new `sid` must come.
    ///
    /// Default 10 s.
    public var unpolledHandshakeDeadline: Duration = .seconds(10)
    /// How long a session that this side closes waits for the peer to take what is due.
    ///
    /// Default 10 s (the reference server waits 30 s for a poll).
    public var closeDeadline: Duration = .seconds(10)
    /// The most bytes that wait for one peer to read them.
    ///
    /// Default 4 MiB.
    ///
    /// Beyond it volatile messages are dropped and the next reliable one ends the session. A single message of any size
    /// may always wait alone, so this does not bound messages. 4 MiB is many seconds of a busy room (ten thousand
    /// messages of 200 bytes), more than a working connection ever lags, while a broadcast's bytes are shared by
    /// all who wait for them.
    public var maximumOutboundBytes = 4 * 1_024 * 1_024
    /// The most ping, pong, upgrade and noop packets, and WebSocket control frames, that one peer may send in a second.
    ///
    /// Default 32; clients send one or two in each ``EngineIOOptions/pingInterval``, and three more in an upgrade.
    public var maximumControlPacketsPerSecond = 32

    /// The defaults; change what should differ.
    public init() {}
}
