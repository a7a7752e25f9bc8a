// Licensed under the MIT licence.

public import SocketIOCore
public import WireJSON

/// A socket of any process of the cluster, as it was when it was fetched.
///
/// What is done to it takes effect wherever the socket is, if it is still there. May be used from anywhere.
public struct RemoteSocket: Sendable {
    private let description: SocketDescription
    private let namespace: Namespace

    init(_ description: SocketDescription, namespace: Namespace) {
        self.description = description
        self.namespace = namespace
    }

    /// What other sockets and the client's own `socket.id` know it by.
    public var id: String { self.description.id }
    /// What the client said when it connected; see ``/SocketIOCore/SocketDescription/handshake``.
    public var handshake: JSONValue { self.description.handshake }
    /// The rooms it was in, its own id first.
    public var rooms: [Room] { self.description.rooms }

    /// What the application keeps with the socket, all of it as a JSON object.
    public var data: JSONValue { self.description.data }

    /// Whom to send to in order to reach this socket alone.
    public var target: BroadcastOperator { self.namespace.to(Room(self.id)) }

    /// Sends an event to the socket.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) throws {
        try self.target.emit(event, arguments: arguments)
    }

    /// Makes the socket a member of rooms.
    public func join(_ rooms: Room...) {
        self.namespace.adapter.join(rooms, self.target.target)
    }

    /// Ends the socket's membership in rooms.
    public func leave(_ rooms: Room...) {
        self.namespace.adapter.leave(rooms, self.target.target)
    }

    /// Puts the socket out of the namespace, or with `close` out of all its namespaces, and ends its connection.
    public func disconnect(close: Bool = false) {
        self.target.disconnectSockets(close: close)
    }
}
