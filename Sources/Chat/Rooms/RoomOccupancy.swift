// Licensed under the MIT licence.

/// Who is in one room: its sockets, and the users they belong to.
struct RoomOccupancy<Member: Hashable & Sendable>: Sendable {
    private struct Presence {
        let id: UserID
        var sockets: Int
    }

    private var members: [Member: ChatUser] = [:]
    /// Sorted by id, each user once.
    private var presences: [Presence] = []
    /// Changes whenever a user comes or goes.
    private(set) var version: UInt64 = 0

    var isEmpty: Bool { self.members.isEmpty }
    var count: Int { self.members.count }
    var users: [UserID] { self.presences.map(\.id) }

    func user(of member: Member) -> ChatUser? { self.members[member] }

    /// Adds a socket.
    ///
    /// - Returns: Whether it is the first of its user; nil if it was in already.
    mutating func insert(_ member: Member, _ user: ChatUser) -> Bool? {
        guard self.members.updateValue(user, forKey: member) == nil else { return nil }
        let index = self.index(of: user.id)
        if index < self.presences.endIndex, self.presences[index].id == user.id {
            self.presences[index].sockets += 1
            return false
        }
        self.presences.insert(Presence(id: user.id, sockets: 1), at: index)
        self.version &+= 1
        return true
    }

    /// Removes a socket.
    ///
    /// - Returns: Its user, and whether it was the last of that user; nil if it was not in.
    mutating func remove(_ member: Member) -> (user: ChatUser, wasLast: Bool)? {
        guard let user = self.members.removeValue(forKey: member) else { return nil }
        let index = self.index(of: user.id)
        guard index < self.presences.endIndex, self.presences[index].id == user.id else {
            assertionFailure("a member without a user")
            return (user, true)
        }
        self.presences[index].sockets -= 1
        guard self.presences[index].sockets == 0 else { return (user, false) }
        self.presences.remove(at: index)
        self.version &+= 1
        return (user, true)
    }

    /// Where the user is, or belongs.
    private func index(of user: UserID) -> Int {
        var low = self.presences.startIndex
        var high = self.presences.endIndex
        while low < high {
            let middle = (low + high) / 2
            if self.presences[middle].id < user { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
