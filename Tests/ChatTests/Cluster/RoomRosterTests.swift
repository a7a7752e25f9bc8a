// Licensed under the MIT licence.

import Chat
import ChatTesting
import SocketIOTesting
import Testing

@Suite struct RoomRosterTests {
    private let own = NodeName("own")
    private let other = NodeName("other")
    private let third = NodeName("third")

    private func roster(_ version: Int, _ users: [NodeName: [ChatUser]] = [:]) -> RoomRoster {
        var roster = RoomRoster()
        _ = roster.read(RosterSnapshot(version: version, users: users)) { $0 == self.own }
        return roster
    }

    private func changed(_ roster: inout RoomRoster, _ version: Int, _ event: RosterChange.Event) -> RoomRoster.Step {
        roster.changed(RosterChange(version: version, event)) { $0 == self.own }
    }

    @Test("Users come and go on other nodes")
    func following() throws {
        var roster = self.roster(3)
        let ann = try user("ann")
        #expect(self.changed(&roster, 4, .came(ann, self.other)) == .apply([.came(ann)]))
        #expect(self.changed(&roster, 5, .came(ann, self.third)) == .apply([.came(ann)]))
        #expect(self.changed(&roster, 5, .came(ann, self.third)) == .nothing, "told twice")
        #expect(self.changed(&roster, 6, .left(ann.id, self.other)) == .apply([.left(ann)]))
        #expect(self.changed(&roster, 7, .left(ann.id, self.other)) == .apply([]), "not there")
    }

    @Test("What this node put there itself is passed over")
    func ownEntries() throws {
        let (ann, ben) = (try user("ann"), try user("ben"))
        var roster = RoomRoster()
        let snapshot = RosterSnapshot(version: 3, users: [self.own: [ann], self.other: [ben]])
        #expect(roster.read(snapshot) { $0 == self.own } == .apply([.came(ben)]))
        #expect(self.changed(&roster, 4, .came(ben, self.own)) == .apply([]))
        #expect(self.changed(&roster, 5, .left(ann.id, self.own)) == .apply([]))
        #expect(self.changed(&roster, 6, .nodeGone(self.own)) == .apply([]))
    }

    @Test("With a node all of its users go")
    func nodeGone() throws {
        let (ann, ben) = (try user("ann"), try user("ben"))
        var roster = self.roster(3, [self.other: [ben, ann], self.third: [ann]])
        #expect(self.changed(&roster, 4, .nodeGone(self.other)) == .apply([.left(ann), .left(ben)]))
        #expect(self.changed(&roster, 5, .nodeGone(self.other)) == .apply([]))
    }

    @Test("A missing change has the truth read, and the copy becomes equal to it")
    func gap() throws {
        let (ann, ben, cy) = (try user("ann"), try user("ben"), try user("cy"))
        var roster = self.roster(3, [self.other: [ann, ben]])
        #expect(self.changed(&roster, 5, .came(cy, self.other)) == .applyAndRead([]))
        #expect(self.changed(&roster, 6, .left(ann.id, self.other)) == .nothing, "being read")
        let old = RosterSnapshot(version: 5, users: [self.other: [ann, cy]])
        #expect(roster.read(old) { _ in false } == .applyAndRead([.came(cy), .left(ben)]), "older than what is known")
        let new = RosterSnapshot(version: 7, users: [self.third: [cy]])
        #expect(roster.read(new) { _ in false } == .apply([.came(cy), .left(ann), .left(cy)]))
        #expect(self.changed(&roster, 7, .came(ann, self.other)) == .nothing, "the reading was ahead")
        #expect(self.changed(&roster, 8, .came(ann, self.other)) == .apply([.came(ann)]))
    }

    @Test("A version after which there is no other does no harm")
    func lastVersion() throws {
        var roster = self.roster(.max)
        #expect(self.changed(&roster, 5, .came(try user("ann"), self.other)) == .nothing)
        #expect(self.changed(&roster, .max, .nodeGone(self.other)) == .nothing)
    }

    @Test("A truth that was lost in part is believed")
    func lost() throws {
        let ann = try user("ann")
        var roster = self.roster(30, [self.other: [ann]])
        #expect(roster.doubted() == .applyAndRead([]))
        #expect(roster.read(RosterSnapshot(version: 2, users: [:])) { _ in false } == .apply([.left(ann)]))
        #expect(self.changed(&roster, 3, .came(ann, self.other)) == .apply([.came(ann)]))
    }

    @Test("A change that a server without the last ones makes is not missed for the number it has")
    func failover() throws {
        let ann = try user("ann")
        var roster = self.roster(4, [self.other: [ann]])
        #expect(self.changed(&roster, 5, .left(ann.id, self.other)) == .apply([.left(ann)]))
        // The next server has her again, and number five is told once more.
        #expect(roster.doubted() == .applyAndRead([]))
        #expect(self.changed(&roster, 5, .left(ann.id, self.other)) == .nothing, "being read")
        let before = RosterSnapshot(version: 4, users: [self.other: [ann]])
        #expect(roster.read(before) { _ in false } == .applyAndRead([.came(ann)]))
        #expect(roster.read(RosterSnapshot(version: 5, users: [:])) { _ in false } == .apply([.left(ann)]))
    }

    @Test("A truth that cannot be read is read later")
    func failing() throws {
        let ann = try user("ann")
        var roster = self.roster(3)
        #expect(roster.retry() == .nothing)
        #expect(self.changed(&roster, 5, .came(ann, self.other)) == .applyAndRead([]))
        roster.readFailed()
        #expect(roster.doubted() == .nothing)
        #expect(roster.retry() == .applyAndRead([]))
        roster.readFailed()
        #expect(self.changed(&roster, 6, .came(ann, self.third)) == .applyAndRead([]), "a reason to try at once")
        #expect(roster.doubted() == .nothing)
        let snapshot = RosterSnapshot(version: 6, users: [self.other: [ann]])
        #expect(roster.read(snapshot) { _ in false } == .applyAndRead([.came(ann)]), "doubted meanwhile")
        #expect(roster.read(snapshot) { _ in false } == .apply([]))
    }

    @Test("Changes that come before the first reading are in it, or have it repeated")
    func opening() throws {
        let ann = try user("ann")
        var roster = RoomRoster()
        #expect(self.changed(&roster, 4, .came(ann, self.other)) == .nothing)
        #expect(roster.read(RosterSnapshot(version: 3, users: [:])) { _ in false } == .applyAndRead([]))
        let snapshot = RosterSnapshot(version: 4, users: [self.other: [ann]])
        #expect(roster.read(snapshot) { _ in false } == .apply([.came(ann)]))
    }

    /// A truth that changes at random, and sometimes forgets; a channel that loses changes and says so later; readings that take
    /// their time or fail.
    @Test("Whatever is lost, the copy becomes the truth", arguments: 0..<40)
    func model(_ run: Int) throws {
        var generator = SeededGenerator()
        let users = try (0..<5).map { try user("u\($0)") }
        let nodes = [self.own, self.other, self.third]
        var truth: [NodeName: Set<ChatUser>] = [:]
        var version = 0
        var roster = RoomRoster()
        /// On how many other nodes each user is, by what the roster has said.
        var counts: [UserID: Int] = [:]
        var reading: RosterSnapshot?
        var isLossy = false
        var isOpen = false
        var copy = (truth: truth, version: version)

        func snapshot() -> RosterSnapshot { RosterSnapshot(version: version, users: truth.mapValues(Array.init)) }
        func isOwn(_ node: NodeName) -> Bool { node == self.own }
        func take(_ step: RoomRoster.Step) {
            let differences: [RoomRoster.Difference]
            switch step {
            case .apply(let all): differences = all
            case .applyAndRead(let all):
                differences = all
                reading = snapshot()
            case .nothing: differences = []
            }
            for difference in differences {
                switch difference {
                case .came(let user): counts[user.id, default: 0] += 1
                case .left(let user):
                    counts[user.id, default: 0] -= 1
                    #expect(counts[user.id, default: 0] >= 0, "seed \(generator.seed)")
                }
            }
        }
        func failReading() {
            guard reading != nil else { return }
            reading = nil
            if isOpen {
                roster.readFailed()
                take(roster.retry())
            } else {
                // Whoever has just begun reads once more anyway.
                reading = snapshot()
            }
        }
        func change() {
            let node = nodes.randomElement(using: &generator) ?? self.own
            let user = users.randomElement(using: &generator) ?? users[0]
            let event: RosterChange.Event
            switch Int.random(in: 0..<7, using: &generator) {
            case 0:
                truth[node] = nil
                event = .nodeGone(node)
            case 1...3:
                truth[node, default: []].remove(user)
                event = .left(user.id, node)
            default:
                truth[node, default: []].insert(user)
                event = .came(user, node)
            }
            version += 1
            guard isLossy else { return take(roster.changed(RosterChange(version: version, event), isOwn: isOwn)) }
        }

        reading = snapshot()
        for _ in 0..<800 {
            switch Int.random(in: 0..<13, using: &generator) {
            case 0: isLossy = true
            case 1:
                // The channel is back, and says that it was gone, after some changes or before.
                guard isLossy else { continue }
                isLossy = false
                for _ in 0..<Int.random(in: 0...2, using: &generator) { change() }
                take(roster.doubted())
            case 2:
                if let snapshot = reading {
                    reading = nil
                    isOpen = true
                    take(roster.read(snapshot, isOwn: isOwn))
                }
            case 3: failReading()
            case 4: copy = (truth, version)
            case 5:
                // Another server takes over. What was asked of the old one is not answered any more.
                (truth, version) = copy
                isLossy = true
                failReading()
            default: change()
            }
        }
        if isLossy { take(roster.doubted()) }
        while let snapshot = reading {
            reading = nil
            take(roster.read(snapshot, isOwn: isOwn))
        }
        for user in users {
            let expected = nodes.filter { $0 != self.own && truth[$0]?.contains(user) == true }.count
            #expect(counts[user.id, default: 0] == expected, "seed \(generator.seed)")
        }
    }
}
