// Licensed under the MIT licence.

extension RoomHub {
    /// A socket joins a room, or, being in it, asks for a replay.
    ///
    /// - Parameters:
    ///   - member: The socket.
    ///   - user: Whose it is.
    ///   - room: The room.
    ///   - after: The last `seq` it has; nil for no replay.
    ///   - reply: Comes back with the action that ends the join, exactly once.
    /// - Returns: What to do now.
    package mutating func join(
        _ member: Member,
        as user: ChatUser,
        _ room: RoomID,
        after: Int?,
        reply: Reply
    ) -> [Action] {
        let arrival = self.directory.join(member, as: user, room)
        let join = PendingJoin(number: self.nextNumber(), member: member, reply: reply, after: after)
        guard self.timelines.contains(room) else {
            self.joins[room] = [join]
            return [.open(self.timelines.begin(room))]
        }
        var actions: [Action] = []
        if arrival == .first { actions.append(.userJoined(room, user, except: member)) }
        guard let delivered = self.timelines.delivered(in: room) else {
            self.joins[room, default: []].append(join)
            return actions
        }
        if arrival == .known, let after, after < delivered { actions.append(.suspend(member, room)) }
        self.begin(join, room, delivered: delivered, &actions)
        return actions
    }

    /// The store has answered ``RoomHubAction/open(_:)``.
    ///
    /// - Parameters:
    ///   - opening: The room.
    ///   - result: Its last `seq`.
    ///   - delivered: The last `seq` that members were given before the server was started, if any of them may come back.
    /// - Returns: What to do.
    package mutating func opened(
        _ opening: RoomOpening,
        _ result: Result<Int, StoreError>,
        delivered: Int? = nil
    ) -> [Action] {
        guard self.timelines.isCurrent(opening) else { return [] }
        let room = opening.room
        let joins = self.joins[room] ?? []
        var actions: [Action] = []
        switch result {
        case .success(let lastSequence):
            self.joins[room] = nil
            let delivered = min(delivered ?? lastSequence, lastSequence)
            if let reading = self.timelines.opened(room, lastSequence: lastSequence, delivered: delivered) {
                actions.append(.read(reading))
            }
            for join in joins { self.begin(join, room, delivered: delivered, &actions) }
        case .failure:
            for join in joins { self.fail(join, room, &actions) }
            // Members that have come back stay, and others may yet.
            self.timelines.openingFailed(room)
        }
        return actions
    }

    /// The store has answered ``RoomHubAction/read(_:)``.
    package mutating func read(_ reading: RoomReading, _ result: Result<HistoryPage, StoreError>) -> [Action] {
        guard self.timelines.isCurrent(reading) else { return [] }
        guard let number = reading.join else { return self.filled(reading.room, result) }
        // The member may have left meanwhile.
        guard let join = self.joins[reading.room]?.first(where: { $0.number == number }) else { return [] }
        var actions: [Action] = []
        switch result {
        case .success(let page): self.advance(join, reading.room, page, &actions)
        case .failure: self.fail(join, reading.room, &actions)
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
        self.timelines.replayBegan(in: room)
        self.joins[room, default: []].append(join)
        actions.append(.read(self.timelines.reading(room, after: after, join: join.number)))
    }

    /// A page of a replay has come.
    private mutating func advance(
        _ join: PendingJoin,
        _ room: RoomID,
        _ page: HistoryPage,
        _ actions: inout [Action]
    ) {
        guard var replay = join.replay, let step = self.timelines.advance(&replay, page, in: room) else { return }
        self.joins[room]?.removeAll { $0.number == join.number }
        guard let after = step.readAfter else {
            if self.joins[room]?.isEmpty == true { self.joins[room] = nil }
            self.timelines.replayEnded(in: room)
            actions.append(self.completion(of: join, room, messages: step.messages, lastSequence: replay.position))
            return
        }
        let version = self.directory.version(of: room)
        let users = join.toldVersion == version ? nil : self.users(in: room)
        let progress = JoinProgress(member: join.member, room: room, users: users, messages: step.messages)
        actions.append(.replay(progress, join.reply))
        var join = join
        join.replay = replay
        join.toldVersion = version
        self.joins[room, default: []].append(join)
        actions.append(.read(self.timelines.reading(room, after: after, join: join.number)))
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
            self.timelines.fillFailed(room)
            return []
        }
        let (deliver, next) = self.timelines.filled(room, page)
        var actions: [Action] = []
        if !deliver.isEmpty { actions.append(.deliver(room, deliver)) }
        if let next { actions.append(.read(next)) }
        return actions
    }
}
