// Licensed under the MIT licence.

package import WireJSON

/// Why something that was asked of a ``SocketClient`` did not happen.
package enum ClientError: Error, Sendable, Equatable {
    /// The server refused the namespace; the payload of its CONNECT_ERROR, such as `{"message":"Invalid namespace"}`.
    case refused(JSONValue?)
    /// Nothing came in the time given; the text names what was waited for.
    case timedOut(String)
    /// The socket's end; no event or acknowledgement can come any more.
    case closed(ClientCloseReason)
    /// There is a socket in this namespace already, or one that is still connecting.
    case alreadyConnected
}

/// How a ``SocketClient`` ended.
package enum ClientCloseReason: Error, Sendable, Equatable {
    /// The server sent a DISCONNECT packet for the namespace.
    case disconnectedByServer
    /// This side sent one.
    case disconnectedHere
    /// The session below ended.
    case sessionEnded(EngineClientCloseReason)
}
