// Licensed under the MIT licence.

import EngineIO
import Logging
import NIOPosix
import SocketIOTesting
import Testing
import WireJSON

@testable import ChatServer

/// What is exposed of a chat on the in-process transport.
@Suite struct ShardMetricsTests {
    private struct World {
        let chat = ChatFixture(shards: 2)
        private let engine = EngineServer(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            logger: Logger(label: "tests")
        )

        /// What the shards tell.
        func families() -> [String: MetricFamily] {
            let reports = self.chat.loop.shards.map { shard in
                self.chat.loop.perform(onShard: shard.index) {
                    ShardReport(
                        shard,
                        engine: self.engine,
                        io: self.chat.server,
                        home: self.chat.service.homes[shard.index],
                        lag: LoopLag(shard)
                    )
                }
            }
            return Dictionary(uniqueKeysWithValues: ShardFamilies(reports: reports).all.map { ($0.name, $0) })
        }

        func value(_ name: String, _ labels: [MetricLabel] = []) -> MetricFamily.Value? {
            self.families()[name]?.samples.first { $0.labels == labels }?.value
        }
    }

    @Test func socketsRoomsMembersAndUsers() throws {
        let world = World()
        let ann = world.chat.client("ann")
        let bob = world.chat.client("bob", shard: 1)
        let tablet = world.chat.client("ann", shard: 1)
        for (client, room) in [(ann, "r1"), (ann, "r2"), (bob, "r1"), (tablet, "r1")] {
            client.send("join", #"{"room_id":"\#(room)"}"#)
        }
        world.chat.settle()
        #expect(world.value("sio_sockets") == .integer(3))
        #expect(world.value("chat_rooms") == .integer(2))
        #expect(world.value("chat_memberships") == .integer(4))
        #expect(world.value("chat_users_online") == .integer(2))
        ann.send("leave", #"{"room_id":"r2"}"#)
        ann.send("leave", #"{"room_id":"r2"}"#)
        tablet.client.connection.end()
        world.chat.settle()
        #expect(world.value("sio_sockets") == .integer(2))
        #expect(world.value("chat_rooms") == .integer(1))
        #expect(world.value("chat_memberships") == .integer(2))
        #expect(world.value("chat_users_online") == .integer(2))
        bob.client.connection.end()
        ann.client.connection.end()
        world.chat.settle()
        for name in ["sio_sockets", "chat_rooms", "chat_memberships", "chat_users_online"] {
            #expect(world.value(name) == .integer(0))
        }
    }

    @Test func messagesAndRefusals() throws {
        let world = World()
        let ann = world.chat.client("ann")
        let bob = world.chat.client("bob", shard: 1)
        for client in [ann, bob] { client.send("join", #"{"room_id":"r"}"#) }
        world.chat.settle()
        for _ in 0..<3 { ann.send("message", #"{"room_id":"r","content":"Hi"}"#) }
        for _ in 0..<2 { ann.send("message", #"{"room_id":"r","content":"Hi","client_id":"c"}"#) }
        ann.send("message", #"{"room_id":"elsewhere","content":"Hi"}"#)
        ann.send("mesage", "{}")
        world.chat.settle()
        #expect(world.value("chat_events_total", [.init("event", "message")]) == .integer(6))
        #expect(world.value("chat_events_total", [.init("event", "join")]) == .integer(2))
        #expect(world.value("chat_events_total", [.init("event", "unknown")]) == .integer(1))
        #expect(world.value("chat_refusals_total", [.init("code", "NOT_ROOM_MEMBER")]) == .integer(1))
        #expect(world.value("chat_refusals_total", [.init("code", "INVALID_PAYLOAD")]) == .integer(1))
        #expect(world.value("chat_messages_stored_total") == .integer(4))
        #expect(world.value("chat_messages_repeated_total") == .integer(1))
        #expect(world.value("chat_messages_delivered_total") == .integer(4))
    }

    @Test func aShardThatDoesNotAnswerIsCounted() {
        let families = ShardFamilies(reports: [nil, nil]).all
        #expect(families.first { $0.name == "eio_loops" }?.samples == [.init(value: .integer(2))])
        #expect(families.first { $0.name == "eio_loops_unresponsive" }?.samples == [.init(value: .integer(2))])
        #expect(families.first { $0.name == "eio_loop_lag_seconds" }?.samples == [])
    }

    @Test func namesKeepToTheConventions() async {
        var families = ShardFamilies(reports: [nil]).all + MetricsRegistry().families
        families += await ProcessMetrics().families()
        let names = families.map(\.name) + MetricDescription.all.map(\.name)
        #expect(Set(names).count == names.count)
        for family in families {
            #expect(family.name.wholeMatch(of: #/(eio|sio|chat|redis|process)_[a-z_]+/#) != nil, "\(family.name)")
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(family.help.hasSuffix("."))
            #expect(Set(family.samples.map(\.labels)).count == family.samples.count, "\(family.name)")
        }
    }
}
