// Licensed under the MIT licence.

public import SocketIOCore

/// What has happened to a room in this process.
public enum RoomEvent: Sendable, Hashable {
    /// The room has its first member.
    case created(Room)
    /// The room has lost its last member.
    case deleted(Room)
    /// A socket is now a member.
    case joined(Room, socketID: String)
    /// A socket is no member any more; also when it has left the namespace.
    case left(Room, socketID: String)
}
