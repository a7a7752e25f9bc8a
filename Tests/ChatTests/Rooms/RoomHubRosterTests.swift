// Licensed under the MIT licence.

import Chat
import ChatTesting
import NIOCore
import Testing

/// Rooms whose users are on several nodes.
@Suite struct RoomHubRosterTests {
    private let own = NodeName("own")
    private let other = NodeName("other")

    /// A hub with "ann" in room r1, where `elsewhere` are on the other node.
    private func hub(_ elsewhere: [ChatUser] = []) throws -> RoomHub<String, Int> {
        var hub = RoomHub<String, Int>(limits: ChatLimits())
        hub.nodes = [self.own]
        let actions = hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0)
        #expect(actions.summary == ["enter r1 ann", "open r1"])
        let opening = try #require(actions.opening)
        #expect(
            hub.rosterRead(opening, .success(RosterSnapshot(version: 1, users: [self.other: elsewhere]))).count
                == elsewhere.count
        )
        _ = hub.opened(opening, .success(0))
        return hub
    }

    private func change(_ version: Int, _ event: RosterChange.Event) -> RosterChange {
        RosterChange(version: version, event)
    }

    @Test("Who is elsewhere is in the room")
    func elsewhere() throws {
        var hub = try self.hub([try user("ben")])
        #expect(hub.users(in: try room()).map(\.string) == ["ann", "ben"])
        #expect(hub.memberCount(of: try room()) == 1)
        let joining = hub.enter("cy", as: try user("cy"), try room(), after: nil, reply: 1)
        #expect(
            joining.summary == [
                "enter r1 cy", "user_joined cy not to cy", "joined cy #1 last 0 users ann ben cy: told ann ben cy, -",
            ]
        )
    }

    @Test("Members are told of who comes into the room on any node, and who goes from all")
    func telling() throws {
        var hub = try self.hub()
        let (ann, ben) = (try user("ann"), try user("ben"))
        #expect(
            hub.rosterChanged(self.change(2, .came(ben, self.other)), in: try room()).summary == ["user_joined ben"]
        )
        #expect(hub.rosterChanged(self.change(3, .came(ann, self.other)), in: try room()).summary == [])
        #expect(hub.rosterChanged(self.change(4, .came(ann, self.own)), in: try room()).summary == [], "that was us")
        // The device here goes, the one elsewhere stays.
        _ = hub.enter("desk", as: ben, try room(), after: nil, reply: 1)
        #expect(hub.leave("ann", try room())?.summary == ["exit r1 ann"])
        #expect(hub.users(in: try room()).map(\.string) == ["ann", "ben"])
        #expect(hub.rosterChanged(self.change(5, .left(ann.id, self.own)), in: try room()).summary == [])
        #expect(hub.rosterChanged(self.change(6, .nodeGone(self.other)), in: try room()).summary == ["user_left ann"])
        #expect(hub.users(in: try room()).map(\.string) == ["ben"])
    }

    @Test("Another device of who is in the room elsewhere is told to the other nodes alone")
    func furtherDevice() throws {
        var hub = try self.hub([try user("ben")])
        let joining = hub.enter("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        #expect(joining.summary == ["enter r1 ben", "joined ben #1 last 0 users ann ben: told ann ben, -"])
        #expect(hub.enter("ben2", as: try user("ben"), try room(), after: nil, reply: 2).count == 1)
    }

    @Test("A room that nobody here is in is followed no more")
    func closing() throws {
        var hub = try self.hub([try user("ben")])
        #expect(hub.leave("ann", try room())?.summary == ["exit r1 ann", "close r1"])
        #expect(hub.rosterChanged(self.change(2, .nodeGone(self.other)), in: try room()).isEmpty)
        #expect(hub.users(in: try room()) == [])
        // Nothing of it is left: it opens anew.
        let again = hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 3)
        #expect(again.summary == ["enter r1 ann", "open r1"])
    }

    @Test("What was read for an earlier life of the room does not count")
    func stale() throws {
        var hub = RoomHub<String, Int>(limits: ChatLimits())
        hub.nodes = [self.own]
        let first = hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0).opening
        _ = hub.leave("ann", try room())
        let second = hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 1).opening
        let old = RosterSnapshot(version: 1, users: [self.other: [try user("ben")]])
        #expect(hub.rosterRead(try #require(first), .success(old)).isEmpty)
        #expect(hub.users(in: try room()).map(\.string) == ["ann"])
        #expect(hub.rosterRead(try #require(second), .success(old)).summary == ["user_joined ben"])
    }

    @Test("A missing change has the room read; if that fails, again later")
    func gap() throws {
        var hub = try self.hub()
        let ben = try user("ben")
        let actions = hub.rosterChanged(self.change(3, .came(ben, self.other)), in: try room())
        #expect(actions.summary == ["roster of r1"])
        guard case .readRoster(let reading)? = actions.first else { return }
        #expect(!hub.needsRetry)
        #expect(hub.rosterRead(reading, .failure(StoreError(.unknown, reason: "down"))).isEmpty)
        #expect(hub.needsRetry)
        #expect(hub.retry().summary == ["roster of r1"])
        #expect(!hub.needsRetry)
        let snapshot = RosterSnapshot(version: 3, users: [self.other: [ben]])
        #expect(hub.rosterRead(reading, .success(snapshot)).summary == ["user_joined ben"])
        #expect(hub.rosterDoubted(try room()).summary == ["roster of r1"])
    }

    @Test("A room that stays open for who may come back stays followed")
    func awaited() throws {
        var hub = try self.hub()
        let deadline = NIODeadline.uptimeNanoseconds(1_000_000_000)
        #expect(hub.leave("ann", try room(), awaitedUntil: deadline)?.summary == ["exit r1 ann", "user_left ann"])
        let ben = try user("ben")
        #expect(
            hub.rosterChanged(self.change(2, .came(ben, self.other)), in: try room()).summary == ["user_joined ben"]
        )
        #expect(
            hub.restore("ann2", as: try user("ann"), try room()).summary == [
                "enter r1 ann", "user_joined ann not to ann2",
            ]
        )
        _ = hub.leave("ann2", try room(), awaitedUntil: deadline)
        #expect(hub.expire(now: deadline).summary == ["close r1"])
        #expect(hub.roomCount == 0)
    }
}
