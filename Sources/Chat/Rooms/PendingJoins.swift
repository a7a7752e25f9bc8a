// Licensed under the MIT licence.

/// A member's wish to be told where the room is, and with `after` to be given what it missed.
struct PendingJoin<Member: Hashable & Sendable, Reply: Sendable>: Sendable {
    let number: UInt64
    let member: Member
    let user: UserID
    let reply: Reply
    /// Where its replay begins.
    var after: Int?
    /// Whether it has more than members here have been given, and what this node knows of that.
    var lead = Lead.unknown
    /// Nil while none is under way.
    var replay: JoinReplay?
    /// How far its user has read, as far as that is known.
    var lastRead = 0
    /// Whether the store has told.
    var isLastReadKnown = false
    /// The users it has been told of, as ``RoomOccupancy/version`` counts them.
    var toldVersion: UInt64?
    /// Whether the store could not be read for it, which it is told when its turn comes.
    var hasFailed = false
}

/// What is known of a join that says it has more than members here have been given.
enum Lead: Sendable {
    /// Nothing; mostly since it has no more.
    case unknown
    /// The room is being read up to the present.
    case awaited
    /// Members have been given all there is.
    case settled
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
    /// Members that are given what the room is given, as they were let in before.
    private var live: Set<Member> = []

    var isEmpty: Bool { self.joins.isEmpty }

    /// The members, in the order of the first join of each; costs a look at all of them.
    var members: [Member] {
        self.byMember.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }.map(\.key)
    }

    func contains(_ member: Member) -> Bool { self.byMember[member] != nil }

    /// Whether a member that has joins here is given what the room is given.
    func isLive(_ member: Member) -> Bool { self.live.contains(member) }

    /// A member that has joins here was let in before.
    mutating func letIn(_ member: Member) {
        if self.contains(member) { self.live.insert(member) }
    }

    /// A member is kept from what the room is given.
    ///
    /// - Returns: Whether it was given that until now.
    mutating func suspend(_ member: Member) -> Bool { self.live.remove(member) != nil }

    /// The first join of a member.
    func first(of member: Member) -> Join? { self.byMember[member]?.first.flatMap { self.joins[$0] } }

    /// The last join of a member.
    func last(of member: Member) -> Join? { self.byMember[member]?.last.flatMap { self.joins[$0] } }

    /// How many joins a member has.
    func count(of member: Member) -> Int { self.byMember[member]?.count ?? 0 }

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

    /// The store could not be read for any join of a member.
    mutating func failAll(of member: Member) {
        for number in self.byMember[member] ?? [] { self.joins[number]?.hasFailed = true }
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
        if !self.contains(join.member) { self.live.remove(join.member) }
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
