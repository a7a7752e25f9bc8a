// Licensed under the MIT licence.

import Chat
import NIOCore
import Testing

@Suite struct ChatSessionTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private let limits = ChatLimits()

    private func session() -> ChatSession { ChatSession(rateLimits: nil, now: self.start) }

    @Test("One identity, once")
    func identity() throws {
        var session = self.session()
        #expect(failure { () throws(ChatError) in try session.authenticated() } == .notAuthenticated)
        try session.authenticate(user("u1"))
        #expect(try session.authenticated() == user("u1"))
        for other in ["u1", "u2"] {
            let other = try user(other)
            #expect(failure { () throws(ChatError) in try session.authenticate(other) } == .alreadyAuthenticated)
        }
        #expect(try session.user == user("u1"))
    }

    @Test("A socket is a member from the moment it asks")
    func membership() throws {
        var session = self.session()
        let lobby = try room()
        #expect(failure { () throws(ChatError) in try session.requireMembership(of: lobby) } == .notRoomMember)
        #expect(failure { () throws(ChatError) in try session.beginLeave(lobby) } == .notRoomMember)
        let ticket = try session.beginJoin(lobby, self.limits)
        try session.requireMembership(of: lobby)
        let leave = try session.beginLeave(lobby)
        #expect(!session.isMember(of: lobby))
        #expect(failure { () throws(ChatError) in try session.requireMembership(of: lobby) } == .notRoomMember)
        #expect(failure { () throws(ChatError) in try session.beginLeave(lobby) } == .notRoomMember)
        session.ended(ticket, lobby)
        #expect(session.roomCount == 1)
        session.ended(leave, lobby)
        #expect(session.roomCount == 0)
    }

    @Test("The room last sent to is remembered while the socket is in it")
    func recentRoom() throws {
        var session = self.session()
        let (lobby, attic) = (try room(), try room("attic"))
        for room in [lobby, attic] { _ = try session.beginJoin(room, self.limits) }
        #expect(session.recentRoom == nil)
        for room in [lobby, lobby, attic, lobby] {
            try session.requireMembership(of: room)
            #expect(session.recentRoom == room)
        }
        _ = try session.beginLeave(attic)
        #expect(session.recentRoom == lobby)
        _ = try session.beginLeave(lobby)
        #expect(session.recentRoom == nil)
        #expect(failure { () throws(ChatError) in try session.requireMembership(of: lobby) } == .notRoomMember)
        let ticket = try session.beginJoin(lobby, self.limits)
        try session.requireMembership(of: lobby)
        session.ended(ticket, lobby)
        #expect(failure { () throws(ChatError) in try session.requireMembership(of: lobby) } == .notRoomMember)
    }

    @Test("A refusal that was overtaken by a leave or by another join changes nothing")
    func tickets() throws {
        var session = self.session()
        let lobby = try room()
        let first = try session.beginJoin(lobby, self.limits)
        _ = try session.beginLeave(lobby)
        let second = try session.beginJoin(lobby, self.limits)
        session.ended(first, lobby)
        #expect(session.isMember(of: lobby))
        let third = try session.beginJoin(lobby, self.limits)
        session.ended(second, lobby)
        #expect(session.isMember(of: lobby))
        session.ended(third, lobby)
        #expect(!session.isMember(of: lobby))
        session.ended(third, lobby)
    }

    @Test("A leave that was overtaken by a join changes nothing")
    func overtakenLeave() throws {
        var session = self.session()
        let lobby = try room()
        _ = try session.beginJoin(lobby, self.limits)
        let leave = try session.beginLeave(lobby)
        _ = try session.beginJoin(lobby, self.limits)
        session.ended(leave, lobby)
        #expect(session.isMember(of: lobby))
    }

    @Test("What was refused as one too many leaves the socket what it was")
    func refused() throws {
        var session = self.session()
        let lobby = try room()
        let join = try session.beginJoin(lobby, self.limits)
        let second = try session.beginJoin(lobby, self.limits)
        session.refused(second, lobby, standing: join, isLeave: false)
        #expect(session.isMember(of: lobby))
        let leave = try session.beginLeave(lobby)
        session.refused(leave, lobby, standing: join, isLeave: false)
        try session.requireMembership(of: lobby)
        let standing = try session.beginLeave(lobby)
        let third = try session.beginJoin(lobby, self.limits)
        try session.requireMembership(of: lobby)
        let fourth = try session.beginJoin(lobby, self.limits)
        session.refused(third, lobby, standing: standing, isLeave: true)
        #expect(session.isMember(of: lobby))
        session.refused(fourth, lobby, standing: standing, isLeave: true)
        #expect(!session.isMember(of: lobby))
        #expect(session.recentRoom == nil)
        session.ended(standing, lobby)
        #expect(session.roomCount == 0)
    }

    @Test("Rooms are counted")
    func tooManyRooms() throws {
        var session = self.session()
        for number in 0..<256 { _ = try session.beginJoin(room("r\(number)"), self.limits) }
        let last = try room("one too many")
        #expect(failure { () throws(ChatError) in try session.beginJoin(last, self.limits) } == .tooManyRooms)
        #expect(session.roomCount == 256)
        // Asking again for a room it is in is no other room.
        _ = try session.beginJoin(room("r0"), self.limits)
        // A room is one of its rooms until it is out, whoever makes that take long.
        let leave = try session.beginLeave(room("r7"))
        #expect(failure { () throws(ChatError) in try session.beginJoin(last, self.limits) } == .tooManyRooms)
        try session.ended(leave, room("r7"))
        _ = try session.beginJoin(last, self.limits)
    }

    @Test("Watched users are counted")
    func tooManyWatched() throws {
        var session = self.session()
        var limits = self.limits
        limits.maximumWatchedUsersPerSocket = 2
        try session.watch(UserID("a"), limits)
        try session.watch(UserID("b"), limits)
        try session.watch(UserID("a"), limits)
        let third = try UserID("c")
        #expect(failure { () throws(ChatError) in try session.watch(third, limits) } == .rateLimited)
        let first = try UserID("a")
        #expect([session.unwatch(first), session.unwatch(first)] == [true, false])
        try session.watch(third, limits)
    }

    @Test("What remains at the end, once")
    func end() throws {
        var stranger = self.session()
        #expect(stranger.end() == nil)
        var session = self.session()
        try session.authenticate(user())
        for name in ["r1", "r2", "r3"] { _ = try session.beginJoin(room(name), self.limits) }
        let leave = try session.beginLeave(room("r2"))
        try session.ended(leave, room("r2"))
        // Whose answer is still to come.
        _ = try session.beginLeave(room("r3"))
        try session.watch(UserID("a"), self.limits)
        let ended = session.end()
        let remains = try #require(ended)
        #expect(try remains.user == user())
        #expect(try Set(remains.rooms) == [room("r1"), room("r3")])
        #expect(session.end() == nil)
        #expect(session.roomCount == 0)
    }

    @Test("Activity is news once a second")
    func activity() {
        var session = self.session()
        let news = [0, 500, 999, 1000, 1500, 2000, 9000, 9001].map {
            session.isActivityNews(now: self.start + .milliseconds($0))
        }
        #expect(news == [false, false, false, true, false, true, true, false])
    }

    @Test("Limits off let everything through")
    func noLimits() {
        var session = self.session()
        let rates = RateLimits()
        session.charge(bytes: .max, rates, now: self.start)
        #expect((0..<10_000).allSatisfy { _ in session.admit(bytes: 1 << 20, rates, now: self.start) == .admitted })
        var limited = ChatSession(rateLimits: rates, now: self.start)
        #expect((0..<10_000).contains { _ in limited.admit(bytes: 10, rates, now: self.start) != .admitted })
    }
}
