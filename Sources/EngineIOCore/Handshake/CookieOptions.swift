// Licensed under the MIT licence.

/// A cookie with the session's id, set by the answer to a handshake: `io=<sid>; Path=/; HttpOnly; SameSite=Lax`.
///
/// For load balancers that keep a client at one server by a cookie; the server itself never reads it. The id is a credential of the session, so
/// leave ``isHTTPOnly`` on.
public struct CookieOptions: Sendable, Hashable {
    /// With which requests from other sites a browser sends the cookie (RFC 6265bis §4.1.2.7).
    public enum SameSite: String, Sendable, Hashable {
        /// None.
        case strict = "Strict"
        /// When the person follows a link.
        case lax = "Lax"
        /// All (`None` on the wire); browsers want ``CookieOptions/isSecure`` for it.
        case crossSite = "None"
    }

    /// The cookie's name.
    ///
    /// Default `io`.
    public var name: String
    /// The path that requests must be under.
    ///
    /// Default `/`; `nil` for the path of the handshake.
    public var path: String?
    /// The domain whose hosts get the cookie.
    ///
    /// Default `nil`: this host alone.
    public var domain: String?
    /// Whether scripts cannot read it.
    ///
    /// Default `true`.
    public var isHTTPOnly: Bool
    /// Whether it is sent over encrypted connections alone.
    ///
    /// Default `false`.
    public var isSecure: Bool
    /// With which requests from other sites it is sent.
    ///
    /// Default ``SameSite/lax``; `nil` leaves it to the browser.
    public var sameSite: SameSite?
    /// How long a browser keeps it; whole seconds count.
    ///
    /// Default `nil`: until it is closed.
    public var maxAge: Duration?

    /// Creates options; see each property.
    public init(
        name: String = "io",
        path: String? = "/",
        domain: String? = nil,
        isHTTPOnly: Bool = true,
        isSecure: Bool = false,
        sameSite: SameSite? = .lax,
        maxAge: Duration? = nil
    ) {
        self.name = name
        self.path = path
        self.domain = domain
        self.isHTTPOnly = isHTTPOnly
        self.isSecure = isSecure
        self.sameSite = sameSite
        self.maxAge = maxAge
    }

    /// The value of `Set-Cookie` for a session.
    package func headerValue(_ session: SessionID) -> String {
        var value = "\(self.name)=\(session.encoded)"
        if let maxAge { value += "; Max-Age=\(max(0, maxAge.components.seconds))" }
        if let domain { value += "; Domain=\(domain)" }
        if let path { value += "; Path=\(path)" }
        if self.isHTTPOnly { value += "; HttpOnly" }
        if self.isSecure { value += "; Secure" }
        if let sameSite { value += "; SameSite=\(sameSite.rawValue)" }
        return value
    }
}
