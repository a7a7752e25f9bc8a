// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing
import WireJSON

/// A client that sends `join` and `leave` one behind the other.
@Suite struct LeaveOrderTests {
    @Test("A leave right behind a join leaves after it, and both succeed", arguments: [0, 1])
    func pipelined(home: Int) throws {
        let fixture = ChatFixture(shards: 2)
        let room = try fixture.room(home: home)
        let ann = fixture.client("ann", shard: 0)
        ann.send("join", #"{"room_id":"\#(room.string)"}"#)
        fixture.settle()
        _ = try ann.take()
        let ben = fixture.client("ben", shard: 1)
        fixture.settle()
        _ = try ben.take()
        for event in ["join", "leave", "join", "leave"] { ben.send(event, #"{"room_id":"\#(room.string)"}"#) }
        fixture.settle()
        var answers: [(Int, Bool)] = []
        for case .acknowledgement(let number, let answer) in try ben.take() { answers.append((number, answer.isOK)) }
        #expect(answers.map(\.0) == [1, 2, 3, 4])
        #expect(answers.allSatisfy { $0.1 })
        let told = try ann.take().compactMap { received in
            if case .event(let name, _) = received { name } else { nil }
        }
        #expect(told == ["user_joined", "user_left", "user_joined", "user_left"])
    }
}
