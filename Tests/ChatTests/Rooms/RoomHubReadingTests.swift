// Licensed under the MIT licence.

import Chat
import Testing

/// How far a user has read, as a join is told it.
@Suite struct RoomHubReadingTests {
    private typealias Hub = RoomHub<String, Int>

    private func stored(_ seq: Int) throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: "m\(seq)"))
    }

    @Test("The first member's join asks for both at once")
    func opening() throws {
        var hub = Hub(limits: ChatLimits())
        let actions = hub.join("ann", as: try user("ann"), try room(), after: nil, reply: 0)
        #expect(actions.summary == ["cursor of ann in r1", "open r1"])
        #expect(hub.cursorRead(actions.cursors[0], .success(4)).summary == [])
        #expect(
            hub.opened(try #require(actions.opening), .success(7)).summary
                == ["joined ann #0 last 7 read 4 unread 3 users ann: told ann, -"]
        )
    }

    @Test("A join waits for its user's cursor and ends in the present")
    func waiting() throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ben", as: try user("ben"), try room(), after: nil, reply: 1)
        #expect(actions.summary == ["user_joined ben not to ben", "cursor of ben in r1"])
        _ = hub.timelines.appended(.stored(try self.stored(8)), to: try room())
        #expect(
            hub.cursorRead(actions.cursors[0], .success(5)).summary
                == ["joined ben #1 last 8 read 5 unread 3 users ann ben: told ann ben, -"]
        )
        #expect(hub.cursorRead(actions.cursors[0], .success(6)).summary == [], "once")
    }

    @Test("With after, what comes while the store is asked is replayed", arguments: [7, 9, Int.max])
    func waitingInThePresent(_ after: Int) throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ann", as: try user("ann"), try room(), after: after, reply: 1)
        #expect(actions.summary == ["suspend ann", "cursor of ann in r1"])
        _ = hub.timelines.appended(.stored(try self.stored(8)), to: try room())
        let reading = try #require(hub.cursorRead(actions.cursors[0], .success(0)).reading)
        #expect(reading.query.after == 7)
        #expect(
            hub.read(reading, .success(HistoryPage(messages: [try self.stored(8)], hasMore: false))).summary
                == ["joined ann #1 last 8 users ann: told ann, 8"]
        )
    }

    @Test("The cursor is asked for before the replay, and known when it ends")
    func replay() throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        #expect(actions.summary == ["user_joined ben not to ben", "cursor of ben in r1", "read r1 after 6"])
        #expect(hub.cursorRead(actions.cursors[0], .success(6)).summary == [])
        let page = HistoryPage(messages: [try self.stored(7)], hasMore: false)
        #expect(
            hub.read(try #require(actions.reading), .success(page)).summary
                == ["joined ben #1 last 7 read 6 unread 1 users ann ben: told ann ben, 7"]
        )
    }

    @Test("A replay that is over before the cursor is known goes on with what comes meanwhile")
    func replayFirst() throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        let page = HistoryPage(messages: [try self.stored(7)], hasMore: false)
        #expect(
            hub.read(try #require(actions.reading), .success(page)).summary == ["replay ben: told ann ben, 7"]
        )
        _ = hub.timelines.appended(.stored(try self.stored(8)), to: try room())
        let next = hub.cursorRead(actions.cursors[0], .success(6))
        #expect(next.summary == ["read r1 after 7"])
        let rest = HistoryPage(messages: [try self.stored(8)], hasMore: false)
        #expect(
            hub.read(try #require(next.reading), .success(rest)).summary
                == ["joined ben #1 last 8 read 6 unread 2 users ann ben: told -, 8"]
        )
    }

    @Test("A cursor that comes after the replay, when nothing has come meanwhile")
    func replayFirstInThePresent() throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        let page = HistoryPage(messages: [try self.stored(7)], hasMore: false)
        _ = hub.read(try #require(actions.reading), .success(page))
        #expect(
            hub.cursorRead(actions.cursors[0], .success(6)).summary
                == ["joined ben #1 last 7 read 6 unread 1 users ann ben: told -, -"]
        )
    }

    @Test("What another device reads meanwhile is no news to the join")
    func advanced() throws {
        var hub = try Hub.withAnn(last: 7)
        let first = hub.join("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        _ = hub.cursorRead(first.cursors[0], .success(2))
        let second = hub.join("phone", as: try user("ben"), try room(), after: nil, reply: 2)
        hub.advanced(ReadCursor(room: try room(), user: try user("ben").id, seq: 5))
        hub.advanced(ReadCursor(room: try room(), user: try user("ann").id, seq: 7))
        hub.advanced(ReadCursor(room: try room("r2"), user: try user("ben").id, seq: 7))
        #expect(
            hub.cursorRead(second.cursors[0], .success(2)).summary
                == ["joined phone #2 last 7 read 5 unread 2 users ann ben: told ann ben, -"]
        )
        let page = HistoryPage(messages: [try self.stored(7)], hasMore: false)
        #expect(
            hub.read(try #require(first.reading), .success(page)).summary
                == ["joined ben #1 last 7 read 5 unread 2 users ann ben: told ann ben, 7"]
        )
    }

    @Test("Nothing is unread to somebody who is ahead")
    func ahead() {
        #expect(JoinAnswer(users: [], lastSequence: 7, lastRead: 9).unread == 0)
        #expect(JoinAnswer(users: [], lastSequence: 7, lastRead: 0).unread == 7)
    }

    @Test("A store that cannot tell lets nobody in")
    func failure() throws {
        var hub = try Hub.withAnn(last: 7)
        let actions = hub.join("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        #expect(
            hub.cursorRead(actions.cursors[0], .failure(StoreError(.notDone, reason: "down"))).summary
                == ["failed ben #1 UNAVAILABLE", "user_left ben"]
        )
        let page = HistoryPage(messages: [try self.stored(7)], hasMore: false)
        #expect(hub.read(try #require(actions.reading), .success(page)).summary == [])
    }

    @Test("A whole room comes back at once while the store is slow", .timeLimit(.minutes(15)))
    func crowd() throws {
        // One step costs the same however many others wait: otherwise this takes minutes.
        let count = 20_000
        var hub = try Hub.withAnn(last: 7)
        let lobby = try room()
        var actions: [[RoomHubAction<String, Int>]] = []
        for number in 1...count {
            let joining = try user("u\(number)")
            actions.append(
                hub.join("s\(number)", as: joining, lobby, after: number.isMultiple(of: 2) ? 5 : nil, reply: number)
            )
            hub.advanced(ReadCursor(room: lobby, user: joining.id, seq: 6))
        }
        let page = HistoryPage(messages: try [6, 7].map { try self.stored($0) }, hasMore: false)
        var ended = 0
        for actions in actions.reversed() {
            if let reading = actions.reading { _ = hub.read(reading, .success(page)) }
            for case .joined(_, _, let answer) in hub.cursorRead(actions.cursors[0], .success(0)) {
                #expect(answer.lastRead == 6)
                ended += 1
            }
        }
        #expect(ended == count)
        #expect(hub.memberCount(of: lobby) == count + 1)
    }
}
