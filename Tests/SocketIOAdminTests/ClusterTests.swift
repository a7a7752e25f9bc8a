// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOAdmin
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct ClusterTests {
    /// Lets time pass in steps in which servers hear what others say, which takes tasks.
    private static func pass(seconds: Int, _ fixture: AdminFixture) async {
        for _ in 0..<seconds {
            fixture.loop.advance(by: .seconds(1))
            for _ in 0..<50 { await Task.yield() }
            fixture.loop.run()
        }
    }

    @Test("An admin of one server sees the sockets and the numbers of all, and what happens there")
    func allServers() async throws {
        let fixture = try AdminFixture(nodes: 3, shards: 2)
        let before = (0..<3).map { fixture.joined(node: $0, shard: $0 % 2).id }
        let admin = fixture.visitor()
        let told = await admin.take(through: "all_sockets", withStatistics: true)
        let sockets = try #require(told.last).value().elements.compactMap { $0.member("id")?.stringValue }
        #expect(Set(sockets) == Set(before))
        fixture.loop.advance(by: .seconds(2))
        let all = told + admin.take(withStatistics: true)
        let servers = try all.filter { $0.name == "server_stats" }.map {
            try $0.value().member("serverId")?.stringValue
        }
        #expect(Set(servers) == ["n0", "n1", "n2"])

        let (client, id) = fixture.joined(node: 2, shard: 1)
        client.send(#"2["hello"]"#)
        client.end()
        #expect(
            admin.take().map(\.name) == [
                "room_joined", "socket_connected", "event_received", "room_left", "socket_disconnected",
            ]
        )
        let (other, otherID) = fixture.joined(node: 1)
        #expect(id != otherID)
        admin.send("_disconnect", #""/",true,"\#(otherID)""#)
        fixture.loop.run()
        #expect(other.closeReason == .forcedServerClose)
    }

    @Test("Servers without admins anywhere say nothing to each other; when the last has left all are quiet again")
    func quiet() async throws {
        let fixture = try AdminFixture(nodes: 2)
        fixture.loop.advance(by: .seconds(30))
        #expect(fixture.bus.messageCount == 0)
        #expect(fixture.clockReadings.value == 0)
        let admin = await fixture.admin(node: 1)
        await Self.pass(seconds: 30, fixture)
        #expect(admin.take(withStatistics: true).filter { $0.name == "server_stats" }.count >= 28)
        admin.client.end()
        await Self.pass(seconds: 10, fixture)
        let (messages, readings) = (fixture.bus.messageCount, fixture.clockReadings.value)
        fixture.loop.advance(by: .seconds(30))
        _ = fixture.joined(node: 0)
        #expect(fixture.bus.messageCount == messages)
        #expect(fixture.clockReadings.value == readings)
    }

    @Test("A server that is gone is not reported, also while somebody keeps its namespaces")
    func goneServer() async throws {
        var fixture = try AdminFixture(nodes: 2)
        let kept = fixture.servers[0].namespaces
        let admin = await fixture.admin(node: 1)
        await Self.pass(seconds: 3, fixture)
        let servers = { (told: [AdminClient.Told]) in
            Set(try told.filter { $0.name == "server_stats" }.map { try $0.value().member("serverId")?.stringValue })
        }
        #expect(try servers(admin.take(withStatistics: true)) == ["n0", "n1"])
        fixture.servers.removeFirst()
        #expect(kept.count == 2 && kept.allSatisfy { $0.server == nil })
        await Self.pass(seconds: 6, fixture)
        #expect(try servers(admin.take(withStatistics: true)) == ["n1"])
    }

    @Test("A server whose admins are gone without a word is not reported to for long")
    func deadServer() async throws {
        let fixture = try AdminFixture(nodes: 2)
        _ = await fixture.admin(node: 1)
        fixture.bus.kill("n1", isNoticed: true)
        await Self.pass(seconds: 10, fixture)
        // The dead one goes on for its own admin, who is connected to it still; the clock does not move any more.
        let readings = fixture.clockReadings.value
        _ = fixture.joined(node: 0)
        #expect(fixture.clockReadings.value == readings)
    }

    @Test("A server that does not answer hides its own sockets alone")
    func silentServer() async throws {
        let fixture = try AdminFixture(nodes: 2)
        let (_, id) = fixture.joined(node: 0)
        _ = fixture.joined(node: 1)
        fixture.bus.lose { _, _, _ in true }
        let admin = fixture.visitor()
        // Waits for the announcement, and then for the sockets.
        var told: [AdminClient.Told] = []
        while !told.contains(where: { $0.name == "all_sockets" }), !Task.isCancelled {
            fixture.loop.advance(by: .milliseconds(100))
            for _ in 0..<50 { await Task.yield() }
            told += admin.take()
        }
        let sockets = try #require(told.last).value().elements.compactMap { $0.member("id")?.stringValue }
        #expect(sockets == [id])
    }
}
