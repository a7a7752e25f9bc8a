// Licensed under the MIT licence.

/// The rooms at home on one shard: who is in them, and what they are given in which order.
///
/// Everything about a room passes through its home's hub, so that the order in which the hub is called is the order that all
/// members see. The hub decides; its shell asks the store and sends what ``RoomHubAction`` says.
///
/// **Sending.** The shell appends to the store and hands the outcome to ``timelines`` (``RoomTimelines/appended(_:to:)``), or
/// the failure (``RoomTimelines/appendFailed(_:to:)``).
///
/// **Joining.** A socket is a member from the moment it asks, so that it may send at once. What it is given begins with
/// ``RoomHubAction/joined(_:_:_:)``: `room_users`, with `after` every retained message that lies behind it up to the present,
/// and only then what comes live. As the shell sends in the order of actions, nothing is missed or repeated. How far the user
/// has read is asked of the store together with all else. If the store cannot be read the join fails. A member that had asked for no
/// replay stays one then, and misses nothing. Any other socket is not a member, even if it was one before: of what came while the
/// replay was being read it was given nothing, and a message behind that would hide the gap.
///
/// **Other nodes.** Where several nodes share the chat (``nodes`` is set), the users of the others are in
/// ``users(in:)`` as well, and members are told of them. The shell tells the others what ``RoomHubAction/enter(_:_:)`` and
/// ``RoomHubAction/exit(_:_:)`` say, and this hub what they have told (``rosterChanged(_:in:)``).
///
/// **Leaving.** A socket that asks to leave while it is joining is let in first: each request is answered as if the one before it had
/// been waited for. How many may wait is limited, as a client can make the first of them take as long as it likes.
///
/// - `Member` tells sockets apart. `Reply` is whatever the shell needs to acknowledge a join or a leave.
package struct RoomHub<Member: Hashable & Sendable, Reply: Sendable>: Sendable {
    /// What the shell does next.
    package typealias Action = RoomHubAction<Member, Reply>

    var directory = RoomDirectory<Member>()
    /// Rooms that clients may come back to.
    var awaited: AwaitedRooms
    /// Which messages members get.
    ///
    /// Of every room with members, and of those that clients may come back to.
    package var timelines: RoomTimelines
    /// Who is on the way into which room.
    var joins: [RoomID: PendingJoins<Member, Reply>] = [:]
    /// What sockets have asked for behind those; of sockets with joins alone.
    var deferred: [RoomID: [Member: ArraySlice<DeferredRequest<Reply>>]] = [:]
    /// Joins that wait until members here have been given all that other nodes have given theirs.
    var ahead: [RoomID: [UInt64]] = [:]
    /// Who is in the rooms on other nodes.
    ///
    /// Of every room that has a timeline, if there are other nodes.
    var rosters: [RoomID: RoomRoster] = [:]
    /// Rooms whose roster could not be read.
    var stalledRosters: Set<RoomID> = []
    /// What this node is, and has been, called by the others; empty if there are none.
    package var nodes: Set<NodeName> = []
    let maximumPendingRequests: Int
    private var lastNumber: UInt64 = 0

    /// Starts without rooms.
    package init(limits: ChatLimits) {
        self.awaited = AwaitedRooms(maximumCount: limits.maximumAwaitedRooms)
        self.timelines = RoomTimelines(limits: limits)
        self.maximumPendingRequests = limits.maximumPendingRequestsPerRoom
    }

    /// How many rooms have members here.
    package var roomCount: Int { self.directory.count }

    /// How many memberships there are here: sockets, each as often as it is in a room.
    package var membershipCount: Int { self.directory.membershipCount }

    /// The distinct users in a room, sorted, those on other nodes included if anybody is in it here.
    package func users(in room: RoomID) -> [UserID] { self.directory.users(in: room) }

    /// How many sockets are in a room.
    package func memberCount(of room: RoomID) -> Int { self.directory.memberCount(of: room) }

    /// Whether a socket is in a room, be it still joining.
    package func contains(_ member: Member, in room: RoomID) -> Bool { self.directory.contains(member, in: room) }

    /// Whether ``retry()`` has something to do.
    package var needsRetry: Bool { self.timelines.needsRetry || !self.stalledRosters.isEmpty }

    /// Rooms that could not be read are tried again.
    ///
    /// To be called every second or so while there are any (``needsRetry``).
    package mutating func retry() -> [Action] {
        self.timelines.retryOpenings().map { .open($0) } + self.timelines.retry().map { .read($0) }
            + self.retryRosters()
    }

    /// What members are given, and who is in the room elsewhere, is followed from now on.
    mutating func begin(_ room: RoomID) -> Action {
        if self.isShared { self.rosters[room] = RoomRoster() }
        return .open(self.timelines.begin(room))
    }

    /// Nobody is in the room here, or is to come back.
    mutating func end(_ room: RoomID) -> [Action] {
        self.timelines.end(room)
        self.ahead[room] = nil
        guard self.isShared else { return [] }
        self.rosters[room] = nil
        self.stalledRosters.remove(room)
        self.directory.forget(room)
        return [.close(room)]
    }

    /// Whether there are other nodes.
    var isShared: Bool { !self.nodes.isEmpty }

    mutating func nextNumber() -> UInt64 {
        self.lastNumber += 1
        return self.lastNumber
    }

    /// Ends a member's joins; whether it stays is the caller's business.
    mutating func endJoins(of member: Member, in room: RoomID, with error: ChatError) -> [Action] {
        let ended = self.joins[room]?.removeAll(of: member) ?? []
        if self.joins[room]?.isEmpty == true { self.joins[room] = nil }
        for join in ended where join.replay != nil { self.timelines.replayEnded(in: room) }
        return ended.map { .joinFailed($0.member, room, $0.reply, error) }
    }
}
