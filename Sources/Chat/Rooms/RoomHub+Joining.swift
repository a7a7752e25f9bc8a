// Licensed under the MIT licence.

extension RoomHub {
    /// A socket joins a room, or, being in it, asks for a replay.
    ///
    /// - Parameters:
    ///   - member: The socket.
    ///   - user: Whose it is.
    ///   - room: The room.
    ///   - after: The last `seq` it has; nil for no replay.
    ///   - reply: Comes back with the action that ends the join, exactly once unless the socket disconnects.
    package mutating func join(
        _ member: Member,
        as user: ChatUser,
        _ room: RoomID,
        after: Int?,
        reply: Reply
    ) -> [Action] {
        var actions: [Action] = []
        let arrival = self.directory.join(member, as: user, room)
        if arrival == .first, self.rooms[room] != nil {
            actions.append(.userJoined(room, user, except: member))
        }
        let join = PendingJoin(number: self.nextNumber(), member: member, reply: reply, after: after)
        guard var live = self.rooms[room] else {
            let epoch = self.nextNumber()
            let timeline = RoomTimeline(tailLimit: self.limits.replayTailMessages)
            self.rooms[room] = LiveRoom(epoch: epoch, timeline: timeline, joins: [join])
            return [.open(RoomOpening(room: room, epoch: epoch))]
        }
        guard let delivered = live.timeline.delivered else {
            live.joins.append(join)
            self.rooms[room] = live
            return actions
        }
        if arrival == .known, let after, after < delivered { actions.append(.suspend(member, room)) }
        self.begin(join, room, delivered: delivered, &actions)
        return actions
    }

    /// The store has answered ``RoomHubAction/open(_:)``.
    package mutating func opened(_ opening: RoomOpening, _ result: Result<Int, StoreError>) -> [Action] {
        guard var live = self.rooms[opening.room], live.epoch == opening.epoch else { return [] }
        var actions: [Action] = []
        switch result {
        case .success(let lastSequence):
            let joins = live.joins
            live.joins = []
            let verdict = live.timeline.opened(lastSequence: lastSequence)
            self.rooms[opening.room] = live
            if case .read(let after) = verdict { actions.append(.read(self.filling(opening.room, after: after))) }
            for join in joins { self.begin(join, opening.room, delivered: lastSequence, &actions) }
        case .failure:
            // Whoever is in the room is still joining it.
            for join in live.joins { self.fail(join, opening.room, &actions) }
        }
        return actions
    }

    /// The store has answered ``RoomHubAction/read(_:)``.
    package mutating func read(_ reading: RoomReading, _ result: Result<HistoryPage, StoreError>) -> [Action] {
        guard let live = self.rooms[reading.room], live.epoch == reading.epoch else { return [] }
        guard let number = reading.join else { return self.filled(reading.room, result) }
        // The member may have left meanwhile.
        guard let index = live.joins.firstIndex(where: { $0.number == number }) else { return [] }
        var actions: [Action] = []
        switch result {
        case .success(let page): self.advance(index, reading.room, page, &actions)
        case .failure: self.fail(live.joins[index], reading.room, &actions)
        }
        return actions
    }

    /// The room is open: answers the join, or begins its replay.
    private mutating func begin(
        _ join: PendingJoin,
        _ room: RoomID,
        delivered: Int,
        _ actions: inout [Action]
    ) {
        guard let after = join.after, after < delivered else {
            actions.append(self.completion(of: join, room, messages: [], lastSequence: delivered))
            return
        }
        var join = join
        join.replay = JoinReplay(after: after, delivered: delivered)
        self.rooms[room]?.timeline.replayBegan()
        self.rooms[room]?.joins.append(join)
        actions.append(.read(self.reading(room, after: after, join: join.number)))
    }

    /// A page of a replay has come.
    private mutating func advance(
        _ index: Int,
        _ room: RoomID,
        _ page: HistoryPage,
        _ actions: inout [Action]
    ) {
        guard var live = self.rooms[room], var replay = live.joins[index].replay else { return }
        let step = replay.read(page, live.timeline)
        live.joins[index].replay = replay
        let join = live.joins[index]
        if let after = step.readAfter {
            let version = self.directory.version(of: room)
            live.joins[index].toldVersion = version
            self.rooms[room] = live
            let users = join.toldVersion == version ? nil : self.users(in: room)
            actions.append(
                .replay(JoinProgress(member: join.member, room: room, users: users, messages: step.messages))
            )
            actions.append(.read(self.reading(room, after: after, join: join.number)))
        } else {
            live.joins.remove(at: index)
            live.timeline.replayEnded()
            self.rooms[room] = live
            actions.append(self.completion(of: join, room, messages: step.messages, lastSequence: replay.position))
        }
    }

    private func completion(
        of join: PendingJoin,
        _ room: RoomID,
        messages: [StoredMessage],
        lastSequence: Int
    ) -> Action {
        let users = self.users(in: room)
        let isTold = join.toldVersion == self.directory.version(of: room)
        let progress = JoinProgress(
            member: join.member,
            room: room,
            users: isTold ? nil : users,
            messages: messages
        )
        return .joined(progress, join.reply, lastSequence: lastSequence, users: users)
    }

    /// The store could not be read: the socket is out, and so are its other joins of this room.
    private mutating func fail(_ join: PendingJoin, _ room: RoomID, _ actions: inout [Action]) {
        actions += self.endJoins(in: room, with: .unavailable) { $0.member == join.member }
        actions += self.leave(join.member, room) ?? []
    }

    private mutating func filled(_ room: RoomID, _ result: Result<HistoryPage, StoreError>) -> [Action] {
        guard case .success(let page) = result else {
            self.rooms[room]?.timeline.fillFailed()
            self.stalled.insert(room)
            return []
        }
        guard let filled = self.rooms[room]?.timeline.filled(page) else { return [] }
        var actions: [Action] = []
        if !filled.deliver.isEmpty { actions.append(.deliver(room, filled.deliver)) }
        if case .read(let after) = filled.next { actions.append(.read(self.filling(room, after: after))) }
        return actions
    }
}
