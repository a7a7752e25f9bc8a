// Licensed under the MIT licence.

/// What a shell does because of something that happened in ``RoomHub``, in the order given.
///
/// Whatever goes to sockets must reach each of them in the order of the actions, and each socket's shard in that order.
package enum RoomHubAction<Member: Hashable & Sendable, Reply: Sendable>: Sendable {
    /// Ask the store (``MessageStore/lastSequence(of:completion:)``); report to ``RoomHub/opened(_:_:delivered:)``.
    ///
    /// With other nodes: follow the room first, and report who is in it (``RoomHub/rosterRead(_:_:)``) before.
    case open(RoomOpening)
    /// Follow the room no more.
    case close(RoomID)
    /// Tell the other nodes that a user's first socket here has come.
    case enter(RoomID, ChatUser)
    /// Tell the other nodes that a user's last socket here has gone.
    case exit(RoomID, ChatUser)
    /// Ask who is in the room on other nodes; report to ``RoomHub/rosterRead(_:_:)``.
    case readRoster(RoomOpening)
    /// Ask the store (``MessageStore/readCursor(of:in:completion:)``); report to ``RoomHub/cursorRead(_:_:)``.
    case readCursor(CursorReading)
    /// Ask the store for what follows `after`; report to ``RoomHub/read(_:_:)``.
    case read(RoomReading)
    /// Give messages to all sockets in the room.
    case deliver(RoomID, [StoredMessage])
    /// Tell all in the room that a user has come, but not the socket with which it came here: `user_joined`.
    case userJoined(RoomID, ChatUser, except: Member?)
    /// Tell all in the room that a user has gone, but not the socket with which it was here: `user_left`.
    case userLeft(RoomID, ChatUser, except: Member?)
    /// Stop giving this socket, which is in the room, what the room gets: it has asked for a replay, and will be let in again.
    case suspend(Member, RoomID)
    /// Give one socket part of a replay; more follows, be it when the shell gets round to the read that comes next.
    case replay(JoinProgress<Member>, Reply)
    /// Give one socket the rest, then let it take part in the room and acknowledge.
    case joined(JoinProgress<Member>, Reply, JoinAnswer)
    /// Stop giving this socket what the room gets, if it gets it, and acknowledge its leave.
    case left(Member, RoomID, Reply)
    /// The socket waits for too many joins and leaves of this room: acknowledge this one with `RATE_LIMITED`.
    ///
    /// Nothing has changed: what the socket will be in the end is what the last one that stands says, whose reply `standing` is.
    case refused(Member, RoomID, Reply, standing: Reply)
    /// The socket is not in the room; acknowledge with the error.
    case joinFailed(Member, RoomID, Reply, ChatError)
    /// The socket is in the room as before; acknowledge its join with the error.
    case joinKept(Member, RoomID, Reply, ChatError)
}

/// The part of a join that a socket is to be given now.
package struct JoinProgress<Member: Hashable & Sendable>: Equatable, Sendable {
    /// The socket.
    package let member: Member
    /// The room.
    package let room: RoomID
    /// To be told first, as `room_users`; nil if the socket has been told and nothing has changed.
    package let users: [UserID]?
    /// To be told then.
    package let messages: [StoredMessage]
}

/// What a join is acknowledged with.
package struct JoinAnswer: Equatable, Sendable {
    /// The distinct users in the room, sorted.
    package let users: [UserID]
    /// The `seq` of the last message that the room's members have been given: what comes live is greater.
    package let lastSequence: Int
    /// How far the user has read, on whichever device; 0 if nowhere.
    package let lastRead: Int

    /// How many messages lie behind that, the user's own and those no longer retained among them.
    package var unread: Int { max(0, self.lastSequence - self.lastRead) }

    /// An answer.
    package init(users: [UserID], lastSequence: Int, lastRead: Int) {
        self.users = users
        self.lastSequence = lastSequence
        self.lastRead = lastRead
    }
}

/// A user whose place in a room is asked for, on behalf of a join.
package struct CursorReading: Hashable, Sendable {
    /// The room.
    package let room: RoomID
    /// The user.
    package let user: UserID
    let join: UInt64
}

/// A room whose last `seq` is asked for.
package struct RoomOpening: Hashable, Sendable {
    /// The room.
    package let room: RoomID
    let epoch: UInt64
}

/// A read of the store on behalf of a room's members or one of them.
package struct RoomReading: Hashable, Sendable {
    /// The room.
    package let room: RoomID
    /// The query.
    package let query: HistoryQuery
    let epoch: UInt64
    /// The join it is for; nil for all members.
    let join: UInt64?
}
