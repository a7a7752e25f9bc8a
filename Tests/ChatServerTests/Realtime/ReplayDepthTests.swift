// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing

/// A store that answers at once, which has everything happen within the call that asks for it.
@Suite struct ReplayDepthTests {
    @Test("The pages of a replay are read one after the other, not one inside the other", arguments: [0, 1])
    func pages(home: Int) throws {
        let store = NestingStore()
        let fixture = ChatFixture(kept: store, isDirect: true) { $0.replayPageMessages = 1 }
        let room = try fixture.room(home: home)
        let (ann, ben) = (fixture.client("ann", shard: 0), fixture.client("ben", shard: 1))
        ann.send("join", #"{"room_id":"\#(room.string)"}"#)
        for _ in 0..<100 { ann.send("message", #"{"room_id":"\#(room.string)","content":"m"}"#) }
        fixture.settle()
        ben.send("join", #"{"room_id":"\#(room.string)","after":0}"#)
        fixture.settle()
        #expect(try ben.take("message").map { $0.number("seq") } == Array(1...100))
        #expect(store.greatestDepth == 1)
    }
}
