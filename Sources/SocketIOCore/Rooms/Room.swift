// Licensed under the MIT licence.

/// The name of a room: a set of sockets of one namespace that a broadcast can address.
///
/// Rooms come into being with their first member and go with their last. Two rooms are the same when name and realm
/// are; names are compared byte by byte.
public struct Room: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The name within its realm; may be any string, also one that a client chose.
    public let name: String
    /// Who the name belongs to: 0 is the application's own rooms.
    ///
    /// Names from the wire can only ever mean realm 0, so rooms of other realms are
    /// beyond the reach of clients by construction, whatever they call theirs.
    public let realm: UInt8

    /// Names a room.
    public init(_ name: String, realm: UInt8 = 0) {
        self.name = name
        self.realm = realm
    }

    /// Names a room of the application.
    public init(stringLiteral name: String) {
        self.init(name)
    }

    /// What an event to one socket alone is for: not its id's room, which others may join.
    public static func direct(to socketID: String) -> Room { Room(socketID, realm: .max) }

    /// Whether names and realms are the same, byte by byte: unlike `String`, which takes canonically equivalent ones
    /// for equal.
    public static func == (left: Room, right: Room) -> Bool {
        guard left.realm == right.realm else { return false }
        var leftName = left.name
        var rightName = right.name
        return leftName.withUTF8 { leftBytes in
            rightName.withUTF8 { UnsafeRawBufferPointer(leftBytes).hasSameBytes(as: UnsafeRawBufferPointer($0)) }
        }
    }

    /// Hashes the bytes of the name, and the realm.
    public func hash(into hasher: inout Hasher) {
        var name = self.name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(self.realm)
    }
}
