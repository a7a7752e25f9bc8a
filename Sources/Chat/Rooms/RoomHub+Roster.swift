// Licensed under the MIT licence.

// Users who are in rooms on other nodes. The shell follows each room from ``RoomHubAction/open(_:)`` to
// ``RoomHubAction/close(_:)``, and reads who is in it before it reports how far it is.
extension RoomHub {
    /// Another node has changed who is in a room, or this one has.
    ///
    /// - Parameters:
    ///   - change: What has changed; in the order of the channel.
    ///   - room: The room; one that is not open counts for nothing.
    /// - Returns: What to do.
    package mutating func rosterChanged(_ change: RosterChange, in room: RoomID) -> [Action] {
        let nodes = self.nodes
        return self.carryOut(self.rosters[room]?.changed(change) { nodes.contains($0) }, in: room)
    }

    /// Changes may have been missed.
    package mutating func rosterDoubted(_ room: RoomID) -> [Action] {
        self.carryOut(self.rosters[room]?.doubted(), in: room)
    }

    /// The answer to ``RoomHubAction/readRoster(_:)``; and, asked for by the shell itself, what belongs to ``RoomHubAction/open(_:)``.
    package mutating func rosterRead(_ reading: RoomOpening, _ result: Result<RosterSnapshot, StoreError>) -> [Action] {
        let room = reading.room
        guard self.timelines.isCurrent(reading) else { return [] }
        switch result {
        case .success(let snapshot):
            let nodes = self.nodes
            return self.carryOut(self.rosters[room]?.read(snapshot) { nodes.contains($0) }, in: room)
        case .failure:
            self.rosters[room]?.readFailed()
            if self.rosters[room] != nil { self.stalledRosters.insert(room) }
            return []
        }
    }

    /// What the others are told of somebody's coming.
    func entering(_ arrival: RoomDirectory<Member>.Arrival, _ user: ChatUser, _ room: RoomID) -> [Action] {
        guard self.isShared else { return [] }
        switch arrival {
        case .first, .firstHere: return [.enter(room, user)]
        case .further, .known: return []
        }
    }

    mutating func retryRosters() -> [Action] {
        let rooms = self.stalledRosters
        self.stalledRosters = []
        return rooms.sorted().flatMap { self.carryOut(self.rosters[$0]?.retry(), in: $0) }
    }

    private mutating func carryOut(_ step: RoomRoster.Step?, in room: RoomID) -> [Action] {
        switch step {
        case .apply(let differences): self.note(differences, in: room)
        case .applyAndRead(let differences):
            self.note(differences, in: room) + (self.timelines.opening(of: room).map { [.readRoster($0)] } ?? [])
        case .nothing, nil: []
        }
    }

    private mutating func note(_ differences: [RoomRoster.Difference], in room: RoomID) -> [Action] {
        var actions: [Action] = []
        for difference in differences where self.directory.note(difference, in: room) {
            switch difference {
            case .came(let user): actions.append(.userJoined(room, user, except: nil))
            case .left(let user): actions.append(.userLeft(room, user, except: nil))
            }
        }
        return actions
    }
}
