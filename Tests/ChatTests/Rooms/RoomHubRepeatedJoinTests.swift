// Licensed under the MIT licence.

import Chat
import Testing

/// Members that ask to join again while the store cannot be read.
@Suite struct RoomHubRepeatedJoinTests {
    private typealias Hub = RoomHub<String, Int>

    private let down = StoreError(.notDone, reason: "down")

    private func stored(_ seq: Int) throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: "m\(seq)"))
    }

    private func page(_ sequences: ClosedRange<Int>, hasMore: Bool = false) throws -> HistoryPage {
        HistoryPage(messages: try sequences.map { try self.stored($0) }, hasMore: hasMore)
    }

    private func again(_ hub: inout Hub, after: Int? = nil, reply: Int) throws -> [RoomHubAction<String, Int>] {
        hub.join("ann", as: try user("ann"), try room(), after: after, reply: reply)
    }

    @Test("A member that joins again in vain stays, and goes on where it was")
    func stays() throws {
        var hub = try Hub.withAnn(last: 3)
        let actions = try self.again(&hub, reply: 1)
        #expect(actions.summary == ["cursor of ann in r1"])
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: try room()) == .deliver(try self.stored(4)))
        #expect(
            hub.cursorRead(try #require(actions.cursors.first), .failure(self.down)).summary
                == ["kept ann #1 UNAVAILABLE"]
        )
        #expect(hub.contains("ann", in: try room()))
        #expect(hub.timelines.appended(.stored(try self.stored(5)), to: try room()) == .deliver(try self.stored(5)))
        #expect(
            hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 2).summary
                == ["joined ann #2 last 5 users ann: told ann, -"]
        )
        #expect(hub.leave("ann", try room(), reply: 3).summary == ["left ann #3"])
        #expect(hub.roomCount == 0)
    }

    @Test("While the store does not answer a member goes on as it is, and can go")
    func unanswered() throws {
        var hub = try Hub.withAnn(last: 3)
        _ = try self.again(&hub, reply: 1)
        for seq in 4...6 {
            #expect(
                hub.timelines.appended(.stored(try self.stored(seq)), to: try room()) == .deliver(try self.stored(seq))
            )
        }
        #expect(hub.contains("ann", in: try room()))
        #expect(hub.leave("ann", try room(), reply: 2).summary == [])
        #expect(hub.leave("ann", try room())?.summary == ["failed ann #1 NOT_ROOM_MEMBER", "left ann #2"])
        #expect(hub.roomCount == 0)
    }

    @Test("Whoever is not in yet is not let in by it")
    func outside() throws {
        var hub = try Hub.withAnn(last: 3)
        let first = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        let second = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 2)
        #expect(
            hub.cursorRead(try #require(first.cursors.first), .failure(self.down)).summary
                == ["failed ben #1 UNAVAILABLE", "failed ben #2 UNAVAILABLE", "user_left ben"]
        )
        #expect(hub.cursorRead(try #require(second.cursors.first), .success(0)).summary == [])
    }

    @Test("One that fails before its turn is answered in its turn, as a repeat")
    func inTurn() throws {
        var hub = try Hub.withAnn(last: 3)
        let first = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        let second = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 2)
        let third = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 3)
        #expect(hub.leave("ben", try room(), reply: 4).summary == [])
        #expect(hub.cursorRead(try #require(second.cursors.first), .failure(self.down)).summary == [])
        #expect(
            hub.cursorRead(try #require(first.cursors.first), .success(0)).summary
                == ["joined ben #1 last 3 users ann ben: told ann ben, -", "kept ben #2 UNAVAILABLE"]
        )
        #expect(
            hub.cursorRead(try #require(third.cursors.first), .success(0)).summary
                == ["joined ben #3 last 3 users ann ben: told ann ben, -", "left ben #4", "user_left ben"]
        )
    }

    @Test("A replay that cannot be given puts a member out: nothing live comes in its place", arguments: [1, 3])
    func replay(after: Int) throws {
        var hub = try Hub.withAnn(last: 3)
        let actions = try self.again(&hub, after: after, reply: 1)
        #expect(actions.summary.first == "suspend ann")
        // A plain one behind it does not bring back what the member was kept from meanwhile.
        let plain = try self.again(&hub, reply: 2)
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: try room()) == .deliver(try self.stored(4)))
        #expect(
            hub.cursorRead(try #require(actions.cursors.first), .failure(self.down)).summary
                == ["failed ann #1 UNAVAILABLE", "failed ann #2 UNAVAILABLE"]
        )
        #expect(hub.cursorRead(try #require(plain.cursors.first), .success(0)).summary == [])
        #expect(!hub.contains("ann", in: try room()))
    }

    @Test("So does one behind a join that has been answered")
    func replayInTurn() throws {
        var hub = try Hub.withAnn(last: 3)
        let plain = try self.again(&hub, reply: 1)
        let replay = try self.again(&hub, after: 1, reply: 2)
        #expect(hub.cursorRead(try #require(replay.cursors.first), .failure(self.down)).summary == [])
        #expect(
            hub.cursorRead(try #require(plain.cursors.first), .success(0)).summary
                == ["joined ann #1 last 3 users ann: told ann, -", "failed ann #2 UNAVAILABLE"]
        )
        #expect(!hub.contains("ann", in: try room()))
    }

    @Test("A join behind a replay that is over stays in with what it has got")
    func behindReplay() throws {
        var hub = try Hub.withAnn(last: 3)
        let replay = hub.join("ben", as: try user("ben"), try room(), after: 1, reply: 1)
        let plain = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 2)
        #expect(hub.cursorRead(try #require(plain.cursors.first), .failure(self.down)).summary == [])
        #expect(hub.cursorRead(try #require(replay.cursors.first), .success(0)).summary == [])
        #expect(
            hub.read(try #require(replay.reading), .success(try self.page(2...3))).summary
                == ["joined ben #1 last 3 users ann ben: told ann ben, 2 3", "kept ben #2 UNAVAILABLE"]
        )
        #expect(hub.contains("ben", in: try room()))
    }

    @Test("A client that has come back to a room that cannot be opened stays, and gets what it missed")
    func restored() throws {
        var hub = Hub(limits: ChatLimits())
        let opening = try #require(hub.restore("ann", as: try user("ann"), try room()).opening)
        let plain = try self.again(&hub, reply: 1)
        #expect(hub.opened(opening, .failure(self.down), delivered: 3).summary == ["kept ann #1 UNAVAILABLE"])
        #expect(hub.cursorRead(try #require(plain.cursors.first), .success(0)).summary == [])
        #expect(hub.contains("ann", in: try room()))
        let actions = hub.opened(try #require(hub.retry().opening), .success(4), delivered: 3)
        #expect(actions.summary == ["read r1 after 3"])
        #expect(hub.read(try #require(actions.reading), .success(try self.page(4...4))).summary == ["deliver r1 4"])
    }

    @Test("One that has come back is given nothing live until its replay is over, be the room open or not")
    func restoredReplay() throws {
        var hub = Hub(limits: ChatLimits())
        let opening = try #require(hub.restore("ann", as: try user("ann"), try room()).opening)
        let replay = try self.again(&hub, after: 1, reply: 1)
        #expect(replay.summary == ["suspend ann", "cursor of ann in r1"])
        #expect(hub.cursorRead(try #require(replay.cursors.first), .success(0)).summary == [])
        let actions = hub.opened(opening, .success(3), delivered: 3)
        #expect(actions.summary == ["read r1 after 1"])
        #expect(
            hub.read(try #require(actions.reading), .success(try self.page(2...3))).summary
                == ["joined ann #1 last 3 users ann: told ann, 2 3"]
        )
    }
}
