// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing

/// What others see of a user whose client has just been told `authenticated`.
@Suite struct PresenceOrderTests {
    @Test("Once a client knows that it is authenticated its user is online, whoever asks", arguments: [0, 1])
    func snapshot(home: Int) throws {
        let fixture = ChatFixture(shards: 2)
        let name = try self.user(home: home)
        let ben = fixture.client("ben", shard: 1)
        fixture.settle()
        _ = try ben.take()
        let ann = fixture.visitor(name, shard: 0)
        ann.send("authenticate", #"{"user_id":"\#(name)"}"#)
        // What other shards are to do for it waits.
        var told = try ann.take("authenticated")
        if told.isEmpty {
            fixture.settle()
            told = try ann.take("authenticated")
        }
        #expect(told.map { $0.text("user_id") } == [name])
        ben.send("subscribe_status", #"{"target_user_id":"\#(name)"}"#)
        fixture.settle()
        #expect(try ben.take("user_online").map { $0.text("user_id") } == [name])
    }

    @Test("Who watches no more right behind watching is told nothing more", arguments: [0, 1])
    func unsubscribing(home: Int) throws {
        let fixture = ChatFixture(shards: 2)
        let name = try self.user(home: home)
        let ben = fixture.client("ben", shard: 1)
        fixture.settle()
        for event in ["subscribe_status", "unsubscribe_status"] {
            ben.send(event, #"{"target_user_id":"\#(name)"}"#)
        }
        fixture.settle()
        _ = try ben.take()
        _ = fixture.client(name, shard: 0)
        fixture.settle()
        #expect(try ben.take().isEmpty)
    }

    /// A user whose home is this shard.
    private func user(home: Int) throws -> String {
        for number in 0... {
            let user = try UserID("ann\(number)")
            if HomeShard.index(of: user, count: 2) == home { return user.string }
        }
        return "ann"
    }
}
