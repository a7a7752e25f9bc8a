// Licensed under the MIT licence.

// Joins for which the store could not be read.
extension RoomHub {
    /// The store could not be read for a join.
    mutating func fail(_ join: PendingJoin<Member, Reply>, _ room: RoomID, _ actions: inout [Action]) {
        var join = join
        join.hasFailed = true
        self.joins[room]?.update(join)
        // What was asked for before it is answered before it.
        let isNext = self.joins[room]?.first(of: join.member)?.number == join.number
        if isNext { self.proceed(join.member, room, &actions) }
    }

    /// Answers a join that has failed, of a socket that misses nothing by that.
    ///
    /// - Returns: Whether it is one.
    mutating func keep(
        _ join: PendingJoin<Member, Reply>,
        _ room: RoomID,
        _ actions: inout [Action]
    ) -> Bool {
        guard join.after == nil, self.joins[room]?.isLive(join.member) == true else { return false }
        self.end(join, room)
        actions.append(.joinKept(join.member, room, join.reply, .unavailable))
        return true
    }

    /// The store could not be read: the socket is out, and so are its other joins of this room.
    mutating func putOut(_ member: Member, _ room: RoomID, _ actions: inout [Action]) {
        actions += self.endJoins(of: member, in: room, with: .notLetIn)
        actions += self.depart(member, room, awaitedUntil: nil) ?? []
    }
}
