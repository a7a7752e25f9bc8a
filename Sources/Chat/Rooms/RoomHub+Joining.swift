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
        let join = PendingJoin(number: self.nextNumber(), member: member, user: user.id, reply: reply, after: after)
        let isNext = self.joins[room]?.contains(member) != true
        self.joins[room, default: PendingJoins()].append(join)
        // Before anything else that is asked for the join: with a store that answers at once, nothing has to wait for this.
        let cursor = Action.readCursor(CursorReading(room: room, user: user.id, join: join.number))
        var actions = self.entering(arrival, user, room)
        guard self.timelines.contains(room) else { return actions + [cursor, self.begin(room)] }
        if arrival == .first { actions.append(.userJoined(room, user, except: member)) }
        let isIn = arrival == .known && self.timelines.delivered(in: room) != nil
        if isNext, isIn, after != nil { actions.append(.suspend(member, room)) }
        actions.append(cursor)
        if isNext { self.proceed(member, room, isIn: false, &actions) }
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
        let members = self.joins[room]?.members ?? []
        var actions: [Action] = []
        switch result {
        case .success(let lastSequence):
            let delivered = min(delivered ?? lastSequence, lastSequence)
            if let reading = self.timelines.opened(room, lastSequence: lastSequence, delivered: delivered) {
                actions.append(.read(reading))
            }
            for member in members { self.proceed(member, room, isIn: false, &actions) }
        case .failure:
            for member in members { self.fail(member, room, &actions) }
            // Members that have come back stay, and others may yet.
            self.timelines.openingFailed(room)
        }
        return actions
    }

    /// The store has answered ``RoomHubAction/readCursor(_:)``.
    package mutating func cursorRead(_ reading: CursorReading, _ result: Result<Int, StoreError>) -> [Action] {
        let room = reading.room
        // The member may have left meanwhile.
        guard var join = self.joins[room]?[reading.join] else { return [] }
        var actions: [Action] = []
        switch result {
        case .success(let seq):
            join.lastRead = max(join.lastRead, seq)
            join.isLastReadKnown = true
            self.joins[room]?.update(join)
            let isNext = self.joins[room]?.first(of: join.member)?.number == join.number
            if isNext, join.replay == nil { self.proceed(join.member, room, isIn: false, &actions) }
        case .failure:
            self.fail(join.member, room, &actions)
        }
        return actions
    }

    /// A user's cursor is known to be at least there: joins that are under way may have asked too early.
    package mutating func advanced(_ cursor: ReadCursor) {
        self.joins[cursor.room]?.advanced(cursor.user, to: cursor.seq)
    }

    /// The store has answered ``RoomHubAction/read(_:)``.
    package mutating func read(_ reading: RoomReading, _ result: Result<HistoryPage, StoreError>) -> [Action] {
        guard self.timelines.isCurrent(reading) else { return [] }
        guard let number = reading.join else { return self.filled(reading.room, result) }
        // The member may have left meanwhile.
        guard let join = self.joins[reading.room]?[number] else { return [] }
        var actions: [Action] = []
        switch result {
        case .success(let page): self.advance(join, reading.room, page, &actions)
        case .failure: self.fail(join.member, reading.room, &actions)
        }
        return actions
    }

    /// Answers a socket's joins, one after the other, as far as all is known and none needs a replay, and begins the replay of
    /// the first that does.
    ///
    /// - Parameters:
    ///   - member: The socket, of whose joins none has a replay under way.
    ///   - room: The room; if it is not open yet, everything waits.
    ///   - isIn: Whether the socket is given what the room is given and has to be kept from it during a replay.
    ///   - actions: What to do.
    private mutating func proceed(_ member: Member, _ room: RoomID, isIn: Bool, _ actions: inout [Action]) {
        guard let delivered = self.timelines.delivered(in: room) else { return }
        var isIn = isIn
        while var join = self.joins[room]?.first(of: member) {
            let isBehind = join.after.map { $0 < delivered } ?? false
            if !isBehind, join.isLastReadKnown {
                self.complete(join, room, messages: [], lastSequence: delivered, &actions)
                isIn = true
                continue
            }
            guard let after = join.after else { return }
            if isIn { actions.append(.suspend(member, room)) }
            guard isBehind else {
                // What comes from here on, until the store has told how far the user has read, is part of the replay.
                join.after = delivered
                self.joins[room]?.update(join)
                return
            }
            join.replay = JoinReplay(after: after, delivered: delivered)
            self.joins[room]?.update(join)
            self.timelines.replayBegan(in: room)
            actions.append(.read(self.timelines.reading(room, after: after, join: join.number)))
            return
        }
    }

    /// A page of a replay has come.
    private mutating func advance(
        _ join: PendingJoin<Member, Reply>,
        _ room: RoomID,
        _ page: HistoryPage,
        _ actions: inout [Action]
    ) {
        guard var replay = join.replay, let step = self.timelines.advance(&replay, page, in: room) else { return }
        if step.readAfter == nil { self.timelines.replayEnded(in: room) }
        if step.readAfter == nil, join.isLastReadKnown {
            self.complete(join, room, messages: step.messages, lastSequence: replay.position, &actions)
            return self.proceed(join.member, room, isIn: true, &actions)
        }
        let version = self.directory.version(of: room)
        let users = join.toldVersion == version ? nil : self.users(in: room)
        let progress = JoinProgress(member: join.member, room: room, users: users, messages: step.messages)
        actions.append(.replay(progress, join.reply))
        var join = join
        join.toldVersion = version
        if let after = step.readAfter {
            join.replay = replay
            actions.append(.read(self.timelines.reading(room, after: after, join: join.number)))
        } else {
            // It is in the present, but the store has not told how far the user has read; what comes meanwhile is replayed.
            join.replay = nil
            join.after = replay.position
        }
        self.joins[room]?.update(join)
    }

    private mutating func complete(
        _ join: PendingJoin<Member, Reply>,
        _ room: RoomID,
        messages: [StoredMessage],
        lastSequence: Int,
        _ actions: inout [Action]
    ) {
        self.joins[room]?.remove(join.number)
        if self.joins[room]?.isEmpty == true { self.joins[room] = nil }
        let users = self.users(in: room)
        let isTold = join.toldVersion == self.directory.version(of: room)
        let progress = JoinProgress(
            member: join.member,
            room: room,
            users: isTold ? nil : users,
            messages: messages
        )
        let answer = JoinAnswer(users: users, lastSequence: lastSequence, lastRead: join.lastRead)
        actions.append(.joined(progress, join.reply, answer))
    }

    /// The store could not be read: the socket is out, and so are its other joins of this room.
    private mutating func fail(_ member: Member, _ room: RoomID, _ actions: inout [Action]) {
        actions += self.endJoins(of: member, in: room, with: .unavailable)
        actions += self.leave(member, room) ?? []
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
