// Licensed under the MIT licence.

/// What a request to an Engine.IO path asks for, decided by the request alone.
///
/// ``decide(method:query:isUpgrade:origin:options:)`` makes the checks of the reference server
/// (`engine.io/lib/server.ts`, 6.6, `verify` and `handshake`) in the same order; what needs the session (does it live,
/// on which transport) is left to its shard.
public enum RequestRoute: Sendable, Hashable {
    /// Opens a session.
    ///
    /// With `jsonp` the answer is a script.
    case handshake(ProtocolRevision, TransportName, jsonp: JSONP.Index?)
    /// Waits for packets.
    ///
    /// ``HandshakeError/badRequest`` if the session is no longer on polling.
    case poll(SessionID, jsonp: JSONP.Index?)
    /// Brings packets.
    ///
    /// ``HandshakeError/badRequest`` if the session is no longer on polling.
    case post(SessionID, jsonp: JSONP.Index?)
    /// Opens a WebSocket for a session on polling.
    case upgrade(SessionID)
    /// Fits no session: ``HandshakeError/unknownSession`` if there is none with this id, otherwise
    /// ``HandshakeError/badRequest``, and the session lives on.
    case misfit(SessionID)

    /// The session that is visited, if there is to be one already.
    package var sessionID: SessionID? {
        switch self {
        case .handshake: nil
        case .poll(let id, _), .post(let id, _), .upgrade(let id), .misfit(let id): id
        }
    }

    /// The method of a request, as far as it matters.
    public enum Method: Sendable, Hashable {
        /// GET.
        case get
        /// POST.
        case post
        /// Any other.
        ///
        /// CORS preflights (OPTIONS) are answered before.
        case other

        /// Reads a method; they are case-sensitive (RFC 9110 §9.1).
        public init(_ name: some StringProtocol) {
            self = name == "GET" ? .get : name == "POST" ? .post : .other
        }
    }

    /// What the `Origin` header is worth.
    public enum Origin: Sendable, Hashable {
        /// None, or one that may connect.
        case accepted
        /// One that ``CORSOrigins`` does not allow.
        case foreign
        /// A value with bytes that no header field may have (RFC 9110 §5.5).
        case malformed
    }

    /// Decides what a request asks for.
    ///
    /// In this order: transport (code 0); malformed origin (3); with a `sid`: its form (1), foreign origin (4), method (405),
    /// JSONP index (3); without: method (2), WebSocket or not (3), foreign origin (4), `EIO` (5), JSONP index (3). The reference server
    /// serves polls of foreign origins and leaves it to browsers to keep the answers from their pages. A missing `EIO` is code 5 here; the reference server takes it for 3. It
    /// is not looked at once there is a `sid`: the handshake has settled the revision.
    /// - Parameters:
    ///   - method: The request's method.
    ///   - query: The request's query.
    ///   - isUpgrade: The request asks for a WebSocket (RFC 6455 §4.1).
    ///   - origin: The verdict on the `Origin` header.
    ///   - options: The server's options: `transports`, `allowUpgrades` and `allowEIO3` count.
    /// - Returns: What the request asks for.
    /// - Throws: ``HandshakeError``.
    public static func decide(
        method: Method,
        query: HandshakeQuery,
        isUpgrade: Bool,
        origin: Origin = .accepted,
        options: EngineIOOptions
    ) throws(HandshakeError) -> RequestRoute {
        guard let transport = query.transport.flatMap(TransportName.init(rawValue:)),
            options.transports.contains(transport)
        else { throw .unknownTransport }
        guard origin != .malformed else { throw .badRequest }
        guard !query.isSIDRepeated else { throw .unknownSession }
        if let sid = query.sid, !sid.isEmpty {
            guard let session = SessionID(sid) else { throw .unknownSession }
            guard origin != .foreign else { throw .forbidden }
            return try existing(session, method, transport, query, isUpgrade: isUpgrade, options)
        }
        guard method == .get else { throw .badHandshakeMethod }
        // The reference server opens a WebSocket for `transport=polling` and closes it at once; an answer is kinder.
        guard isUpgrade == (transport == .websocket) else { throw .badRequest }
        guard origin != .foreign else { throw .forbidden }
        guard let revision = query.eio.flatMap(ProtocolRevision.init(parameter:)), revision == .v4 || options.allowEIO3
        else { throw .unsupportedProtocolVersion }
        return .handshake(revision, transport, jsonp: transport == .polling ? try jsonpIndex(query) : nil)
    }

    private static func existing(
        _ session: SessionID,
        _ method: Method,
        _ transport: TransportName,
        _ query: HandshakeQuery,
        isUpgrade: Bool,
        _ options: EngineIOOptions
    ) throws(HandshakeError) -> RequestRoute {
        guard method != .other else { throw .methodNotAllowed }
        guard isUpgrade == (transport == .websocket) else { return .misfit(session) }
        if isUpgrade { return method == .get && options.allowUpgrades ? .upgrade(session) : .misfit(session) }
        let jsonp = try jsonpIndex(query)
        return method == .get ? .poll(session, jsonp: jsonp) : .post(session, jsonp: jsonp)
    }

    private static func jsonpIndex(_ query: HandshakeQuery) throws(HandshakeError) -> JSONP.Index? {
        guard let j = query.j else { return nil }
        guard let index = JSONP.Index(parameter: j) else { throw .badRequest }
        return index
    }
}
