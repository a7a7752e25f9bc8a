// Licensed under the MIT licence.

import Chat
import ChatTesting
import Testing

/// Clients that come from a node which was quicker: they have more than members here.
@Suite struct RoomHubAheadTests {
    private typealias Hub = RoomHub<String, Int>

    private func page(_ seqs: ClosedRange<Int>, hasMore: Bool = false) throws -> HistoryPage {
        HistoryPage(
            messages: try seqs.map { StoredMessage(seq: $0, message: try message(id: "m\($0)")) },
            hasMore: hasMore
        )
    }

    private func hub() throws -> Hub {
        var hub = try Hub.withAnn(last: 4)
        hub.nodes = [NodeName("here")]
        return hub
    }

    @Test("A join that is ahead waits until members have what it has, and gets none of it again")
    func ahead() throws {
        var hub = try self.hub()
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        #expect(actions.summary == ["enter r1 ben", "user_joined ben not to ben", "read r1 after 4"])
        let first = hub.read(try #require(actions.reading), .success(try self.page(5...6, hasMore: true)))
        #expect(first.summary == ["deliver r1 5 6", "read r1 after 6"])
        #expect(
            hub.read(try #require(first.reading), .success(try self.page(7...8))).summary
                == ["deliver r1 7 8", "read r1 after 6"]
        )
    }

    @Test("Where the room ends with what it has, it is in the present")
    func present() throws {
        var hub = try self.hub()
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        #expect(
            hub.read(try #require(actions.reading), .success(try self.page(5...6))).summary
                == ["deliver r1 5 6", "joined ben #1 last 6 users ann ben: told ann ben, -"]
        )
    }

    @Test("Nobody's word moves the room: what is not there is not waited for", arguments: [9, Int.max])
    func claim(_ after: Int) throws {
        var hub = try self.hub()
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: after, reply: 1)
        let nothing = HistoryPage(messages: [], hasMore: false)
        #expect(
            hub.read(try #require(actions.reading), .success(nothing)).summary
                == ["joined ben #1 last 4 users ann ben: told ann ben, -"]
        )
        #expect(hub.timelines.floor(of: try room()) == 4)
    }

    @Test("If the room cannot be read the join fails, and others stay")
    func failing() throws {
        var hub = try self.hub()
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        let failed = hub.read(try #require(actions.reading), .failure(StoreError(.notDone, reason: "down")))
        #expect(failed.summary.contains("failed ben #1 UNAVAILABLE"))
        #expect(hub.contains("ann", in: try room()))
        #expect(!hub.contains("ben", in: try room()))
    }

    @Test("Who leaves meanwhile is not waited for any more")
    func leaving() throws {
        var hub = try self.hub()
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        _ = hub.leave("ben", try room())
        #expect(
            hub.read(try #require(actions.reading), .success(try self.page(5...5))).summary == ["deliver r1 5"]
        )
    }

    @Test("A leave behind a join that is ahead is answered behind it")
    func leavingInOrder() throws {
        var hub = try self.hub()
        let actions = hub.enter("ben", as: try user("ben"), try room(), after: 6, reply: 1)
        #expect(hub.leave("ben", try room(), reply: 2).summary == [])
        let ended = hub.read(try #require(actions.reading), .success(try self.page(5...6)))
        #expect(Array(ended.summary.suffix(3)) == ["left ben #2", "exit r1 ben", "user_left ben"])
        #expect(!hub.contains("ben", in: try room()))
    }
}
