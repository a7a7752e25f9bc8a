// Licensed under the MIT licence.

/// Where users can be, on several nodes at once.
package enum ClusterPlace: Hashable, Sendable {
    /// In a room.
    case room(RoomID)
    /// With the chat at all; who is there is this user or nobody.
    case user(UserID)
}
