// Licensed under the MIT licence.

package import NIOCore

/// What a socket has asked for behind a leave that has to wait, that leave first.
enum DeferredRequest<Reply: Sendable>: Sendable {
    case leave(Reply)
    case join(ChatUser, after: Int?, Reply)

    var reply: Reply {
        switch self {
        case .leave(let reply), .join(_, _, let reply): reply
        }
    }
}

// What a socket asks for takes effect in the order in which it asks. A join takes as long as the store does, so a leave behind it waits,
// and so does whatever comes behind that leave. Who has lost the connection waits for nothing.
extension RoomHub {
    /// A socket asks to leave a room.
    ///
    /// Joins of it that are under way are finished first.
    ///
    /// - Parameters:
    ///   - member: The socket.
    ///   - room: The room.
    ///   - reply: Comes back with ``RoomHubAction/left(_:_:_:)`` or ``RoomHubAction/refused(_:_:_:standing:)``, exactly once.
    /// - Returns: What to do now.
    package mutating func leave(_ member: Member, _ room: RoomID, reply: Reply) -> [Action] {
        if let refusal = self.refusal(of: reply, member, room) { return [refusal] }
        guard self.joins[room]?.contains(member) != true, self.deferred[room]?[member] == nil else {
            self.deferred[room, default: [:]][member, default: []].append(.leave(reply))
            return []
        }
        return self.carryOutLeave(member, room, reply)
    }

    /// The refusal of a request, if the socket waits for as many in this room as it may.
    func refusal(of reply: Reply, _ member: Member, _ room: RoomID) -> Action? {
        guard let joins = self.joins[room], let last = joins.last(of: member) else { return nil }
        let deferred = self.deferred[room]?[member]
        guard joins.count(of: member) + (deferred?.count ?? 0) >= self.maximumPendingRequests else { return nil }
        return .refused(member, room, reply, standing: deferred?.last?.reply ?? last.reply)
    }

    /// A socket has disconnected.
    ///
    /// Its joins that are under way fail with `NOT_ROOM_MEMBER`.
    ///
    /// - Parameters:
    ///   - member: The socket.
    ///   - room: The room.
    ///   - deadline: Until when its client may come back (``restore(_:as:_:)``); nil if it cannot.
    /// - Returns: What to do; nil if the socket was not in the room.
    package mutating func leave(
        _ member: Member,
        _ room: RoomID,
        awaitedUntil deadline: NIODeadline? = nil
    ) -> [Action]? {
        guard self.directory.contains(member, in: room) else { return nil }
        var actions = self.endJoins(of: member, in: room, with: .notRoomMember)
        for request in self.takeDeferred(member, room) {
            switch request {
            case .leave(let reply): actions.append(.left(member, room, reply))
            case .join(_, _, let reply): actions.append(.joinFailed(member, room, reply, .notRoomMember))
            }
        }
        return actions + (self.depart(member, room, awaitedUntil: deadline) ?? [])
    }

    /// Carries out what a socket has asked for behind its joins, as far as nothing of it has to wait for them.
    mutating func carryOutDeferred(_ member: Member, _ room: RoomID, _ actions: inout [Action]) {
        while let request = self.deferred[room]?[member]?.first {
            // A join is never finished by the call that asks for it, so that the next leave waits again, and all behind it.
            if case .leave = request, self.joins[room]?.contains(member) == true { return }
            self.deferred[room]?[member]?.removeFirst()
            switch request {
            case .leave(let reply): actions += self.carryOutLeave(member, room, reply)
            case .join(let user, let after, let reply):
                actions += self.carryOutJoin(member, as: user, room, after: after, reply)
            }
        }
        _ = self.takeDeferred(member, room)
    }

    private mutating func carryOutLeave(_ member: Member, _ room: RoomID, _ reply: Reply) -> [Action] {
        // A join that failed has put it out already.
        [.left(member, room, reply)] + (self.depart(member, room, awaitedUntil: nil) ?? [])
    }

    private mutating func takeDeferred(_ member: Member, _ room: RoomID) -> ArraySlice<DeferredRequest<Reply>> {
        let requests = self.deferred[room]?.removeValue(forKey: member) ?? []
        if self.deferred[room]?.isEmpty == true { self.deferred[room] = nil }
        return requests
    }

    /// A socket is out of a room; nil if it was not in.
    mutating func depart(_ member: Member, _ room: RoomID, awaitedUntil deadline: NIODeadline?) -> [Action]? {
        guard let departure = self.directory.leave(member, room) else { return nil }
        var actions: [Action] = []
        if departure.wasLastHere, self.isShared { actions.append(.exit(room, departure.user)) }
        if let deadline { actions += self.keepOpen(room, until: deadline) }
        if departure.roomEnded, !self.awaited.contains(room) {
            actions += self.end(room)
        } else if departure.wasLast {
            // It will not be told of its own departure if it comes back.
            actions.append(.userLeft(room, departure.user, except: member))
        }
        return actions
    }
}
