// Licensed under the MIT licence.

/// Why an Engine.IO client's session ended, or never began.
package enum EngineClientCloseReason: Error, Equatable, Sendable, CustomStringConvertible {
    /// This side closed it.
    case closedHere
    /// The server sent a close packet (`1`).
    case closedByServer
    /// The connection ended without a close packet; for WebSocket with the close code, if there was a close frame.
    case connectionLost(closeCode: UInt16?)
    /// The server answered a request with another status than the one the protocol asks for.
    case refused(status: Int, body: String)
    /// The server said nothing for longer than ping interval and ping timeout together.
    case heartbeatMissed
    case connectTimedOut
    case connectFailed(String)
    /// The server sent what the protocols do not allow.
    case protocolViolation(String)

    package var description: String {
        switch self {
        case .closedHere: "closed by this client"
        case .closedByServer: "closed by the server"
        case .connectionLost(nil): "connection lost"
        case .connectionLost(let code?): "connection closed with WebSocket code \(code)"
        case .refused(let status, let body): "refused with HTTP \(status) \(body.prefix(200))"
        case .heartbeatMissed: "no heartbeat from the server"
        case .connectTimedOut: "connect timed out"
        case .connectFailed(let why): why
        case .protocolViolation(let what): "protocol violation: \(what)"
        }
    }
}
