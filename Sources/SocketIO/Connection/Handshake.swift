// Licensed under the MIT licence.

public import EngineIOCore
public import WireJSON

/// What a client said when it joined a namespace.
public struct Handshake: Sendable {
    /// The request that opened the connection: revision, query, header fields, address, time.
    public let connection: EngineHandshake
    /// The data of the CONNECT packet, an object; `{}` when there was none.
    ///
    /// For clients of Engine.IO 3 the query that follows the namespace, as an object of strings: `/admin?token=a` is
    /// `{"token":"a"}`.
    public let auth: JSONValue

    /// Creates a handshake description.
    public init(connection: EngineHandshake, auth: JSONValue) {
        self.connection = connection
        self.auth = auth
    }
}
