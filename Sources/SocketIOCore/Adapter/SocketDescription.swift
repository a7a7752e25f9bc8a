// Licensed under the MIT licence.

public import WireJSON

/// A socket of any process, as it was when it was asked for.
public struct SocketDescription: Sendable, Equatable {
    /// The socket's id.
    public var id: String
    /// What the client said when it connected, an object with the reference server's members:
    /// `{"headers":{…},"time":…,"address":…,"xdomain":…,"secure":…,"issued":…,"url":…,"query":{…},"auth":{…}}`.
    public var handshake: JSONValue
    /// The rooms it is in, its own id first.
    public var rooms: [Room]
    /// What the application keeps with the socket, an object.
    public var data: JSONValue

    /// Creates a description.
    public init(id: String, handshake: JSONValue, rooms: [Room], data: JSONValue) {
        self.id = id
        self.handshake = handshake
        self.rooms = rooms
        self.data = data
    }
}
