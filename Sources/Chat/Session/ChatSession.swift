// Licensed under the MIT licence.

package import NIOCore

/// What one socket is and may do: its identity, rooms and watched users, and how much it may still send.
///
/// Lives on the socket's shard and alone decides whether an event is in order; rooms and users are then looked after at
/// their homes. A socket counts as a member from the moment it asks to join, so that what it sends next is in order too, and
/// no more from the moment it asks to leave; but the room is one of its rooms until the home says that it has left.
package struct ChatSession: Sendable {
    /// What the socket has asked for last of one room.
    private struct Request {
        let ticket: JoinTicket
        let isLeave: Bool
    }

    /// What must be undone when a socket is gone.
    package struct Remains: Equatable, Sendable {
        /// Whose it was.
        package let user: ChatUser
        /// To leave, those included that it has asked to leave and may still be in.
        package let rooms: [RoomID]
        /// To watch no more.
        package let watched: [UserID]
    }

    /// Who the socket has authenticated as.
    package private(set) var user: ChatUser?

    /// The room that was last asked for by ``requireMembership(of:)``, if the socket is still in it.
    package private(set) var recentRoom: RoomID?

    /// With what was asked for last of each.
    private var rooms: [RoomID: Request] = [:]
    private var watched: Set<UserID> = []
    private var lastTicket: UInt32 = 0
    private var limiter: RateLimiter?
    private var activityTold: NIODeadline

    /// - Parameters:
    ///   - rateLimits: nil for none.
    ///   - now: When the socket connected.
    package init(rateLimits: RateLimits?, now: NIODeadline) {
        self.limiter = rateLimits.map { RateLimiter($0, now: now) }
        self.activityTold = now
    }

    // MARK: Rates

    /// An event of so many bytes has come; ask this before anything else.
    package mutating func admit(bytes: Int, _ limits: RateLimits, now: NIODeadline) -> RateLimiter.Admission {
        self.limiter?.admit(bytes: bytes, limits, now: now) ?? .admitted
    }

    /// A replay or page of history of so many bytes was sent.
    package mutating func charge(bytes: Int, _ limits: RateLimits, now: NIODeadline) {
        self.limiter?.charge(bytes: bytes, limits, now: now)
    }

    // MARK: Identity

    /// The socket takes an identity.
    ///
    /// - Throws: `ALREADY_AUTHENTICATED`.
    package mutating func authenticate(_ user: ChatUser) throws(ChatError) {
        guard self.user == nil else { throw .alreadyAuthenticated }
        self.user = user
    }

    /// The socket is one that was there before, with its connection lost and made anew.
    ///
    /// - Parameters:
    ///   - user: Its identity.
    ///   - rooms: The rooms it is in.
    ///   - watched: The users it watches.
    package mutating func restore(_ user: ChatUser, rooms: [RoomID], watched: [UserID]) {
        self.user = user
        for room in rooms { _ = self.note(room, isLeave: false) }
        self.watched = Set(watched)
    }

    /// The socket's identity.
    ///
    /// - Throws: `NOT_AUTHENTICATED`.
    package func authenticated() throws(ChatError) -> ChatUser {
        guard let user else { throw .notAuthenticated }
        return user
    }

    /// Something came from the user.
    ///
    /// - Returns: Whether to tell the user's home, which is once a second at most: `last_seen` of a user who is online is
    ///   that exact.
    package mutating func isActivityNews(now: NIODeadline) -> Bool {
        guard now - self.activityTold >= .seconds(1) else { return false }
        self.activityTold = now
        return true
    }

    // MARK: Rooms

    /// Whether the socket is in a room or on its way there.
    package func isMember(of room: RoomID) -> Bool { self.rooms[room]?.isLeave == false }

    /// All rooms that it is in or on its way to.
    package var joinedRooms: [RoomID] { self.rooms.filter { !$0.value.isLeave }.map(\.key) }

    /// How many rooms that are, and those that it is still leaving.
    package var roomCount: Int { self.rooms.count }

    /// Something is to be sent to, or read from, a room.
    ///
    /// - Throws: `NOT_ROOM_MEMBER`.
    package mutating func requireMembership(of room: RoomID) throws(ChatError) {
        if room == self.recentRoom { return }
        guard let index = self.rooms.index(forKey: room), !self.rooms[index].value.isLeave else {
            throw .notRoomMember
        }
        // The copy that the room's home has too, so that comparing them will be quick.
        self.recentRoom = self.rooms[index].key
    }

    /// The socket asks to join a room, or asks for a replay of one that it is in.
    ///
    /// - Throws: `TOO_MANY_ROOMS`.
    package mutating func beginJoin(_ room: RoomID, _ limits: ChatLimits) throws(ChatError) -> JoinTicket {
        guard self.rooms[room] != nil || self.rooms.count < limits.maximumRoomsPerSocket else {
            throw ChatError(
                .tooManyRooms,
                "A socket may be in at most \(limits.maximumRoomsPerSocket) rooms; leave one first."
            )
        }
        return self.note(room, isLeave: false)
    }

    /// The socket asks to leave a room, and may send to it no more.
    ///
    /// - Throws: `NOT_ROOM_MEMBER`.
    package mutating func beginLeave(_ room: RoomID) throws(ChatError) -> JoinTicket {
        guard self.isMember(of: room) else { throw .notRoomMember }
        return self.note(room, isLeave: true)
    }

    /// The room's home has said that the socket is out: this join has failed, or this leave is done.
    package mutating func ended(_ ticket: JoinTicket, _ room: RoomID) {
        // If the socket has asked again, the answer to that is still to come.
        guard self.rooms[room]?.ticket == ticket else { return }
        self.rooms[room] = nil
        self.forgetRecent(room)
    }

    /// The room's home has refused a join or a leave, because the socket waits for too many.
    ///
    /// - Parameters:
    ///   - ticket: Which.
    ///   - room: The room.
    ///   - standing: The last one that it has not refused, and will answer.
    ///   - isLeave: Whether that is a leave.
    package mutating func refused(_ ticket: JoinTicket, _ room: RoomID, standing: JoinTicket, isLeave: Bool) {
        guard self.rooms[room]?.ticket == ticket else { return }
        self.rooms[room] = Request(ticket: standing, isLeave: isLeave)
        if isLeave { self.forgetRecent(room) }
    }

    private mutating func note(_ room: RoomID, isLeave: Bool) -> JoinTicket {
        self.lastTicket &+= 1
        let ticket = JoinTicket(number: self.lastTicket)
        self.rooms[room] = Request(ticket: ticket, isLeave: isLeave)
        if isLeave { self.forgetRecent(room) }
        return ticket
    }

    private mutating func forgetRecent(_ room: RoomID) {
        if self.recentRoom == room { self.recentRoom = nil }
    }

    // MARK: Watching

    /// The socket asks to be told of a user's status; asking twice is no error.
    ///
    /// - Throws: `RATE_LIMITED` past the number of users a socket may watch.
    package mutating func watch(_ user: UserID, _ limits: ChatLimits) throws(ChatError) {
        guard self.watched.contains(user) || self.watched.count < limits.maximumWatchedUsersPerSocket else {
            throw ChatError(
                .rateLimited,
                "A socket may watch at most \(limits.maximumWatchedUsersPerSocket) users; unsubscribe from one first."
            )
        }
        self.watched.insert(user)
    }

    /// The socket asks to be told no more.
    ///
    /// - Returns: Whether it had been watching.
    package mutating func unwatch(_ user: UserID) -> Bool { self.watched.remove(user) != nil }

    // MARK: End

    /// The socket is gone.
    ///
    /// - Returns: What to undo, once; nil if it never had an identity, or has ended before.
    package mutating func end() -> Remains? {
        guard let user else { return nil }
        let remains = Remains(user: user, rooms: Array(self.rooms.keys), watched: Array(self.watched))
        self.user = nil
        self.rooms = [:]
        self.recentRoom = nil
        self.watched = []
        return remains
    }
}
