// Licensed under the MIT licence.

public import NIOCore

/// Why a request is refused before it reaches a session, and the one table of what the client is told.
///
/// | case | `code` | HTTP status | body |
/// |---|---|---|---|
/// | ``unknownTransport`` | 0 | 400 | `{"code":0,"message":"Transport unknown"}` |
/// | ``unknownSession`` | 1 | 400 | `{"code":1,"message":"Session ID unknown"}` |
/// | ``badHandshakeMethod`` | 2 | 400 | `{"code":2,"message":"Bad handshake method"}` |
/// | ``badRequest`` | 3 | 400 | `{"code":3,"message":"Bad request"}` |
/// | ``forbidden`` | 4 | 403 | `{"code":4,"message":"Forbidden"}` |
/// | ``unsupportedProtocolVersion`` | 5 | 400 | `{"code":5,"message":"Unsupported protocol version"}` |
/// | ``methodNotAllowed`` | – | 405 | `{"message":"Method not allowed"}` |
/// | ``tooManyRequests`` | – | 429 | `{"message":"Too many requests"}` |
/// | ``shuttingDown`` | – | 503 | `{"message":"Server is shutting down"}` |
///
/// Codes and messages are the reference server's (`engine.io/lib/server.ts`, 6.6, `errorMessages`). The same answer
/// goes to a refused WebSocket upgrade.
public enum HandshakeError: Error, Sendable, Hashable, CaseIterable {
    /// `transport` is missing, or names none that this server offers.
    case unknownTransport
    /// `sid` names no session that lives here.
    case unknownSession
    /// A handshake with another method than GET.
    case badHandshakeMethod
    /// The request fits neither the protocol nor the session's state.
    case badRequest
    /// The application, or the list of origins, refuses this client.
    case forbidden
    /// `EIO` is missing, or neither 3 nor 4, or is 3 and not allowed.
    case unsupportedProtocolVersion
    /// A request to a session with another method than GET or POST.
    ///
    /// Outside the code table: the reference server answers with an empty status 500.
    case methodNotAllowed
    /// The client's address has opened as many sessions as it may; `Retry-After` says when to try again.
    ///
    /// Outside the code table: the reference server has no such bound.
    case tooManyRequests
    /// The server takes no new sessions, because it is about to end; another one may, and `Retry-After` says when to try again.
    ///
    /// Outside the code table: the reference server closes its listener first of all. Balancers know by the status that they may
    /// ask the next server.
    case shuttingDown

    /// The number in the JSON body, or `nil` outside the code table.
    public var code: Int? {
        switch self {
        case .unknownTransport: 0
        case .unknownSession: 1
        case .badHandshakeMethod: 2
        case .badRequest: 3
        case .forbidden: 4
        case .unsupportedProtocolVersion: 5
        case .methodNotAllowed, .tooManyRequests, .shuttingDown: nil
        }
    }

    /// The sentence in the JSON body.
    public var message: String {
        switch self {
        case .unknownTransport: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badHandshakeMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden: "Forbidden"
        case .unsupportedProtocolVersion: "Unsupported protocol version"
        case .methodNotAllowed: "Method not allowed"
        case .tooManyRequests: "Too many requests"
        case .shuttingDown: "Server is shutting down"
        }
    }

    /// The status of the HTTP response.
    public var httpStatus: Int {
        switch self {
        case .unknownTransport, .unknownSession, .badHandshakeMethod, .badRequest, .unsupportedProtocolVersion: 400
        case .forbidden: 403
        case .methodNotAllowed: 405
        case .tooManyRequests: 429
        case .shuttingDown: 503
        }
    }

    /// The body of the HTTP response, `application/json`: `{"code":0,"message":"Transport unknown"}`.
    public var body: ByteBuffer {
        if let code = self.code {
            ByteBuffer(string: #"{"code":\#(code),"message":"\#(self.message)"}"#)
        } else {
            ByteBuffer(string: #"{"message":"\#(self.message)"}"#)
        }
    }
}
