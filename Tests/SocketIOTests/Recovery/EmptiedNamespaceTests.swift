// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct EmptiedNamespaceTests {
    private func fixture(shards: Int = 2, seed: UInt64? = nil, maximumEmpty: Int = 100) -> (Fixture, ParentNamespace) {
        let fixture = Fixture(
            shards: shards,
            seed: seed,
            options: ServerOptions(
                maximumEmptyNamespaces: maximumEmpty,
                connectionStateRecovery: .init(maxDisconnectionDuration: .seconds(60))
            )
        )
        return (fixture, fixture.server.of(pattern: "/t-*"))
    }

    @Test(
        "The last client of a namespace comes back to it, and is given what it missed",
        arguments: 0..<10 as Range<UInt64>
    )
    func comesBack(seed: UInt64) throws {
        let (fixture, group) = self.fixture(shards: 3, seed: seed)
        let client = RecoveringClient(fixture, shard: Int(seed % 3), namespace: "/t-1")
        let namespace = try #require(group.children.first)
        client.cut()
        fixture.loop.advance(by: .seconds(30))
        #expect(group.children.count == 1, "seed \(seed)")
        try namespace.emit("missed")
        client.reconnect(shard: Int(seed % 2))
        fixture.loop.run()
        client.read()
        #expect(client.recovered, "seed \(seed)")
        #expect(client.events.map { $0.prefix(14) } == [#"2/t-1,["missed"#], "seed \(seed)")
        #expect(group.children.first === namespace)
        // Its time begins anew.
        fixture.loop.advance(by: .seconds(100))
        #expect(group.children.count == 1)
        client.cut()
        fixture.loop.advance(by: .seconds(60))
        #expect(group.children.count == 1, "seed \(seed)")
        fixture.loop.advance(by: .seconds(1))
        #expect(group.children.isEmpty && fixture.server.namespaces.isEmpty, "seed \(seed)")
        client.reconnect()
        fixture.loop.run()
        client.read()
        #expect(!client.recovered && client.sid != nil)
    }

    @Test("Nobody who left in good order, or was never in, can come back, so the namespace goes at once")
    func nothingToComeBackFor() {
        let (fixture, group) = self.fixture()
        let client = fixture.joinedClient("/t-1")
        client.send("1/t-1,")
        #expect(group.children.isEmpty)
        let old = fixture.client(revision: .v3)
        old.send("0/t-2,")
        #expect(group.children.count == 1)
        old.end()
        #expect(group.children.isEmpty)
    }

    @Test("The last to go decides, whoever went before")
    func several() {
        let (fixture, group) = self.fixture()
        let first = RecoveringClient(fixture, namespace: "/t-1")
        let second = RecoveringClient(fixture, shard: 1, namespace: "/t-1")
        first.cut()
        fixture.loop.advance(by: .seconds(50))
        second.cut()
        fixture.loop.advance(by: .seconds(50))
        #expect(group.children.count == 1)
        second.reconnect()
        fixture.loop.run()
        second.read()
        #expect(second.recovered)
        // It comes and goes; one timer looks after that.
        for _ in 0..<20 {
            second.cut()
            fixture.loop.advance(by: .seconds(2))
            second.reconnect()
            fixture.loop.run()
            second.read()
            #expect(second.recovered)
        }
        second.cut()
        fixture.loop.advance(by: .seconds(61))
        #expect(group.children.isEmpty)
    }

    @Test("Too many empty ones: the oldest goes first, those in use count for nothing")
    func bounded() {
        let (fixture, group) = self.fixture(maximumEmpty: 3)
        let clients = (0..<5).map { RecoveringClient(fixture, namespace: "/t-\($0)") }
        for client in clients[..<3] { client.cut() }
        #expect(group.children.count == 5)
        clients[0].reconnect()
        fixture.loop.run()
        clients[3].cut()
        #expect(group.children.count == 5)
        clients[4].cut()
        fixture.loop.run()
        #expect(Set(group.children.map(\.name)) == ["/t-0", "/t-2", "/t-3", "/t-4"])
        clients[0].cut()
        #expect(Set(group.children.map(\.name)) == ["/t-0", "/t-3", "/t-4"])
        fixture.loop.advance(by: .seconds(61))
        #expect(group.children.isEmpty)
    }

    @Test("None is kept where none may be")
    func none() {
        let (fixture, group) = self.fixture(maximumEmpty: 0)
        RecoveringClient(fixture, namespace: "/t-1").cut()
        #expect(group.children.isEmpty)
        fixture.loop.advance(by: .seconds(61))
    }

    @Test("A client that is sent away finds its namespace when it is back")
    func sentAway() throws {
        let (fixture, group) = self.fixture(shards: 1)
        let client = RecoveringClient(fixture, namespace: "/t-1")
        let namespace = try #require(group.children.first)
        for number in 0..<3 { try namespace.emit("event", number) }
        fixture.loop.run()
        client.cut(after: 0)
        client.reconnect()
        // The replay is cut: the client holds an event that it has not handled.
        client.cut(after: 1)
        client.reconnect()
        client.read()
        #expect(client.connection.closeReason == nil)
        fixture.loop.advance(by: .milliseconds(250))
        #expect(client.connection.closeReason == .forcedServerClose)
        client.cut()
        #expect(group.children.first === namespace)
        fixture.loop.advance(by: .seconds(30))
        client.reconnect()
        client.read()
        #expect(client.recovered)
        #expect(client.events.map { $0.prefix(15) } == (0..<3).map { #"2/t-1,["event",\#($0)"#.prefix(15) })
        #expect(group.children.first === namespace)
        // What was saved last could have been taken up to here.
        client.connection.send("1/t-1,")
        fixture.loop.advance(by: .seconds(31))
        #expect(group.children.isEmpty)
    }
}
