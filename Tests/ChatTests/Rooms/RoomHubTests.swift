// Licensed under the MIT licence.

import Chat
import Testing

/// Conversations with a hub, line by line: what happens, and what is to be done.
@Suite struct RoomHubTests {
    private typealias Hub = RoomHub<String, Int>

    private func stored(_ seq: Int) throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: "m\(seq)"))
    }

    private func page(_ sequences: ClosedRange<Int>, hasMore: Bool = false) throws -> HistoryPage {
        HistoryPage(messages: try sequences.map { try self.stored($0) }, hasMore: hasMore)
    }

    /// A hub with "ann" in room r1, where `last` messages were sent before.
    private func hub(last: Int = 0, limits: ChatLimits = ChatLimits()) throws -> Hub {
        var hub = Hub(limits: limits)
        let opening = hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0)
        #expect(opening.summary == ["open r1"])
        #expect(
            hub.opened(try #require(opening.opening), .success(last)).summary == [
                "joined ann #0 last \(last) users ann: told ann, -"
            ]
        )
        return hub
    }

    @Test("The first member opens the room, the others are announced")
    func joining() throws {
        var hub = try self.hub(last: 7)
        #expect(
            hub.enter("ben", as: try user("ben"), try room(), after: nil, reply: 1).summary
                == ["user_joined ben not to ben", "joined ben #1 last 7 users ann ben: told ann ben, -"]
        )
        #expect(
            hub.enter("ben2", as: try user("ben"), try room(), after: nil, reply: 2).summary
                == ["joined ben2 #2 last 7 users ann ben: told ann ben, -"]
        )
        #expect(
            hub.enter("ben", as: try user("ben"), try room(), after: nil, reply: 3).summary
                == ["joined ben #3 last 7 users ann ben: told ann ben, -"],
            "again, and nothing changes"
        )
        #expect(hub.leave("ben", try room())?.summary == [])
        #expect(hub.leave("ben", try room()) == nil)
        #expect(hub.leave("ben2", try room())?.summary == ["user_left ben"])
        #expect(hub.leave("ann", try room())?.summary == [])
        #expect(hub.roomCount == 0)
    }

    @Test("A message is delivered to members, and to nobody in a room without any")
    func sending() throws {
        var hub = try self.hub(last: 3)
        let lobby = try room()
        #expect(hub.timelines.floor(of: lobby) == 3)
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: lobby) == .deliver(try self.stored(4)))
        #expect(hub.timelines.floor(of: lobby) == 4)
        #expect(hub.timelines.appended(.repeated(try self.stored(4).receipt), to: lobby) == .nothing)
        #expect(hub.timelines.appended(.stored(try self.stored(1)), to: try room("empty")) == .nothing)
        #expect(hub.timelines.floor(of: try room("empty")) == 0)
    }

    @Test("With after, what was missed comes before the acknowledgement and anything live")
    func replay() throws {
        var hub = try self.hub(last: 7)
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: 4, reply: 1)
        #expect(actions.summary == ["user_joined ben not to ben", "read r1 after 4"])
        let reading = try #require(actions.reading)
        // Two messages come while the store is being read; the read has seen the first of them.
        #expect(hub.timelines.appended(.stored(try self.stored(8)), to: try room()) == .deliver(try self.stored(8)))
        #expect(hub.timelines.appended(.stored(try self.stored(9)), to: try room()) == .deliver(try self.stored(9)))
        #expect(
            hub.read(reading, .success(try self.page(5...8))).summary
                == ["joined ben #1 last 9 users ann ben: told ann ben, 5 6 7 8 9"]
        )
        #expect(hub.timelines.appended(.stored(try self.stored(10)), to: try room()) == .deliver(try self.stored(10)))
    }

    @Test("What the read saw before members were given it comes live")
    func replayAhead() throws {
        var hub = try self.hub(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        #expect(
            hub.read(reading, .success(try self.page(6...8))).summary
                == ["joined ben #1 last 7 users ann ben: told ann ben, 6 7"]
        )
        #expect(hub.timelines.appended(.stored(try self.stored(8)), to: try room()) == .deliver(try self.stored(8)))
    }

    @Test("Nothing to replay is no replay", arguments: [7, 8, Int.max])
    func nothingToReplay(_ after: Int) throws {
        var hub = try self.hub(last: 7)
        #expect(
            hub.enter("ben", as: try user("ben"), try room(), after: after, reply: 1).summary
                == ["user_joined ben not to ben", "joined ben #1 last 7 users ann ben: told ann ben, -"]
        )
    }

    @Test("A long replay comes in pages; room_users comes first, and again only if it has changed")
    func pages() throws {
        var hub = try self.hub(last: 7)
        var actions = hub.enter("ben", as: try user("ben"), try room(), after: 0, reply: 1)
        actions = hub.read(try #require(actions.reading), .success(try self.page(1...3, hasMore: true)))
        #expect(actions.summary == ["replay ben: told ann ben, 1 2 3", "read r1 after 3"])
        actions = hub.read(try #require(actions.reading), .success(try self.page(4...5, hasMore: true)))
        #expect(actions.summary == ["replay ben: told -, 4 5", "read r1 after 5"])
        _ = hub.enter("cat", as: try user("cat"), try room(), after: nil, reply: 2)
        actions = hub.read(try #require(actions.reading), .success(try self.page(6...7)))
        #expect(actions.summary == ["joined ben #1 last 7 users ann ben cat: told ann ben cat, 6 7"])
    }

    @Test("A replay that is overtaken reads on")
    func overtaken() throws {
        var limits = ChatLimits()
        limits.replayTailMessages = 2
        var hub = try self.hub(last: 3, limits: limits)
        var actions = hub.enter("ben", as: try user("ben"), try room(), after: 0, reply: 1)
        for seq in 4...7 { _ = hub.timelines.appended(.stored(try self.stored(seq)), to: try room()) }
        actions = hub.read(try #require(actions.reading), .success(try self.page(1...3)))
        #expect(actions.summary == ["replay ben: told ann ben, 1 2 3", "read r1 after 3"])
        _ = hub.timelines.appended(.stored(try self.stored(8)), to: try room())
        actions = hub.read(try #require(actions.reading), .success(try self.page(4...7)))
        #expect(actions.summary == ["joined ben #1 last 8 users ann ben: told -, 4 5 6 7 8"])
    }

    @Test("What is not retained any more is left out of a replay")
    func replayOfForgotten() throws {
        var hub = try self.hub(last: 9)
        var reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 2, reply: 1).reading)
        #expect(
            hub.read(reading, .success(try self.page(8...9))).summary
                == ["joined ben #1 last 9 users ann ben: told ann ben, 8 9"]
        )
        reading = try #require(hub.enter("cat", as: try user("cat"), try room(), after: 2, reply: 2).reading)
        #expect(
            hub.read(reading, .success(HistoryPage(messages: [], hasMore: false))).summary
                == ["joined cat #2 last 9 users ann ben cat: told ann ben cat, -"]
        )
    }

    @Test("A member that asks for a replay is given nothing live until it is over")
    func rejoin() throws {
        var hub = try self.hub(last: 7)
        let actions = hub.enter("ann", as: try user("ann"), try room(), after: 5, reply: 1)
        #expect(actions.summary == ["suspend ann", "read r1 after 5"])
        #expect(
            hub.read(try #require(actions.reading), .success(try self.page(6...7))).summary
                == ["joined ann #1 last 7 users ann: told ann, 6 7"]
        )
        #expect(
            hub.enter("ann", as: try user("ann"), try room(), after: 7, reply: 2).summary
                == ["suspend ann", "joined ann #2 last 7 users ann: told ann, -"],
            "nothing to wait for"
        )
    }

    @Test("Several joins of one socket are answered one after the other")
    func joinsInOrder() throws {
        var hub = try self.hub(last: 7)
        let (ben, lobby) = (try user("ben"), try room())
        var actions = hub.enter("ben", as: ben, lobby, after: 5, reply: 1)
        #expect(actions.summary == ["user_joined ben not to ben", "read r1 after 5"])
        let reading = try #require(actions.reading)
        #expect(hub.enter("ben", as: ben, lobby, after: nil, reply: 2).summary == [])
        #expect(hub.enter("ben", as: ben, lobby, after: 6, reply: 3).summary == [])
        #expect(hub.enter("ben", as: ben, lobby, after: nil, reply: 4).summary == [])
        actions = hub.read(reading, .success(try self.page(6...7)))
        #expect(
            actions.summary == [
                "joined ben #1 last 7 users ann ben: told ann ben, 6 7",
                "joined ben #2 last 7 users ann ben: told ann ben, -",
                "suspend ben", "read r1 after 6",
            ]
        )
        #expect(
            hub.read(try #require(actions.reading), .failure(StoreError(.notDone, reason: "down"))).summary
                == ["failed ben #3 UNAVAILABLE", "failed ben #4 UNAVAILABLE", "user_left ben"]
        )
    }

    @Test("A page that holds nothing but what is to come ends a replay")
    func replayBeyondThePresent() throws {
        var hub = try self.hub(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        #expect(
            hub.read(reading, .success(try self.page(9...11, hasMore: true))).summary
                == ["joined ben #1 last 7 users ann ben: told ann ben, -"]
        )
    }

    @Test("Going while joining")
    func leaveWhileJoining() throws {
        var hub = try self.hub(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        #expect(hub.leave("ben", try room())?.summary == ["failed ben #1 NOT_ROOM_MEMBER", "user_left ben"])
        #expect(hub.read(reading, .success(try self.page(6...7))).summary == [], "too late")
        // Back again, while the first read was still out.
        let second = hub.enter("ben", as: try user("ben"), try room(), after: 6, reply: 2)
        #expect(hub.read(reading, .success(try self.page(6...7))).summary == [])
        #expect(
            hub.read(try #require(second.reading), .success(try self.page(7...7))).summary
                == ["joined ben #2 last 7 users ann ben: told ann ben, 7"]
        )
    }

    @Test("Going while the room opens, and coming back")
    func leaveWhileOpening() throws {
        var hub = Hub(limits: ChatLimits())
        let first = try #require(hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0).opening)
        #expect(hub.leave("ann", try room())?.summary == ["failed ann #0 NOT_ROOM_MEMBER"])
        #expect(hub.roomCount == 0)
        let second = try #require(hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 1).opening)
        #expect(hub.opened(first, .success(3)).summary == [], "an answer to the room's earlier life")
        #expect(
            hub.enter("ben", as: try user("ben"), try room(), after: 1, reply: 2).summary == [
                "user_joined ben not to ben"
            ]
        )
        let actions = hub.opened(second, .success(3))
        #expect(
            actions.summary == ["joined ann #1 last 3 users ann ben: told ann ben, -", "read r1 after 1"]
        )
        #expect(
            hub.read(try #require(actions.reading), .success(try self.page(2...3))).summary
                == ["joined ben #2 last 3 users ann ben: told ann ben, 2 3"]
        )
    }

    @Test("A store that cannot say where the room is lets nobody in")
    func openingFails() throws {
        var hub = Hub(limits: ChatLimits())
        let opening = try #require(hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0).opening)
        _ = hub.enter("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        _ = hub.enter("ben", as: try user("ben"), try room(), after: 3, reply: 2)
        let actions = hub.opened(opening, .failure(StoreError(.notDone, reason: "down")))
        #expect(
            actions.summary == [
                "failed ann #0 UNAVAILABLE", "user_left ann", "failed ben #1 UNAVAILABLE", "failed ben #2 UNAVAILABLE",
            ]
        )
        #expect(hub.roomCount == 0)
        #expect(hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 3).summary == ["open r1"])
    }

    @Test("A replay that fails leaves the socket outside")
    func replayFails() throws {
        var hub = try self.hub(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        #expect(
            hub.read(reading, .failure(StoreError(.unknown, reason: "slow"))).summary
                == ["failed ben #1 UNAVAILABLE", "user_left ben"]
        )
        #expect(!hub.contains("ben", in: try room()))
    }

    @Test("A gap is filled for all, also when the store was away for a while")
    func gap() throws {
        var hub = try self.hub(last: 3)
        guard case .read(let reading) = hub.timelines.appended(.stored(try self.stored(6)), to: try room()) else {
            Issue.record("no read")
            return
        }
        #expect(hub.read(reading, .failure(StoreError(.notDone, reason: "down"))).summary == [])
        #expect(hub.timelines.needsRetry)
        let again = hub.retry()
        #expect(again.summary == ["read r1 after 3"])
        #expect(!hub.timelines.needsRetry)
        let actions = hub.read(try #require(again.reading), .success(try self.page(4...5, hasMore: true)))
        #expect(actions.summary == ["deliver r1 4 5", "read r1 after 5"])
        #expect(
            hub.read(try #require(actions.reading), .success(try self.page(6...6))).summary == ["deliver r1 6"]
        )
        #expect(hub.timelines.appended(.stored(try self.stored(7)), to: try room()) == .deliver(try self.stored(7)))
    }

    @Test("A message that a store may have taken is looked for, and delivered")
    func doubt() throws {
        var hub = try self.hub(last: 3)
        let lobby = try room()
        #expect(hub.timelines.appendFailed(StoreError(.notDone, reason: "down"), to: lobby) == .nothing)
        let unknown = StoreError(.unknown, reason: "the answer was lost")
        #expect(hub.timelines.appendFailed(unknown, to: try room("empty")) == .nothing)
        guard case .read(let reading) = hub.timelines.appendFailed(unknown, to: lobby) else {
            Issue.record("no read")
            return
        }
        #expect(hub.read(reading, .success(try self.page(4...4))).summary == ["deliver r1 4"])
    }

    @Test("A repeat of a message that nobody was told of is read and delivered")
    func repeatShowsGap() throws {
        var hub = try self.hub(last: 3)
        let receipt = try self.stored(4).receipt
        guard case .read(let reading) = hub.timelines.appended(.repeated(receipt), to: try room()) else {
            Issue.record("no read")
            return
        }
        #expect(hub.timelines.appended(.repeated(receipt), to: try room()) == .nothing, "it is under way")
        #expect(hub.read(reading, .success(try self.page(4...4))).summary == ["deliver r1 4"])
        #expect(hub.timelines.appended(.repeated(receipt), to: try room()) == .nothing)
    }

    @Test("What was read for an earlier life of the room is of no use to this one")
    func earlierLife() throws {
        var hub = try self.hub(last: 3)
        guard case .read(let old) = hub.timelines.appended(.stored(try self.stored(6)), to: try room()) else {
            Issue.record("no read")
            return
        }
        _ = hub.leave("ann", try room())
        let opening = try #require(hub.enter("ben", as: try user("ben"), try room(), after: nil, reply: 1).opening)
        _ = hub.opened(opening, .success(10))
        guard case .read(let new) = hub.timelines.appended(.stored(try self.stored(13)), to: try room()) else {
            Issue.record("no read")
            return
        }
        #expect(hub.read(old, .success(try self.page(4...6))).summary == [])
        #expect(hub.read(old, .failure(StoreError(.notDone, reason: "late"))).summary == [])
        #expect(!hub.timelines.needsRetry)
        #expect(hub.read(new, .success(try self.page(11...13))).summary == ["deliver r1 11 12 13"])
    }

    @Test("A replay ends although what it would read next has gone")
    func overtakenByRetention() throws {
        var limits = ChatLimits()
        limits.replayTailMessages = 2
        var hub = try self.hub(last: 3, limits: limits)
        var actions = hub.enter("ben", as: try user("ben"), try room(), after: 0, reply: 1)
        for seq in 4...7 { _ = hub.timelines.appended(.stored(try self.stored(seq)), to: try room()) }
        actions = hub.read(try #require(actions.reading), .success(try self.page(1...3)))
        #expect(actions.summary == ["replay ben: told ann ben, 1 2 3", "read r1 after 3"])
        actions = hub.read(try #require(actions.reading), .success(HistoryPage(messages: [], hasMore: false)))
        #expect(actions.summary == ["joined ben #1 last 7 users ann ben: told -, -"])
    }
}
