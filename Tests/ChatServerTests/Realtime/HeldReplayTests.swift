// Licensed under the MIT licence.

import Chat
import ChatTesting
import SocketIOTesting
import Testing
import WireJSON

/// A client that takes nothing of a replay, and what it asks for meanwhile.
@Suite struct HeldReplayTests {
    /// "ann" in a room with messages, and "ben", who has begun to read them.
    private func began(_ fixture: ChatFixture, _ room: RoomID) throws -> (ann: ChatClient, ben: ChatClient) {
        let (ann, ben) = (fixture.client("ann", shard: 0), fixture.client("ben", shard: 1))
        ann.send("join", #"{"room_id":"\#(room.string)"}"#)
        for _ in 0..<10 { ann.send("message", #"{"room_id":"\#(room.string)","content":"m"}"#) }
        fixture.settle()
        ben.client.connection.isFlushHeld = true
        ben.send("join", #"{"room_id":"\#(room.string)","after":0}"#)
        fixture.settle()
        for client in [ann, ben] { _ = try client.take() }
        return (ann, ben)
    }

    /// The answers to what was asked.
    private func answers(_ client: ChatClient) throws -> [JSONValue] {
        try client.take().compactMap { received in
            guard case .acknowledgement(_, let answer) = received else { return nil }
            return answer
        }
    }

    @Test("Requests behind it are carried out one after the other, not one inside the other")
    func depth() throws {
        let store = NestingStore()
        let fixture = ChatFixture(kept: store, isDirect: true) { limits in
            limits.replayPageMessages = 3
            limits.maximumPendingRequestsPerRoom = .max
        }
        let room = try fixture.room(home: 0)
        let ben = try self.began(fixture, room).ben
        for _ in 0..<100 { for event in ["leave", "join"] { ben.send(event, #"{"room_id":"\#(room.string)"}"#) } }
        fixture.settle()
        let early = try self.answers(ben)
        #expect(early.isEmpty)
        ben.client.connection.flush()
        fixture.settle()
        let answers = try self.answers(ben)
        #expect(answers.count == 201)
        #expect(answers.allSatisfy { $0.isOK })
        // The read that the flush brings, and what its answer asks for.
        #expect(store.greatestDepth <= 2)
    }

    @Test("Five thousand joins and leaves at once are all answered", arguments: [0, 1])
    func storm(home: Int) throws {
        let fixture = ChatFixture { $0.replayPageMessages = 3 }
        let room = try fixture.room(home: home)
        let ben = try self.began(fixture, room).ben
        for _ in 0..<5000 { for event in ["join", "leave"] { ben.send(event, #"{"room_id":"\#(room.string)"}"#) } }
        fixture.settle()
        let refused = try self.answers(ben)
        #expect(refused.allSatisfy { $0.text("code") == "RATE_LIMITED" })
        // The first join is one of those that wait.
        #expect(refused.count == 10_000 - 15)
        ben.client.connection.flush()
        fixture.settle()
        #expect(try self.answers(ben).map(\.isOK) == Array(repeating: true, count: 16))
        #expect(fixture.store.isIdle)
    }

    @Test("What may wait behind it is limited, and the rest is refused at once", arguments: [0, 1])
    func limit(home: Int) throws {
        let fixture = ChatFixture { limits in
            limits.replayPageMessages = 3
            limits.maximumPendingRequestsPerRoom = 4
        }
        let room = try fixture.room(home: home)
        let ben = try self.began(fixture, room).ben
        // Of these, the first three are let wait.
        for event in ["leave", "join", "join", "leave", "join"] { ben.send(event, #"{"room_id":"\#(room.string)"}"#) }
        fixture.settle()
        #expect(try self.answers(ben).map { $0.text("code") } == ["RATE_LIMITED", "RATE_LIMITED"])
        ben.client.connection.flush()
        fixture.settle()
        #expect(try self.answers(ben).map(\.isOK) == [true, true, true, true])
        ben.send("message", #"{"room_id":"\#(room.string)","content":"m"}"#)
        fixture.settle()
        #expect(try self.answers(ben).map(\.isOK) == [true])
    }

    @Test("A socket whose leave waits behind it is gone for the others once it has disconnected", arguments: [0, 1])
    func gone(home: Int) throws {
        let fixture = ChatFixture { $0.replayPageMessages = 3 }
        let room = try fixture.room(home: home)
        let (ann, ben) = try self.began(fixture, room)
        ben.send("leave", #"{"room_id":"\#(room.string)"}"#)
        fixture.settle()
        #expect(try ann.take("user_left").isEmpty)
        ben.client.end()
        fixture.settle()
        #expect(try ann.take("user_left").map { $0.text("user_id") } == ["ben"])
    }

    @Test("A room that a leave waits in is one of the socket's rooms", arguments: [0, 1])
    func rooms(home: Int) throws {
        let fixture = ChatFixture { limits in
            limits.replayPageMessages = 3
            limits.maximumRoomsPerSocket = 1
        }
        let room = try fixture.room(home: home)
        let other = try fixture.room(home: home, "other")
        let ben = try self.began(fixture, room).ben
        ben.send("leave", #"{"room_id":"\#(room.string)"}"#)
        ben.send("join", #"{"room_id":"\#(other.string)"}"#)
        fixture.settle()
        #expect(try self.answers(ben).map { $0.text("code") } == ["TOO_MANY_ROOMS"])
        ben.client.connection.flush()
        fixture.settle()
        _ = try ben.take()
        ben.send("join", #"{"room_id":"\#(other.string)"}"#)
        fixture.settle()
        #expect(try self.answers(ben).map(\.isOK) == [true])
    }
}
