// Licensed under the MIT licence.

/// Who is in one room: the sockets of this node, and the users of all nodes.
struct RoomOccupancy<Member: Hashable & Sendable>: Sendable {
    /// Where one user is.
    private struct Places {
        /// How many sockets the user has here.
        var sockets: Int32 = 0
        /// On how many other nodes the user is.
        var nodes: Int32 = 0

        var areNone: Bool { self.sockets == 0 && self.nodes == 0 }
    }

    private var members: [Member: ChatUser] = [:]
    /// Sorted, each user once.
    private(set) var users: [UserID] = []
    /// Of the user at the same place.
    private var places: [Places] = []
    /// Changes whenever a user comes or goes.
    private(set) var version: UInt64 = 0

    var isEmpty: Bool { self.users.isEmpty }
    /// How many sockets of this node are in it.
    var count: Int { self.members.count }

    func user(of member: Member) -> ChatUser? { self.members[member] }

    /// Adds a socket.
    mutating func insert(_ member: Member, _ user: ChatUser) -> RoomDirectory<Member>.Arrival {
        guard self.members.updateValue(user, forKey: member) == nil else { return .known }
        let index = self.place(of: user.id)
        let before = self.places[index]
        self.places[index].sockets += 1
        if before.areNone { return .first }
        return before.sockets == 0 ? .firstHere : .further
    }

    /// Removes a socket.
    ///
    /// - Returns: Its user, and what of it is left; nil if it was not in.
    mutating func remove(_ member: Member) -> (user: ChatUser, wasLastHere: Bool, wasLast: Bool)? {
        guard let user = self.members.removeValue(forKey: member) else { return nil }
        guard let index = self.known(user.id) else {
            assertionFailure("a member without a user")
            return (user, true, true)
        }
        self.places[index].sockets -= 1
        return (user, self.places[index].sockets == 0, self.removeIfGone(at: index))
    }

    /// A user is in the room on one more of the other nodes.
    ///
    /// - Returns: Whether the user was nowhere before.
    mutating func came(_ user: UserID) -> Bool {
        let index = self.place(of: user)
        defer { self.places[index].nodes += 1 }
        return self.places[index].areNone
    }

    /// A user is in the room on one less of the other nodes.
    ///
    /// - Returns: Whether the user is nowhere now.
    mutating func left(_ user: UserID) -> Bool {
        guard let index = self.known(user), self.places[index].nodes > 0 else { return false }
        self.places[index].nodes -= 1
        return self.removeIfGone(at: index)
    }

    private func known(_ user: UserID) -> Int? {
        let index = self.index(of: user)
        return index < self.users.endIndex && self.users[index] == user ? index : nil
    }

    /// Where the user is; made if it is not there.
    private mutating func place(of user: UserID) -> Int {
        let index = self.index(of: user)
        if index < self.users.endIndex, self.users[index] == user { return index }
        self.users.insert(user, at: index)
        self.places.insert(Places(), at: index)
        self.version &+= 1
        return index
    }

    private mutating func removeIfGone(at index: Int) -> Bool {
        guard self.places[index].areNone else { return false }
        self.users.remove(at: index)
        self.places.remove(at: index)
        self.version &+= 1
        return true
    }

    /// Where the user is, or belongs.
    private func index(of user: UserID) -> Int {
        var low = self.users.startIndex
        var high = self.users.endIndex
        while low < high {
            let middle = (low + high) / 2
            if self.users[middle] < user { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
