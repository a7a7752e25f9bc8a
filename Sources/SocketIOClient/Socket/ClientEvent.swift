// Licensed under the MIT licence.

package import NIOCore
package import WireJSON

/// An event that the server emitted.
package struct ClientEvent: Sendable {
    package var name: String
    /// The arguments; binary ones are placeholders (`{"_placeholder":true,"num":0}`) that number ``attachments``.
    package var arguments: [JSONValue]
    package var attachments: [ByteBuffer]
    /// Set when the server asked for an acknowledgement; see ``SocketClient/acknowledge(_:_:attachments:)``.
    package var ackID: UInt64?
}

/// What the server answered to an emit.
package struct ClientAnswer: Sendable {
    package var arguments: [JSONValue]
    package var attachments: [ByteBuffer]
}
