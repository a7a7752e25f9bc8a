// Licensed under the MIT licence.

import Chat
import Testing

/// Sockets that do not wait for answers: what they ask for takes effect, and is answered, in the order in which they ask.
@Suite struct RoomHubLeavingTests {
    private typealias Hub = RoomHub<String, Int>

    private func page(_ sequences: ClosedRange<Int>) throws -> HistoryPage {
        let messages = try sequences.map { StoredMessage(seq: $0, message: try message(id: "m\($0)")) }
        return HistoryPage(messages: messages, hasMore: false)
    }

    @Test("Who is in is out at once")
    func leaving() throws {
        var hub = try Hub.withAnn(last: 7)
        _ = hub.enter("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        #expect(hub.leave("ben", try room(), reply: 2).summary == ["left ben #2", "user_left ben"])
        #expect(!hub.contains("ben", in: try room()))
        #expect(hub.leave("ann", try room(), reply: 3).summary == ["left ann #3"])
        #expect(hub.roomCount == 0)
    }

    @Test("A leave behind a join that reads the past is answered behind it")
    func replay() throws {
        var hub = try Hub.withAnn(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        #expect(hub.leave("ben", try room(), reply: 2).summary == [])
        #expect(
            hub.read(reading, .success(try self.page(6...7))).summary
                == ["joined ben #1 last 7 users ann ben: told ann ben, 6 7", "left ben #2", "user_left ben"]
        )
        #expect(hub.users(in: try room()).map(\.string) == ["ann"])
    }

    @Test("So is one behind a join that opens the room, and the room ends")
    func opening() throws {
        var hub = Hub(limits: ChatLimits())
        let opening = try #require(hub.enter("ann", as: try user("ann"), try room(), after: nil, reply: 0).opening)
        #expect(hub.leave("ann", try room(), reply: 1).summary == [])
        #expect(
            hub.opened(opening, .success(3)).summary
                == ["joined ann #0 last 3 users ann: told ann, -", "left ann #1"]
        )
        #expect(hub.roomCount == 0)
    }

    @Test("And one behind a join that waits for how far the user has read")
    func cursor() throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        #expect(hub.leave("ben", try room(), reply: 2).summary == [])
        #expect(
            hub.cursorRead(try #require(actions.cursors.first), .success(4)).summary
                == [
                    "joined ben #1 last 7 read 4 unread 3 users ann ben: told ann ben, -", "left ben #2",
                    "user_left ben",
                ]
        )
    }

    @Test("Joining, leaving, joining, leaving: the others are told of each")
    func again() throws {
        var hub = try Hub.withAnn(last: 7)
        let first = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        #expect(hub.leave("ben", try room(), reply: 2).summary == [])
        #expect(hub.join("ben", as: try user("ben"), try room(), after: 6, reply: 3).summary == [])
        #expect(hub.leave("ben", try room(), reply: 4).summary == [])
        let second = hub.cursorRead(try #require(first.cursors.first), .success(0))
        #expect(
            second.summary == [
                "joined ben #1 last 7 users ann ben: told ann ben, -", "left ben #2", "user_left ben",
                "user_joined ben not to ben", "cursor of ben in r1", "read r1 after 6",
            ]
        )
        #expect(hub.cursorRead(try #require(second.cursors.first), .success(0)).summary == [])
        #expect(
            hub.read(try #require(second.reading), .success(try self.page(7...7))).summary
                == ["joined ben #3 last 7 users ann ben: told ann ben, 7", "left ben #4", "user_left ben"]
        )
    }

    @Test("A leave behind a join that fails is a leave all the same, and the next join is tried")
    func failing() throws {
        var hub = try Hub.withAnn(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        #expect(hub.leave("ben", try room(), reply: 2).summary == [])
        #expect(hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 3).summary == [])
        let actions = hub.read(reading, .failure(StoreError(.notDone, reason: "test")))
        #expect(
            actions.summary == [
                "failed ben #1 UNAVAILABLE", "user_left ben", "left ben #2", "user_joined ben not to ben",
                "cursor of ben in r1",
            ]
        )
        #expect(
            hub.cursorRead(try #require(actions.cursors.first), .success(0)).summary
                == ["joined ben #3 last 7 users ann ben: told ann ben, -"]
        )
    }

    @Test("What a socket may wait for in one room is limited, and what is refused changes nothing")
    func tooMany() throws {
        var limits = ChatLimits()
        #expect(limits.maximumPendingRequestsPerRoom == 16)
        limits.maximumPendingRequestsPerRoom = 3
        var hub = Hub(limits: limits)
        let opening = try #require(hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1).opening)
        for reply in 2...3 { _ = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: reply) }
        #expect(
            hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 4).summary
                == ["refused ben #4, #3 stands"]
        )
        #expect(hub.leave("ben", try room(), reply: 5).summary == ["refused ben #5, #3 stands"])
        // Others, and other rooms, have a count of their own.
        let other = try room("attic")
        #expect(hub.join("ben", as: try user("ben"), other, after: nil, reply: 6).opening != nil)
        #expect(hub.join("ann", as: try user("ann"), try room(), after: nil, reply: 7).cursors.count == 1)
        let failed = hub.opened(opening, .failure(StoreError(.notDone, reason: "test")))
        #expect(failed.summary.prefix(3) == (1...3).map { "failed ben #\($0) UNAVAILABLE" }[...])
        #expect(!hub.contains("ben", in: try room()))
    }

    @Test("So are leaves, and joins behind them; there is room again when one is answered")
    func tooManyBehindALeave() throws {
        var limits = ChatLimits()
        limits.maximumPendingRequestsPerRoom = 3
        var hub = Hub(limits: limits)
        let first = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        #expect(hub.leave("ben", try room(), reply: 2).summary == [])
        #expect(hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 3).summary == [])
        #expect(hub.leave("ben", try room(), reply: 4).summary == ["refused ben #4, #3 stands"])
        _ = hub.cursorRead(try #require(first.cursors.first), .success(0))
        let second = hub.opened(try #require(first.opening), .success(0))
        #expect(second.summary.prefix(2) == ["joined ben #1 last 0 users ben: told ben, -", "left ben #2"])
        #expect(hub.leave("ben", try room(), reply: 5).summary == [])
        #expect(hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 6).summary == [])
        #expect(
            hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 7).summary
                == ["refused ben #7, #6 stands"]
        )
        #expect(hub.leave("ben", try room())?.count == 3)
        #expect(hub.roomCount == 0)
    }

    @Test("Who is gone waits for nothing, and everything is answered")
    func gone() throws {
        var hub = try Hub.withAnn(last: 7)
        let reading = try #require(hub.enter("ben", as: try user("ben"), try room(), after: 5, reply: 1).reading)
        _ = hub.leave("ben", try room(), reply: 2)
        _ = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 3)
        #expect(
            hub.leave("ben", try room())?.summary
                == ["failed ben #1 NOT_ROOM_MEMBER", "left ben #2", "failed ben #3 NOT_ROOM_MEMBER", "user_left ben"]
        )
        #expect(hub.read(reading, .success(try self.page(6...7))).summary == [])
        #expect(hub.leave("ben", try room()) == nil)
    }
}
