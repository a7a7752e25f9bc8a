// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOAdmin
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

@Suite(.timeLimit(.minutes(15))) struct SnapshotSenderTests {
    @Test("Many sockets are told in parts, none of them large, each socket once")
    func parts() async throws {
        let fixture = try AdminFixture(shards: 2)
        let ids = (0..<600).map { fixture.joined(shard: $0 % 2).id }
        let admin = fixture.visitor()
        var told = await admin.take(through: "all_sockets")
        await fixture.loop.run { admin.client.unseen.count + told.count > 100 }
        told += admin.take()
        let first = try #require(told.first { $0.name == "all_sockets" })
        #expect(first.arguments[0].utf8.count <= 65_536 + 1)
        var seen = try first.value().elements.compactMap { $0.member("id")?.stringValue }
        #expect(seen.count > 50 && seen.count < 600)
        for event in told where event.name == "socket_connected" {
            try seen.append(#require(event.value().member("id")?.stringValue))
        }
        #expect(seen.count == 600)
        #expect(Set(seen) == Set(ids))
        // What is told from now on is looked at no more.
        _ = fixture.joined()
        #expect(admin.take().map(\.name) == ["room_joined", "socket_connected"])
    }

    @Test("No more sockets are listed than the options say")
    func limit() async throws {
        var options = AdminOptions(authentication: .none, mode: .development)
        options.limits.maximumListedSockets = 10
        let fixture = try AdminFixture(options)
        for _ in 0..<20 { _ = fixture.joined() }
        let told = await fixture.visitor().take(through: "all_sockets")
        #expect(try told.last?.value().elements.reduce(0) { count, _ in count + 1 } == 10)
    }

    @Test("An admin who leaves while the sockets are fetched is forgotten")
    func leaves() async throws {
        let fixture = try AdminFixture(shards: 2)
        for number in 0..<300 { _ = fixture.joined(shard: number % 2) }
        let admin = fixture.visitor(shard: 1)
        _ = await admin.take(through: "config")
        admin.client.end()
        fixture.loop.advance(by: .seconds(10))
        let next = fixture.visitor()
        let told = await next.take(through: "all_sockets")
        #expect(told.map(\.name).starts(with: ["config", "all_sockets"]))
    }

    @Test(
        "Whatever happens meanwhile, the admin's picture is the right one in the end",
        arguments: [UInt64(1), 2, 3, 4, 5, 6]
    )
    func churn(_ seed: UInt64) async throws {
        let fixture = try AdminFixture(shards: 2, seed: seed)
        var generator = SeededGenerator(seed: seed)
        let rooms: [Room] = ["a", "b", "c"]
        fixture.main.onInline("join") { socket, event in
            socket.join(Room(event.firstArgument?.stringValue ?? ""))
        }
        fixture.main.onInline("leave") { socket, event in
            socket.leave(Room(event.firstArgument?.stringValue ?? ""))
        }
        var clients: [TestClient] = []
        func change() {
            switch UInt64.random(in: 0..<6, using: &generator) {
            case 0, 1: clients.append(fixture.joined(shard: .random(in: 0..<2, using: &generator)).client)
            case 2:
                guard !clients.isEmpty else { return }
                clients.remove(at: .random(in: 0..<clients.count, using: &generator)).end()
            case let kind:
                guard let client = clients.randomElement(using: &generator) else { return }
                let room = rooms.randomElement(using: &generator)?.name ?? ""
                client.send(#"2["\#(kind < 5 ? "join" : "leave")","\#(room)"]"#)
            }
        }
        for _ in 0..<150 { change() }
        let admin = fixture.visitor(shard: 1)
        var picture = Picture()
        var told: [AdminClient.Told] = []
        for _ in 0..<600 {
            change()
            await Task.yield()
            told += admin.take()
        }
        if !told.contains(where: { $0.name == "all_sockets" }) { told += await admin.take(through: "all_sockets") }
        for event in told { try picture.told(event) }
        let main = fixture.main
        let sockets = try await fixture.loop.finish { try await main.broadcast.fetchSockets() }
        let real = Dictionary(uniqueKeysWithValues: sockets.map { ($0.id, Set($0.rooms.map(\.name))) })
        let wrong = Set(picture.sockets.keys).union(real.keys).filter { picture.sockets[$0] != real[$0] }
        #expect(wrong == [], "seed \(seed)")
        #expect(!real.isEmpty)
    }
}

/// What the UI makes of the feed (`ui/src/store/modules/main.js` of socket.io-admin-ui 0.5.1).
private struct Picture {
    private(set) var sockets: [String: Set<String>] = [:]

    mutating func told(_ event: AdminClient.Told) throws {
        switch event.name {
        case "all_sockets":
            self.sockets = [:]
            for socket in try event.value().elements { self.add(socket) }
        case "socket_connected":
            self.add(try event.value())
        case "socket_disconnected":
            self.sockets[try event.value(1).stringValue ?? ""] = nil
        case "room_joined":
            self.sockets[try event.value(2).stringValue ?? ""]?.insert(try event.value(1).stringValue ?? "")
        case "room_left":
            self.sockets[try event.value(2).stringValue ?? ""]?.remove(try event.value(1).stringValue ?? "")
        default:
            break
        }
    }

    private mutating func add(_ socket: JSONValue) {
        let rooms = socket.member("rooms")?.elements.compactMap(\.stringValue) ?? []
        guard let id = socket.member("id")?.stringValue, self.sockets[id] == nil else { return }
        self.sockets[id] = Set(rooms)
    }
}
