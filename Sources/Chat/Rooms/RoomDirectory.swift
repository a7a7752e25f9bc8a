// Licensed under the MIT licence.

/// Who is in which of the rooms that are at home on one shard.
///
/// A room begins with its first member and ends with its last; nothing is kept of empty rooms. A member is one socket,
/// whatever the shell uses to tell sockets apart; a user may have several in one room, and others are told only of the
/// first that comes and the last that goes.
package struct RoomDirectory<Member: Hashable & Sendable>: Sendable {
    /// What a join changed.
    package enum Arrival: Equatable, Sendable {
        /// The first socket of its user: the others are told.
        case first
        /// Another socket of a user who is in the room.
        case further
        /// The socket was in the room already.
        case known
    }

    /// What a leave changed.
    package struct Departure: Equatable, Sendable {
        /// Who left.
        package let user: ChatUser
        /// Whether this was the user's last socket in the room, so that the others are told.
        package let wasLast: Bool
        /// Whether the room has ended.
        package let roomEnded: Bool
    }

    private var rooms: [RoomID: RoomOccupancy<Member>] = [:]

    /// Starts without rooms.
    package init() {}

    /// How many rooms there are.
    package var count: Int { self.rooms.count }

    /// Adds a socket to a room.
    package mutating func join(_ member: Member, as user: ChatUser, _ room: RoomID) -> Arrival {
        switch self.rooms[room, default: RoomOccupancy()].insert(member, user) {
        case true?: .first
        case false?: .further
        case nil: .known
        }
    }

    /// Removes a socket from a room; nil if it was not in.
    package mutating func leave(_ member: Member, _ room: RoomID) -> Departure? {
        guard let departed = self.rooms[room]?.remove(member) else { return nil }
        let ended = self.rooms[room]?.isEmpty ?? true
        if ended { self.rooms[room] = nil }
        return Departure(user: departed.user, wasLast: departed.wasLast, roomEnded: ended)
    }

    /// The distinct users in a room, sorted by the bytes of their ids.
    package func users(in room: RoomID) -> [UserID] { self.rooms[room]?.users ?? [] }

    /// How many sockets are in a room.
    package func memberCount(of room: RoomID) -> Int { self.rooms[room]?.count ?? 0 }

    /// Whether anybody is in a room.
    func contains(_ room: RoomID) -> Bool { self.rooms[room] != nil }

    /// Whether a socket is in a room.
    package func contains(_ member: Member, in room: RoomID) -> Bool { self.rooms[room]?.user(of: member) != nil }

    /// A number that changes whenever a user comes to a room or goes.
    func version(of room: RoomID) -> UInt64 { self.rooms[room]?.version ?? 0 }
}
