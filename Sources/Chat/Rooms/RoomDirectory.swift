// Licensed under the MIT licence.

/// Who is in which of the rooms that are at home on one shard.
///
/// A room begins with its first member and ends with its last; nothing is kept of empty rooms. A member is one socket of this
/// node, whatever the shell uses to tell sockets apart; a user may have several in one room, and may be in it on other nodes
/// too. Others are told only of the first that comes and the last that goes.
package struct RoomDirectory<Member: Hashable & Sendable>: Sendable {
    /// What a join changed.
    package enum Arrival: Equatable, Sendable {
        /// The first socket of its user: the others are told.
        case first
        /// The first socket here of a user who is in the room on another node.
        case firstHere
        /// Another socket of a user who is in the room here.
        case further
        /// The socket was in the room already.
        case known
    }

    /// What a leave changed.
    package struct Departure: Equatable, Sendable {
        /// Who left.
        package let user: ChatUser
        /// Whether this was the user's last socket in the room on this node.
        package let wasLastHere: Bool
        /// Whether the user is on no other node either, so that the others are told.
        package let wasLast: Bool
        /// Whether no socket of this node is left in the room.
        package let roomEnded: Bool
    }

    private var rooms: [RoomID: RoomOccupancy<Member>] = [:]

    /// Starts without rooms.
    package init() {}

    /// How many rooms have members here.
    package private(set) var count = 0

    /// How many memberships there are here: sockets, each as often as it is in a room.
    package private(set) var membershipCount = 0

    /// Adds a socket to a room.
    package mutating func join(_ member: Member, as user: ChatUser, _ room: RoomID) -> Arrival {
        let arrival = self.rooms[room, default: RoomOccupancy()].insert(member, user)
        if arrival != .known { self.membershipCount += 1 }
        if arrival != .known, self.memberCount(of: room) == 1 { self.count += 1 }
        return arrival
    }

    /// Removes a socket from a room; nil if it was not in.
    package mutating func leave(_ member: Member, _ room: RoomID) -> Departure? {
        guard let departed = self.rooms[room]?.remove(member) else { return nil }
        let ended = self.memberCount(of: room) == 0
        self.membershipCount -= 1
        if ended { self.count -= 1 }
        self.removeIfEmpty(room)
        return Departure(
            user: departed.user,
            wasLastHere: departed.wasLastHere,
            wasLast: departed.wasLast,
            roomEnded: ended
        )
    }

    /// A user is in a room on one more, or one less, of the other nodes.
    ///
    /// - Returns: Whether others are told.
    mutating func note(_ difference: RoomRoster.Difference, in room: RoomID) -> Bool {
        switch difference {
        case .came(let user):
            return self.rooms[room, default: RoomOccupancy()].came(user.id)
        case .left(let user):
            let isGone = self.rooms[room]?.left(user.id) ?? false
            self.removeIfEmpty(room)
            return isGone
        }
    }

    /// Nothing is known any more of who is in a room on other nodes.
    ///
    /// Call when no socket of this node is in it.
    mutating func forget(_ room: RoomID) { self.rooms[room] = nil }

    /// The distinct users in a room, sorted by the bytes of their ids.
    package func users(in room: RoomID) -> [UserID] { self.rooms[room]?.users ?? [] }

    /// How many sockets are in a room.
    package func memberCount(of room: RoomID) -> Int { self.rooms[room]?.count ?? 0 }

    /// Whether any socket of this node is in a room.
    func contains(_ room: RoomID) -> Bool { self.memberCount(of: room) > 0 }

    /// Whether a socket is in a room.
    package func contains(_ member: Member, in room: RoomID) -> Bool { self.rooms[room]?.user(of: member) != nil }

    /// A number that changes whenever a user comes to a room or goes.
    func version(of room: RoomID) -> UInt64 { self.rooms[room]?.version ?? 0 }

    private mutating func removeIfEmpty(_ room: RoomID) {
        if self.rooms[room]?.isEmpty == true { self.rooms[room] = nil }
    }
}
