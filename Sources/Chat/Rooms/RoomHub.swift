// Licensed under the MIT licence.

/// The rooms at home on one shard: who is in them, and what they are given in which order.
///
/// Everything about a room passes through its home's hub, so that the order in which the hub is called is the order that all
/// members see. The hub decides; its shell asks the store and sends what ``RoomHubAction`` says.
///
/// **Sending.** The shell appends to the store (``floor(of:)``) and hands the outcome to ``appended(_:to:)``.
///
/// **Joining.** A socket is a member from the moment it asks, so that it may send at once. What it is given begins with
/// ``RoomHubAction/joined(_:_:lastSequence:users:)``: `room_users`, with `after` every retained message that lies behind it up
/// to the present, and only then what comes live. As the shell sends in the order of actions, nothing is missed or repeated.
/// If the store cannot be read the join fails and the socket is not a member, even if it was one before.
///
/// - `Member` tells sockets apart. `Reply` is whatever the shell needs to acknowledge a join.
package struct RoomHub<Member: Hashable & Sendable, Reply: Sendable>: Sendable {
    /// What the shell does next.
    package typealias Action = RoomHubAction<Member, Reply>

    /// A room with members.
    struct LiveRoom: Sendable {
        /// Tells this life of the room from an earlier one that ended while the store was being asked.
        let epoch: UInt64
        var timeline: RoomTimeline
        var joins: [PendingJoin] = []
    }

    /// A member that is not given anything yet.
    struct PendingJoin: Sendable {
        let number: UInt64
        let member: Member
        let reply: Reply
        let after: Int?
        /// Nil while the room is opening.
        var replay: JoinReplay?
        /// The users it has been told of, as ``RoomOccupancy/version`` counts them.
        var toldVersion: UInt64?
    }

    var directory = RoomDirectory<Member>()
    var rooms: [RoomID: LiveRoom] = [:]
    /// Rooms whose fill has failed.
    var stalled: Set<RoomID> = []
    let limits: ChatLimits
    private var lastNumber: UInt64 = 0

    /// Starts without rooms.
    package init(limits: ChatLimits) {
        self.limits = limits
    }

    /// How many rooms have members.
    package var roomCount: Int { self.directory.count }

    /// The distinct users in a room, sorted.
    package func users(in room: RoomID) -> [UserID] { self.directory.users(in: room) }

    /// How many sockets are in a room.
    package func memberCount(of room: RoomID) -> Int { self.directory.memberCount(of: room) }

    /// Whether a socket is in a room, be it still joining.
    package func contains(_ member: Member, in room: RoomID) -> Bool { self.directory.contains(member, in: room) }

    /// For ``MessageStore/append(_:floor:completion:)``.
    package func floor(of room: RoomID) -> Int { self.rooms[room]?.timeline.delivered ?? 0 }

    /// The store has taken a message, or known it for a repeat.
    ///
    /// - Returns: What to do for the members. The sender is told in any case.
    package mutating func appended(_ outcome: AppendOutcome, to room: RoomID) -> RoomDelivery {
        guard let index = self.rooms.index(forKey: room) else { return .nothing }
        switch outcome {
        case .stored(let message):
            switch self.rooms.values[index].timeline.stored(message) {
            case .deliver: return .deliver(message)
            case .ignore: return .nothing
            case .read(let after): return .read(self.filling(room, after: after))
            }
        case .repeated(let receipt):
            guard case .read(let after) = self.rooms.values[index].timeline.known(seq: receipt.seq) else {
                return .nothing
            }
            return .read(self.filling(room, after: after))
        }
    }

    /// A socket leaves a room, or has disconnected.
    ///
    /// A join of it that is under way fails with `NOT_ROOM_MEMBER`.
    ///
    /// - Returns: What to do; nil if the socket was not in the room.
    package mutating func leave(_ member: Member, _ room: RoomID) -> [Action]? {
        guard let departure = self.directory.leave(member, room) else { return nil }
        var actions = self.endJoins(in: room, with: .notRoomMember) { $0.member == member }
        if departure.roomEnded {
            self.rooms[room] = nil
            self.stalled.remove(room)
        } else if departure.wasLast {
            actions.append(.userLeft(room, departure.user))
        }
        return actions
    }

    /// Rooms that could not be read are tried again. To be called every second or so while there are any.
    package mutating func retry() -> [Action] {
        let rooms = self.stalled
        self.stalled = []
        return rooms.compactMap { room in
            guard case .read(let after)? = self.rooms[room]?.timeline.retry() else { return nil }
            return .read(self.filling(room, after: after))
        }
    }

    /// Whether ``retry()`` has something to do.
    package var needsRetry: Bool { !self.stalled.isEmpty }

    mutating func nextNumber() -> UInt64 {
        self.lastNumber += 1
        return self.lastNumber
    }

    /// A read for all members, from `after` on.
    func filling(_ room: RoomID, after: Int) -> RoomReading {
        self.reading(room, after: after, join: nil)
    }

    func reading(_ room: RoomID, after: Int, join: UInt64?) -> RoomReading {
        RoomReading(
            room: room,
            query: HistoryQuery(
                after: after,
                limit: self.limits.replayPageMessages,
                maximumBytes: self.limits.replayPageBytes
            ),
            epoch: self.rooms[room]?.epoch ?? 0,
            join: join
        )
    }

    /// Ends the joins that match; whether the members stay is the caller's business.
    mutating func endJoins(
        in room: RoomID,
        with error: ChatError,
        where matches: (PendingJoin) -> Bool
    ) -> [Action] {
        guard var live = self.rooms[room], !live.joins.isEmpty else { return [] }
        let ended = live.joins.filter(matches)
        live.joins.removeAll(where: matches)
        for join in ended where join.replay != nil { live.timeline.replayEnded() }
        self.rooms[room] = live
        return ended.map { .joinFailed($0.member, room, $0.reply, error) }
    }
}

/// What becomes of a message that was appended.
package enum RoomDelivery: Equatable, Sendable {
    /// Give it to all sockets in the room.
    case deliver(StoredMessage)
    /// Nobody is there, or all have it.
    case nothing
    /// As ``RoomHubAction/read(_:)``.
    case read(RoomReading)
}
