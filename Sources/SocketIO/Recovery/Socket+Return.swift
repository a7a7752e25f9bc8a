// Licensed under the MIT licence.

package import SocketIOCore
package import WireJSON

// For applications that have to know of recovery on the shard, at once.
extension Socket {
    /// Whether the client may come back as this socket when its connection is lost.
    ///
    /// Call on ``shard``, also in inline handlers of `onDisconnect`.
    package var isRecoverable: Bool { self.recovery != nil }

    /// Whether the client, which has left for this reason, may come back as this socket.
    ///
    /// Call on ``shard``, in inline handlers of `onDisconnect`.
    package func mayReturn(after reason: DisconnectReason) -> Bool { self.isRecoverable && reason.isRecoverable }

    /// The rooms it is in, as ``rooms``.
    ///
    /// Call on ``shard``.
    package var presentRooms: [Room] { self.part.rooms(of: self) }
}

extension SocketData {
    /// Keeps a value that is JSON already under a name, in place of any other.
    package func set(_ name: String, json: JSONValue) {
        self.replace(name, json)
    }
}
