// Licensed under the MIT licence.

import Chat
import ChatTesting
import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing
import WireJSON

/// Who is told how far a user has read.
@Suite struct ReadStateTests {
    private let fixture = ChatFixture(shards: 3)

    private func join(_ client: ChatClient, _ room: RoomID) throws -> JSONValue {
        client.send("join", #"{"room_id":"\#(room.string)"}"#)
        self.fixture.settle()
        for case .acknowledgement(_, let answer) in try client.take() { return answer }
        return .null
    }

    private func read(_ client: ChatClient, _ room: RoomID, _ seq: Int) throws -> JSONValue {
        let number = client.send("read", #"{"room_id":"\#(room.string)","seq":\#(seq)}"#)
        self.fixture.settle()
        for case .acknowledgement(number, let answer) in try client.take() { return answer }
        return .null
    }

    private func say(_ client: ChatClient, _ room: RoomID, count: Int) {
        for number in 0..<count { client.send("message", #"{"room_id":"\#(room.string)","content":"m\#(number)"}"#) }
        self.fixture.settle()
    }

    @Test("The others in the room and the user's other devices are told, each once; the device that reads is not")
    func devices() throws {
        let room = try self.fixture.room(home: 1)
        let phone = self.fixture.client("ann", shard: 0)
        let laptop = self.fixture.client("ann", shard: 1)
        let tablet = self.fixture.client("ann", shard: 2, revision: .v3)
        let ben = self.fixture.client("ben", shard: 2)
        let stranger = self.fixture.client("cat", shard: 0)
        for client in [phone, laptop, ben] { _ = try self.join(client, room) }
        self.say(ben, room, count: 3)
        for client in [phone, laptop, tablet, ben, stranger] { _ = try client.take() }
        #expect(try self.read(phone, room, 2).isOK)
        #expect(try phone.take("read").isEmpty)
        #expect(try stranger.take("read").isEmpty)
        for client in [laptop, tablet, ben] {
            let told = try client.take("read").map { String(buffer: $0.bytes) }
            #expect(told == [#"{"room_id":"\#(room.string)","user_id":"ann","seq":2}"#])
        }
        // No step back is news to anybody.
        #expect(try self.read(laptop, room, 2).isOK)
        #expect(try self.read(laptop, room, 1).isOK)
        for client in [phone, tablet, ben] { #expect(try client.take("read").isEmpty) }
        #expect(try self.read(laptop, room, 3).isOK)
        for client in [phone, tablet, ben] { #expect(try client.take("read").map { $0.number("seq") } == [3]) }
    }

    @Test("A join tells how far the user has read, on whichever device")
    func join() throws {
        let room = try self.fixture.room(home: 1)
        let (phone, ben) = (self.fixture.client("ann"), self.fixture.client("ben", shard: 2))
        var answer = try self.join(phone, room)
        #expect(["last_seq", "last_read_seq", "unread"].map(answer.number) == [0, 0, 0])
        _ = try self.join(ben, room)
        self.say(ben, room, count: 5)
        answer = try self.join(phone, room)
        #expect(["last_seq", "last_read_seq", "unread"].map(answer.number) == [5, 0, 5])
        _ = try self.read(phone, room, 3)
        answer = try self.join(self.fixture.client("ann", shard: 1), room)
        #expect(["last_seq", "last_read_seq", "unread"].map(answer.number) == [5, 3, 2])
        answer = try self.join(self.fixture.client("cat", shard: 1), room)
        #expect(["last_seq", "last_read_seq", "unread"].map(answer.number) == [5, 0, 5], "each user's own")
    }

    @Test("Nobody has read what does not exist yet", arguments: [4, 1000, Int.max])
    func beyond(_ seq: Int) throws {
        let room = try self.fixture.room(home: 1)
        let (ann, ben) = (self.fixture.client("ann"), self.fixture.client("ben", shard: 2))
        for client in [ann, ben] { _ = try self.join(client, room) }
        #expect(try self.read(ann, room, seq).isOK)
        #expect(try ben.take("read").isEmpty, "there is nothing to read")
        self.say(ben, room, count: 3)
        _ = try ben.take()
        #expect(try self.read(ann, room, seq).isOK)
        #expect(try ben.take("read").map { $0.number("seq") } == [3])
        self.say(ben, room, count: 2)
        let answer = try self.join(ann, room)
        #expect(["last_seq", "last_read_seq", "unread"].map(answer.number) == [5, 3, 2])
    }

    @Test("A store that cannot be asked refuses the read, and the join")
    func unavailable() throws {
        let room = try self.fixture.room(home: 1)
        let ann = self.fixture.client("ann")
        _ = try self.join(ann, room)
        self.say(ann, room, count: 1)
        self.fixture.store.odds.notDone = 100
        for seq in [1, 9] { #expect(try self.read(ann, room, seq).text("code") == "UNAVAILABLE") }
        #expect(try self.join(ann, room).text("code") == "UNAVAILABLE")
        self.fixture.store.odds.notDone = 0
        #expect(try self.read(ann, room, 1).isOK, "who was in stays")
        #expect(try self.join(ann, room).number("last_read_seq") == 1)
    }
}
