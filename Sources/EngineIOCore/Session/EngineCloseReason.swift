// Licensed under the MIT licence.

/// Why a session ended, with the strings that Socket.IO users know.
///
/// The first five raw values are the reference server's (`engine.io/lib/socket.ts`, `socket.io/lib/socket-types.ts`, 4.8).
public enum EngineCloseReason: String, Sendable, Hashable, CaseIterable {
    /// The peer went away: the connection was closed, a poll was aborted, or a `close` packet came.
    case transportClose = "transport close"
    /// The peer broke a transport rule (bad frame, overlapping polls, an oversized message).
    case transportError = "transport error"
    /// No heartbeat came in time.
    case pingTimeout = "ping timeout"
    /// The peer sent something that is not a packet, or a packet that this state forbids.
    case parseError = "parse error"
    /// This side closed the session.
    case forcedServerClose = "forced server close"
    /// The server is shutting down.
    case serverShuttingDown = "server shutting down"
    /// The peer did not read fast enough and its byte budget ran out.
    case slowConsumer = "slow consumer"
}
