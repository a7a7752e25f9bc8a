// Licensed under the MIT licence.

import Chat
import ChatTesting
import Testing

@Suite struct WatchedUsersTests {
    private typealias Users = WatchedUsers<String, Int>

    private let own = NodeName("own")
    private let other = NodeName("other")
    private let third = NodeName("third")

    private func follow(_ actions: [Users.Action]) -> RosterReading? {
        for case .follow(let reading) in actions { return reading }
        return nil
    }

    private func summary(_ actions: [Users.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .follow(let reading): "follow \(reading.user.string)"
            case .unfollow(let user): "unfollow \(user.string)"
            case .read(let reading): "read \(reading.user.string)"
            case .snapshot(let user, let reply): "snapshot \(user.string) #\(reply)"
            case .came(let user): "came \(user.id.string)"
            case .left(let user): "left \(user.id.string)"
            }
        }
    }

    /// Ann is watched by "w", and on the other node if `isElsewhere`.
    private func watched(isElsewhere: Bool = false) throws -> Users {
        var users = Users()
        users.nodes = [self.own]
        let ann = try user("ann")
        let actions = users.watch(ann.id, by: "w", 0)
        #expect(self.summary(actions) == ["follow ann"])
        let snapshot = RosterSnapshot(version: 1, users: isElsewhere ? [self.other: [ann]] : [:])
        let reading = try #require(self.follow(actions))
        #expect(self.summary(users.read(reading, .success(snapshot))) == ["snapshot ann #0"])
        return users
    }

    @Test("Watchers learn when the user comes to the first node, and leaves the last")
    func transitions() throws {
        var users = try self.watched()
        let ann = try user("ann")
        func change(_ version: Int, _ event: RosterChange.Event) -> [String] {
            self.summary(users.changed(RosterChange(version: version, event), ann.id))
        }
        #expect(change(2, .came(ann, self.own)) == [], "the directory's to tell")
        #expect(change(3, .came(ann, self.other)) == ["came ann"])
        #expect(users.elsewhere(ann.id) == ann)
        #expect(change(4, .came(ann, self.third)) == [])
        #expect(change(5, .left(ann.id, self.other)) == [])
        #expect(change(6, .nodeGone(self.third)) == ["left ann"])
        #expect(users.elsewhere(ann.id) == nil)
    }

    @Test("Further watchers are told at once; with the last one it ends")
    func watchers() throws {
        var users = try self.watched(isElsewhere: true)
        let ann = try user("ann").id
        #expect(self.summary(users.watch(ann, by: "v", 1)) == ["snapshot ann #1"])
        #expect(self.summary(users.watch(ann, by: "v", 2)) == ["snapshot ann #2"], "twice")
        #expect(users.unwatch(ann, by: "w").isEmpty)
        #expect(self.summary(users.unwatch(ann, by: "v")) == ["unfollow ann"])
        #expect(users.unwatch(ann, by: "v").isEmpty)
        #expect(users.count == 0)
        #expect(!users.isKnown(ann))
    }

    @Test("Who leaves before anything is known is answered all the same")
    func early() throws {
        var users = Users()
        let ann = try user("ann").id
        let first = users.watch(ann, by: "w", 0)
        #expect(users.watch(ann, by: "v", 1).isEmpty)
        #expect(users.unwatch(ann, by: "w").isEmpty)
        #expect(self.summary(users.unwatch(ann, by: "v")) == ["snapshot ann #0", "snapshot ann #1", "unfollow ann"])
        // The answer to the first life's question.
        _ = users.watch(ann, by: "w", 2)
        let reading = try #require(self.follow(first))
        #expect(users.read(reading, .success(RosterSnapshot(version: 9, users: [:]))).isEmpty)
    }

    @Test("What cannot be read is told as it is known, and read again")
    func failing() throws {
        var users = Users()
        let ann = try user("ann")
        let reading = try #require(self.follow(users.watch(ann.id, by: "w", 0)))
        let failure = StoreError(.notDone, reason: "down")
        #expect(self.summary(users.read(reading, .failure(failure))) == ["snapshot ann #0"])
        #expect(users.needsRetry)
        #expect(self.summary(users.retry()) == ["follow ann"])
        #expect(!users.needsRetry)
        let snapshot = RosterSnapshot(version: 1, users: [self.other: [ann]])
        #expect(self.summary(users.read(reading, .success(snapshot))) == ["came ann"])
        // Later it is followed, and only read.
        #expect(self.summary(users.doubted(ann.id)) == ["read ann"])
        #expect(users.read(reading, .failure(failure)).isEmpty)
        #expect(self.summary(users.retry()) == ["read ann"])
        #expect(self.summary(users.read(reading, .success(RosterSnapshot(version: 2, users: [:])))) == ["left ann"])
    }
}
