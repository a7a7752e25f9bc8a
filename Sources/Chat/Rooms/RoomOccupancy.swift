// Licensed under the MIT licence.

/// Who is in one room: its sockets, and the users they belong to.
struct RoomOccupancy<Member: Hashable & Sendable>: Sendable {
    private var members: [Member: ChatUser] = [:]
    /// Sorted, each user once.
    private(set) var users: [UserID] = []
    /// How many sockets the user at the same place has.
    private var socketCounts: [Int32] = []
    /// Changes whenever a user comes or goes.
    private(set) var version: UInt64 = 0

    var isEmpty: Bool { self.members.isEmpty }
    var count: Int { self.members.count }

    func user(of member: Member) -> ChatUser? { self.members[member] }

    /// Adds a socket.
    ///
    /// - Returns: Whether it is the first of its user; nil if it was in already.
    mutating func insert(_ member: Member, _ user: ChatUser) -> Bool? {
        guard self.members.updateValue(user, forKey: member) == nil else { return nil }
        let index = self.index(of: user.id)
        if index < self.users.endIndex, self.users[index] == user.id {
            self.socketCounts[index] += 1
            return false
        }
        self.users.insert(user.id, at: index)
        self.socketCounts.insert(1, at: index)
        self.version &+= 1
        return true
    }

    /// Removes a socket.
    ///
    /// - Returns: Its user, and whether it was the last of that user; nil if it was not in.
    mutating func remove(_ member: Member) -> (user: ChatUser, wasLast: Bool)? {
        guard let user = self.members.removeValue(forKey: member) else { return nil }
        let index = self.index(of: user.id)
        guard index < self.users.endIndex, self.users[index] == user.id else {
            assertionFailure("a member without a user")
            return (user, true)
        }
        self.socketCounts[index] -= 1
        guard self.socketCounts[index] == 0 else { return (user, false) }
        self.users.remove(at: index)
        self.socketCounts.remove(at: index)
        self.version &+= 1
        return (user, true)
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
