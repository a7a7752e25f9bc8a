// Licensed under the MIT licence.

import Chat
import SocketIO

/// The chat's side of one socket.
///
/// Confined to the socket's shard, where it is the socket's `inlineState`.
final class ChatConnection {
    var session: ChatSession

    init(session: ChatSession) {
        self.session = session
    }

    /// The chat's side of a socket; nothing before it has connected or after it has left.
    static func of(_ socket: Socket) -> ChatConnection? {
        socket.inlineState as? ChatConnection
    }
}
