// Licensed under the MIT licence.

import Chat
import SocketIOTesting
import Testing

@testable import ChatServer

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

    @Test("Who comes to another node while it is looked up when they were last seen is not told to be away")
    func movingOn() throws {
        let fixture = ChatFixture(shards: 1, cluster: QuietCluster())
        let ben = fixture.client("ben")
        let ann = try ChatUser(id: UserID("ann"))
        let (first, second) = (NodeName("first"), NodeName("second"))
        func change(_ version: Int, _ event: RosterChange.Event) {
            fixture.service.changed(RosterChange(version: version, event), at: .user(ann.id))
            fixture.loop.run()
        }
        ben.send("subscribe_status", #"{"target_user_id":"ann"}"#)
        fixture.settle()
        change(1, .came(ann, first))
        fixture.settle()
        _ = try ben.take()
        // The store is asked when she was last seen, and takes its time.
        change(2, .left(ann.id, first))
        change(3, .came(ann, second))
        fixture.settle()
        let told = try ben.take().compactMap { received -> String? in
            guard case .event(let name, _) = received else { return nil }
            return name
        }
        #expect(told.last == "user_online", "\(told)")
        #expect(!told.contains("user_offline"), "\(told)")
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
