// Licensed under the MIT licence.

extension RoomHub {
    /// A socket joins a room, or, being in it, asks for a replay.
    ///
    /// - Parameters:
    ///   - member: The socket.
    ///   - user: Whose it is.
    ///   - room: The room.
    ///   - after: The last `seq` it has; nil for no replay.
    ///   - reply: Comes back with the action that ends the join or refuses it, exactly once.
    /// - Returns: What to do now.
    package mutating func join(
        _ member: Member,
        as user: ChatUser,
        _ room: RoomID,
        after: Int?,
        reply: Reply
    ) -> [Action] {
        if let refusal = self.refusal(of: reply, member, room) { return [refusal] }
        if self.deferred[room]?[member] != nil {
            self.deferred[room]?[member]?.append(.join(user, after: after, reply))
            return []
        }
        return self.carryOutJoin(member, as: user, room, after: after, reply)
    }

    /// A join, behind which nothing waits but what was asked for later.
    mutating func carryOutJoin(
        _ member: Member,
        as user: ChatUser,
        _ room: RoomID,
        after: Int?,
        _ reply: Reply
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
        if isNext, arrival == .known { self.joins[room]?.letIn(member) }
        if isNext, after != nil { self.suspend(member, room, &actions) }
        actions.append(cursor)
        if isNext { self.proceed(member, room, &actions) }
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
            for member in members {
                self.proceed(member, room, &actions)
                self.carryOutDeferred(member, room, &actions)
            }
        case .failure:
            for member in members {
                self.joins[room]?.failAll(of: member)
                self.proceed(member, room, &actions)
            }
            // Members that have come back stay, and others may yet.
            self.timelines.openingFailed(room)
            for member in members { self.carryOutDeferred(member, room, &actions) }
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
            if isNext, join.replay == nil { self.proceed(join.member, room, &actions) }
        case .failure:
            self.fail(join, room, &actions)
        }
        self.carryOutDeferred(join.member, room, &actions)
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
        case .failure: self.fail(join, reading.room, &actions)
        }
        self.carryOutDeferred(join.member, reading.room, &actions)
        return actions
    }

    /// Answers a socket's joins, one after the other, as far as all is known and none needs a replay, and begins the replay of
    /// the first that does.
    ///
    /// - Parameters:
    ///   - member: The socket, of whose joins none has a replay under way that has not failed.
    ///   - room: The room; if it is not open yet, everything waits but what has failed.
    ///   - actions: What to do.
    mutating func proceed(_ member: Member, _ room: RoomID, _ actions: inout [Action]) {
        while var join = self.joins[room]?.first(of: member) {
            guard !join.hasFailed else {
                guard self.keep(join, room, &actions) else { return self.putOut(member, room, &actions) }
                continue
            }
            guard let delivered = self.timelines.delivered(in: room) else { return }
            guard !self.isAhead(&join, room, delivered, &actions) else {
                return self.suspend(member, room, &actions)
            }
            let isBehind = join.after.map { $0 < delivered } ?? false
            if !isBehind, join.isLastReadKnown {
                self.complete(join, room, messages: [], lastSequence: delivered, &actions)
                continue
            }
            guard let after = join.after else { return }
            self.suspend(member, room, &actions)
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

    /// Whether a join has to wait until members here are where it is.
    ///
    /// On another node its client may have been given what has not come here yet. What is given to members then must not come to it
    /// again. Nobody takes the client's word for how far the room is: the room is read up to the present, once.
    private mutating func isAhead(
        _ join: inout PendingJoin<Member, Reply>,
        _ room: RoomID,
        _ delivered: Int,
        _ actions: inout [Action]
    ) -> Bool {
        guard self.isShared, let after = join.after, after > delivered, join.lead != .settled else { return false }
        guard join.lead == .unknown else { return true }
        join.lead = .awaited
        self.joins[room]?.update(join)
        self.ahead[room, default: []].append(join.number)
        if case .read(let reading) = self.timelines.doubted(room) { actions.append(.read(reading)) }
        return true
    }

    /// Members here have been given all there is, or that could not be read.
    private mutating func endLead(_ room: RoomID, succeeded: Bool, _ actions: inout [Action]) {
        for number in self.ahead.removeValue(forKey: room) ?? [] {
            // The member may have left meanwhile.
            guard var join = self.joins[room]?[number] else { continue }
            join.lead = .settled
            self.joins[room]?.update(join)
            if succeeded {
                self.proceed(join.member, room, &actions)
            } else {
                self.fail(join, room, &actions)
            }
            self.carryOutDeferred(join.member, room, &actions)
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
            return self.proceed(join.member, room, &actions)
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
        self.end(join, room)
        self.joins[room]?.letIn(join.member)
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

    /// Keeps a socket from what the room is given, if it is given that.
    private mutating func suspend(_ member: Member, _ room: RoomID, _ actions: inout [Action]) {
        if self.joins[room]?.suspend(member) == true { actions.append(.suspend(member, room)) }
    }

    mutating func end(_ join: PendingJoin<Member, Reply>, _ room: RoomID) {
        self.joins[room]?.remove(join.number)
        if self.joins[room]?.isEmpty == true { self.joins[room] = nil }
    }

    private mutating func filled(_ room: RoomID, _ result: Result<HistoryPage, StoreError>) -> [Action] {
        guard case .success(let page) = result else {
            self.timelines.fillFailed(room)
            var actions: [Action] = []
            self.endLead(room, succeeded: false, &actions)
            return actions
        }
        let (deliver, next) = self.timelines.filled(room, page)
        var actions: [Action] = []
        if !deliver.isEmpty { actions.append(.deliver(room, deliver)) }
        if let next {
            actions.append(.read(next))
        } else {
            self.endLead(room, succeeded: true, &actions)
        }
        return actions
    }
}
