// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

/// A server that is killed at any moment, again and again, against what each of its clients is due.
@Suite(.timeLimit(.minutes(15))) struct RestartModelTests {
    /// What a client should have seen.
    private final class Expectation {
        var rooms: Set<String> = []
        var due: [String] = []
        /// How many events the client had seen when it began anew.
        var seenBefore = 0
    }

    /// What is being done when the process ends.
    private enum Last {
        case nothing
        case emit(name: String, room: String)
        case change(Int, room: String, isJoin: Bool)
        case reconnect(Int)
    }

    private static func configure(_ fixture: Fixture) {
        for (name, isJoin) in [("join", true), ("leave", false)] {
            fixture.main.onInline(name) { socket, event in
                let room = Room(event.firstArgument?.stringValue ?? "")
                if isJoin { socket.join(room) } else { socket.leave(room) }
                event.acknowledgement?.send(raw: ByteBuffer())
            }
        }
    }

    @Test("No gap and no repeat, whenever the process ends", arguments: 0..<60 as Range<UInt64>)
    func model(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let server = DurableServer(shards: 2, seed: seed, configure: Self.configure)
        let clients = (0..<3).map { RecoveringClient(server.fixture, shard: $0 % 2) }
        let expected = clients.map { _ in Expectation() }
        var number = 0
        func emit(to room: String) -> String {
            number += 1
            server.fixture.main.to(Room(room)).emit(raw: "e\(number)x", arguments: ByteBuffer())
            server.fixture.loop.run()
            return "e\(number)x"
        }
        func change(_ index: Int, _ room: String, isJoin: Bool) -> Bool {
            clients[index].read()
            clients[index].connection.send(#"27["\#(isJoin ? "join" : "leave")","\#(room)"]"#)
            return clients[index].connection.unseen.contains(.text("37[]"))
        }
        for _ in 0..<6 {
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                let index = Int.random(in: 0..<3, using: &random)
                let room = ["a", "b"][Int.random(in: 0..<2, using: &random)]
                switch Int.random(in: 0..<8, using: &random) {
                case 0...3:
                    let name = emit(to: room)
                    for entry in expected where entry.rooms.contains(room) { entry.due.append(name) }
                case 4, 5:
                    let isJoin = Bool.random(using: &random)
                    #expect(change(index, room, isJoin: isJoin))
                    if isJoin { expected[index].rooms.insert(room) } else { expected[index].rooms.remove(room) }
                case 6:
                    server.fixture.loop.advance(by: .seconds(.random(in: 0...40, using: &random)))
                    for client in clients { client.read() }
                default:
                    clients[index].cut(after: Int.random(in: 0..<3, using: &random))
                    clients[index].comeBack(shard: Int.random(in: 0..<2, using: &random))
                    #expect(clients[index].recovered, "seed \(seed)")
                }
            }
            // The end comes in the midst of something: some of what it writes is recorded, and perhaps nobody hears of it.
            server.journal.behaviour = .dying(
                afterBatches: .random(in: 0...3, using: &random),
                isLastAnswered: .random(using: &random)
            )
            let index = Int.random(in: 0..<3, using: &random)
            let room = ["a", "b"][Int.random(in: 0..<2, using: &random)]
            let last: Last
            var isAcknowledged = false
            switch Int.random(in: 0..<6, using: &random) {
            case 0: last = .nothing
            case 1, 2: last = .emit(name: emit(to: room), room: room)
            case 3, 4:
                last = .change(index, room: room, isJoin: .random(using: &random))
                if case .change(_, _, let isJoin) = last { isAcknowledged = change(index, room, isJoin: isJoin) }
            default:
                last = .reconnect(index)
                clients[index].cut(after: Int.random(in: 0..<3, using: &random))
                clients[index].reconnect(shard: Int.random(in: 0..<2, using: &random))
            }
            server.restart(after: .seconds(.random(in: 0...30, using: &random)), seed: seed)
            let sockets = Recorder<Socket>()
            server.fixture.main.onConnectInline { sockets.add($0) }
            if case .emit(let name, let room) = last, server.journal.holds(name) {
                for entry in expected where entry.rooms.contains(room) { entry.due.append(name) }
            }
            for (index, client) in clients.enumerated() {
                client.lose(after: Int.random(in: 0..<4, using: &random), for: server.fixture)
                client.comeBack(shard: Int.random(in: 0..<2, using: &random))
                let entry = expected[index]
                let socket = try #require(sockets.all.last { $0.id == client.sid }, "seed \(seed)")
                let rooms = Set(try await server.fixture.loop.finish { await socket.rooms }.map(\.name))
                switch last {
                case .change(index, let room, let isJoin):
                    if isAcknowledged {
                        if isJoin { entry.rooms.insert(room) } else { entry.rooms.remove(room) }
                    } else if client.recovered {
                        // Nobody was told, so both will do.
                        entry.rooms.remove(room)
                        if rooms.contains(room) { entry.rooms.insert(room) }
                    }
                case .reconnect(index): break
                default: #expect(client.recovered, "seed \(seed): nothing happened to it")
                }
                if client.recovered {
                    #expect(rooms == entry.rooms, "seed \(seed)")
                } else {
                    (entry.rooms, entry.due, entry.seenBefore) = ([], [], client.events.count)
                }
            }
            self.check(clients, expected, seed)
        }
    }

    private func check(_ clients: [RecoveringClient], _ expected: [Expectation], _ seed: UInt64) {
        for (client, entry) in zip(clients, expected) {
            client.read()
            let seen = client.events[entry.seenBefore...].map { $0.dropFirst(3).prefix { $0 != "\"" } }
            #expect(seen.map(String.init) == entry.due, "seed \(seed)")
        }
    }
}
