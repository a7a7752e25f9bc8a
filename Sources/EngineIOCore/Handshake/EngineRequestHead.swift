// Licensed under the MIT licence.

/// An HTTP request to an Engine.IO path, without its body, as hooks of ``EngineIOOptions`` see it.
public struct EngineRequestHead: Sendable {
    /// The method, such as `GET`.
    public var method: String
    /// The request's target: path and query, still encoded.
    public var target: String
    /// The request's header fields.
    public var headers: HeaderBlock
    /// The client's address without its port: the direct peer's, or what ``EngineIOOptions/trustedProxies`` say.
    public var address: String
    /// Whether the client's connection is encrypted, as ``EngineIOOptions/trustedProxies`` say; this server itself speaks no TLS.
    public var isSecure: Bool

    /// Creates a description of a request.
    public init(method: String, target: String, headers: HeaderBlock, address: String, isSecure: Bool = false) {
        self.method = method
        self.target = target
        self.headers = headers
        self.address = address
        self.isSecure = isSecure
    }

    /// The query, decoded, in the order of the request; empty if it is longer than a server takes by default.
    public var query: [(name: String, value: String)] {
        (try? HandshakeQuery(target: self.target))?.parameters ?? []
    }
}

/// What the application decides about a client that wants to open a session.
public enum RequestDecision: Sendable, Hashable {
    /// It may.
    case allow
    /// It may not: HTTP 403 with `{"code":4,"message":"Forbidden"}`, or another message.
    case refuse(message: String = "Forbidden")

    /// The body of a refusal.
    package static func body(refusing message: String) -> String {
        var body = #"{"code":4,"message":""#
        for scalar in message.unicodeScalars {
            switch scalar {
            case "\"": body += "\\\""
            case "\\": body += "\\\\"
            case "\u{0}"..<" ":
                body += "\\u00" + String(decoding: PercentEncoding.hexDigits(of: UInt8(scalar.value)), as: UTF8.self)
            default: body.unicodeScalars.append(scalar)
            }
        }
        return body + "\"}"
    }
}

/// Decides whether a client may open a session.
///
/// Called on the global executor. A client waits for at most ``EngineIOLimits/requestDeadline``; the task is cancelled then,
/// and when the client goes away.
public typealias EngineRequestGate = @Sendable (EngineRequestHead) async -> RequestDecision

/// Gives header fields that an answer carries.
///
/// Called on an event loop: it must not block.
///
/// `set-cookie`, `vary` and `link` are added to those of the server, others replace them. Left out are fields whose name is
/// no token or whose value has line breaks or other control characters (RFC 9110 §5), and those that say how the
/// answer is to be read: `connection`, `content-encoding`, `content-length`, `content-type`, `transfer-encoding`, `upgrade` and
/// `sec-websocket-…`.
public typealias EngineHeaderHook = @Sendable (EngineRequestHead) -> [(name: String, value: String)]
