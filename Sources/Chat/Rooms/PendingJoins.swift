// Licensed under the MIT licence.

/// A member that is not given anything yet.
struct PendingJoin<Member: Hashable & Sendable, Reply: Sendable>: Sendable {
    let number: UInt64
    let member: Member
    let user: UserID
    let reply: Reply
    /// Where its replay begins.
    var after: Int?
    /// Nil while none is under way.
    var replay: JoinReplay?
    /// How far its user has read, as far as that is known.
    var lastRead = 0
    /// Whether the store has told.
    var isLastReadKnown = false
    /// The users it has been told of, as ``RoomOccupancy/version`` counts them.
    var toldVersion: UInt64?
}

/// Who is on the way into one room, in the order in which they asked.
///
/// Nothing here costs more because many others are on the way: a whole room may come back at once while the store is slow.
struct PendingJoins<Member: Hashable & Sendable, Reply: Sendable>: Sendable {
    typealias Join = PendingJoin<Member, Reply>

    private var joins: [UInt64: Join] = [:]
    /// The joins' numbers by member, in their order; so are those by user.
    private var byMember: [Member: [UInt64]] = [:]
    private var byUser: [UserID: [UInt64]] = [:]

    var isEmpty: Bool { self.joins.isEmpty }

    /// The members, in the order of the first join of each; costs a look at all of them.
    var members: [Member] {
        self.byMember.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }.map(\.key)
    }

    func contains(_ member: Member) -> Bool { self.byMember[member] != nil }

    /// The first join of a member.
    func first(of member: Member) -> Join? { self.byMember[member]?.first.flatMap { self.joins[$0] } }

    subscript(number: UInt64) -> Join? { self.joins[number] }

    /// Adds a join, whose number is greater than any before.
    mutating func append(_ join: Join) {
        self.joins[join.number] = join
        self.byMember[join.member, default: []].append(join.number)
        self.byUser[join.user, default: []].append(join.number)
    }

    /// Notes what has become known of a join that is here.
    mutating func update(_ join: Join) {
        if self.joins[join.number] != nil { self.joins[join.number] = join }
    }

    /// A user has read as far as that.
    mutating func advanced(_ user: UserID, to seq: Int) {
        for number in self.byUser[user] ?? [] {
            guard let lastRead = self.joins[number]?.lastRead else { continue }
            self.joins[number]?.lastRead = max(lastRead, seq)
        }
    }

    /// Takes out one join.
    mutating func remove(_ number: UInt64) {
        guard let join = self.joins.removeValue(forKey: number) else { return }
        Self.remove(number, of: join.member, from: &self.byMember)
        Self.remove(number, of: join.user, from: &self.byUser)
    }

    /// Takes out all joins of a member.
    mutating func removeAll(of member: Member) -> [Join] {
        let joins = (self.byMember[member] ?? []).compactMap { self.joins[$0] }
        for join in joins { self.remove(join.number) }
        return joins
    }

    /// A member, and a user, has few joins at a time.
    private static func remove<Key: Hashable>(_ number: UInt64, of key: Key, from numbers: inout [Key: [UInt64]]) {
        if let index = numbers[key]?.firstIndex(of: number) { numbers[key]?.remove(at: index) }
        if numbers[key]?.isEmpty == true { numbers[key] = nil }
    }
}
