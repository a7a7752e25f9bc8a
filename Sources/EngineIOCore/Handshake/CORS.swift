// Licensed under the MIT licence.

/// What web pages of other origins may do (Fetch standard, "CORS protocol").
///
/// The methods are not a choice: the protocol has GET and POST, and a preflight is OPTIONS.
public struct CORS: Sendable, Hashable {
    /// Which web pages may connect.
    ///
    /// Default ``CORSOrigins/any``.
    public var origins: CORSOrigins
    /// Whether pages may send cookies and other credentials.
    ///
    /// Default `true`: browsers' Engine.IO 3 clients send them, and would not read an answer that does not allow it.
    public var credentials: Bool
    /// The header fields that pages may send.
    ///
    /// Default `nil`: whichever the preflight asks for.
    public var allowedHeaders: [String]?
    /// The header fields of an answer that pages may read beside those that all may.
    ///
    /// Default none.
    public var exposedHeaders: [String]
    /// How long a browser may remember a preflight's answer.
    ///
    /// Default 10 minutes; whole seconds count.
    public var maxAge: Duration

    /// Creates a policy; see each property.
    public init(
        origins: CORSOrigins = .any,
        credentials: Bool = true,
        allowedHeaders: [String]? = nil,
        exposedHeaders: [String] = [],
        maxAge: Duration = .seconds(600)
    ) {
        self.origins = origins
        self.credentials = credentials
        self.allowedHeaders = allowedHeaders
        self.exposedHeaders = exposedHeaders
        self.maxAge = maxAge
    }
}
