// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing

/// Rooms that clients come back to: what is sent while nobody is there is sent all the same.
@Suite struct RoomHubRecoveryTests {
    private typealias Hub = RoomHub<String, Int>

    private func uptime(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1) + .seconds(seconds) }

    private func stored(_ seq: Int) throws -> StoredMessage {
        StoredMessage(seq: seq, message: try message(id: "m\(seq)"))
    }

    @Test("A room stays open for a client that may come back, and no longer")
    func awaited() throws {
        var hub = try Hub.withAnn(last: 3)
        let lobby = try room()
        #expect(
            hub.leave("ann", lobby, awaitedUntil: self.uptime(10))?.summary == ["user_left ann"],
            "for whoever else is away"
        )
        #expect(hub.roomCount == 0)
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: lobby) == .deliver(try self.stored(4)))
        #expect(hub.nextDeadline == self.uptime(10))
        _ = hub.expire(now: self.uptime(9))
        #expect(hub.timelines.floor(of: lobby) == 4)
        _ = hub.expire(now: self.uptime(10))
        #expect(hub.timelines.appended(.stored(try self.stored(5)), to: lobby) == .nothing)
        #expect(hub.nextDeadline == nil)
    }

    @Test("A client comes back, and the others hear of it once")
    func restored() throws {
        var hub = try Hub.withAnn(last: 3)
        let lobby = try room()
        _ = hub.enter("ben", as: try user("ben"), lobby, after: nil, reply: 1)
        #expect(hub.leave("ann", lobby, awaitedUntil: self.uptime(10))?.summary == ["user_left ann"])
        #expect(hub.restore("ann2", as: try user("ann"), lobby).summary == ["user_joined ann not to ann2"])
        #expect(hub.restore("ann3", as: try user("ann"), lobby).summary == [])
        #expect(hub.users(in: lobby).map(\.string) == ["ann", "ben"])
        _ = hub.expire(now: self.uptime(10))
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: lobby) == .deliver(try self.stored(4)))
        for member in ["ann2", "ann3", "ben"] { _ = hub.leave(member, lobby) }
        #expect(hub.timelines.appended(.stored(try self.stored(5)), to: lobby) == .nothing)
    }

    @Test("Who leaves an awaited room for good ends it only for itself")
    func bothWays() throws {
        var hub = try Hub.withAnn(last: 3)
        let lobby = try room()
        _ = hub.enter("ben", as: try user("ben"), lobby, after: nil, reply: 1)
        _ = hub.leave("ann", lobby, awaitedUntil: self.uptime(10))
        #expect(hub.leave("ben", lobby)?.summary == ["user_left ben"])
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: lobby) == .deliver(try self.stored(4)))
        // A second client is waited for longer.
        _ = hub.restore("cat", as: try user("cat"), lobby)
        _ = hub.leave("cat", lobby, awaitedUntil: self.uptime(20))
        _ = hub.expire(now: self.uptime(10))
        #expect(hub.timelines.floor(of: lobby) == 4)
        _ = hub.expire(now: self.uptime(20))
        #expect(hub.timelines.floor(of: lobby) == 0)
    }

    @Test("After a restart a room goes on where its clients were")
    func expected() throws {
        var hub = Hub(limits: ChatLimits())
        let lobby = try room()
        let opening = try #require(hub.expect(lobby, until: self.uptime(10)).opening)
        #expect(hub.expect(lobby, until: self.uptime(10)).summary == [], "by several clients")
        // Messages 6 and 7 were stored, but given to nobody, when the server died.
        let actions = hub.opened(opening, .success(7), delivered: 5)
        #expect(actions.summary == ["read r1 after 5"])
        let page = HistoryPage(messages: [try self.stored(6), try self.stored(7)], hasMore: false)
        #expect(hub.read(try #require(actions.reading), .success(page)).summary == ["deliver r1 6 7"])
        #expect(hub.timelines.appended(.stored(try self.stored(8)), to: lobby) == .deliver(try self.stored(8)))
    }

    @Test("What was delivered cannot lie ahead of what is stored")
    func lostTail() throws {
        var hub = Hub(limits: ChatLimits())
        let opening = try #require(hub.expect(try room(), until: self.uptime(10)).opening)
        #expect(hub.opened(opening, .success(4), delivered: 5).summary == [])
        #expect(hub.timelines.floor(of: try room()) == 4)
    }

    @Test("Clients come back to a room that the store cannot open yet")
    func openingFails() throws {
        var hub = Hub(limits: ChatLimits())
        let lobby = try room()
        let opening = try #require(hub.restore("ann", as: try user("ann"), lobby).opening)
        #expect(
            hub.enter("ben", as: try user("ben"), lobby, after: nil, reply: 1).summary == ["user_joined ben not to ben"]
        )
        let failure = StoreError(.notDone, reason: "test")
        #expect(hub.opened(opening, .failure(failure)).summary == ["failed ben #1 UNAVAILABLE", "user_left ben"])
        #expect(hub.timelines.needsRetry)
        let again = hub.retry()
        #expect(again.summary == ["open r1"])
        #expect(!hub.timelines.needsRetry)
        #expect(hub.opened(try #require(again.opening), .success(3)).summary == [])
        #expect(hub.timelines.appended(.stored(try self.stored(4)), to: lobby) == .deliver(try self.stored(4)))
        #expect(hub.leave("ann", lobby)?.summary == [])
    }

    @Test("One room too many ends the one that has waited the longest, unless somebody is in it")
    func tooMany() throws {
        var limits = ChatLimits()
        limits.maximumAwaitedRooms = 2
        var hub = Hub(limits: limits)
        func leave(_ name: String, at second: Int64) throws {
            let opening = hub.enter("ann", as: try user("ann"), try room(name), after: nil, reply: 0)
            if let opening = opening.opening { _ = hub.opened(opening, .success(3)) }
            _ = hub.leave("ann", try room(name), awaitedUntil: self.uptime(second))
        }
        for (second, name) in ["a", "b", "c"].enumerated() { try leave(name, at: Int64(10 + second)) }
        let floors = try ["a", "b", "c"].map { hub.timelines.floor(of: try room($0)) }
        #expect(floors == [0, 3, 3])
        _ = hub.restore("ben", as: try user("ben"), try room("b"))
        try leave("d", at: 14)
        #expect(hub.timelines.floor(of: try room("b")) == 3, "ben is there")
        _ = hub.leave("ben", try room("b"))
        #expect(hub.timelines.floor(of: try room("b")) == 0)
        #expect(hub.nextDeadline == self.uptime(12))
    }

    @Test("Where nobody is waited for, nothing is opened")
    func noneAwaited() throws {
        var limits = ChatLimits()
        limits.maximumAwaitedRooms = 0
        var hub = Hub(limits: limits)
        #expect(hub.expect(try room(), until: self.uptime(10)).summary == [])
        #expect(hub.nextDeadline == nil)
    }
}
