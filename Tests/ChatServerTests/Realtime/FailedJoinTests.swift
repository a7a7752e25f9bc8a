// Licensed under the MIT licence.

import Chat
import ChatTesting
import SocketIOTesting
import Testing
import WireJSON

/// What a member is that asked to join again while the store was away.
@Suite struct FailedJoinTests {
    private let fixture = ChatFixture(shards: 3)

    private func ask(_ client: ChatClient, _ event: String, _ payload: String) throws -> JSONValue {
        let number = client.send(event, payload)
        self.fixture.settle()
        for case .acknowledgement(number, let answer) in try client.take() { return answer }
        return .null
    }

    /// "ann" asks again, with these members in the payload besides the room; then "ben" sends a message.
    private func askAgain(_ members: String) throws -> (answer: JSONValue, ann: ChatClient, room: RoomID) {
        let room = try self.fixture.room(home: 1)
        let (ann, ben) = (self.fixture.client("ann"), self.fixture.client("ben", shard: 2))
        for client in [ann, ben] {
            #expect(try self.ask(client, "join", #"{"room_id":"\#(room.string)"}"#).isOK)
        }
        let message = #"{"room_id":"\#(room.string)","content":"Hello"}"#
        #expect(try self.ask(ben, "message", message).number("seq") == 1)
        #expect(try ann.take("message").count == 1)
        self.fixture.store.odds.notDone = 100
        let answer = try self.ask(ann, "join", #"{"room_id":"\#(room.string)"\#(members)}"#)
        self.fixture.store.odds.notDone = 0
        #expect(try self.ask(ben, "message", message).number("seq") == 2)
        return (answer, ann, room)
    }

    @Test("Without after it stays, and goes on receiving and sending")
    func plain() throws {
        let (answer, ann, room) = try self.askAgain("")
        #expect(answer.text("code") == "UNAVAILABLE")
        #expect(try ann.take("message").map { $0.number("seq") } == [2])
        let sent = try self.ask(ann, "message", #"{"room_id":"\#(room.string)","content":"Still here"}"#)
        #expect(sent.number("seq") == 3)
        #expect(try self.ask(ann, "leave", #"{"room_id":"\#(room.string)"}"#).isOK)
    }

    @Test("With after it is out and told so, and what it missed comes with the next one")
    func replay() throws {
        let (answer, ann, room) = try self.askAgain(#","after":0"#)
        #expect(answer.text("code") == "UNAVAILABLE")
        #expect(answer.text("error").contains("not in the room now"))
        #expect(try ann.take("message").isEmpty)
        let sent = try self.ask(ann, "message", #"{"room_id":"\#(room.string)","content":"Here?"}"#)
        #expect(sent.text("code") == "NOT_ROOM_MEMBER")
        ann.send("join", #"{"room_id":"\#(room.string)","after":1}"#)
        self.fixture.settle()
        #expect(try ann.take("message").map { $0.number("seq") } == [2])
    }
}
