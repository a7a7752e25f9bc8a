// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

/// Clients that lose their connections at any time, against what each of them is due.
@Suite(.timeLimit(.minutes(15))) struct RecoveryModelTests {
    /// What a client should have seen: every event of the rooms it was in, since it was told that it is in.
    private final class Expectation {
        var rooms: Set<String> = []
        var due: [String] = []
    }

    @Test("No gap and no repeat, wherever connections break", arguments: 0..<150 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = Fixture(shards: 3, seed: seed, options: ServerOptions(connectionStateRecovery: .init()))
        let main = fixture.main
        main.onInline("join") { socket, event in socket.join(Room(event.firstArgument?.stringValue ?? "")) }
        main.onInline("leave") { socket, event in socket.leave(Room(event.firstArgument?.stringValue ?? "")) }
        let clients = (0..<3).map { RecoveringClient(fixture, shard: $0) }
        let expected = (0..<3).map { _ in Expectation() }
        var number = 0
        for _ in 0..<120 {
            let index = Int.random(in: 0..<3, using: &generator)
            let room = ["a", "b", "c"][Int.random(in: 0..<3, using: &generator)]
            switch Int.random(in: 0..<10, using: &generator) {
            case 0, 1:
                clients[index].connection.send(#"2["join","\#(room)"]"#)
                fixture.loop.run()
                expected[index].rooms.insert(room)
            case 2:
                clients[index].connection.send(#"2["leave","\#(room)"]"#)
                fixture.loop.run()
                expected[index].rooms.remove(room)
            case 3...6:
                number += 1
                let except = Bool.random(using: &generator) ? "b" : nil
                let target = except.map { main.to(Room(room)).except(Room($0)) } ?? main.to(Room(room))
                try target.emit("n", number)
                for entry in expected where entry.rooms.contains(room) && !(except.map(entry.rooms.contains) ?? false) {
                    entry.due.append("\(number)")
                }
                if Bool.random(using: &generator) { try main.volatile.emit("v", "text") }
                fixture.loop.run()
            default:
                // Some of what is on its way arrives, the rest is lost.
                clients[index].cut(after: Int.random(in: 0..<4, using: &generator))
                if Bool.random(using: &generator) {
                    number += 1
                    try main.emit("n", number)
                    for entry in expected { entry.due.append("\(number)") }
                    fixture.loop.run()
                }
                clients[index].reconnect(shard: Int.random(in: 0..<3, using: &generator))
                // A replay is either seen whole or not at all here; cut in its midst the client begins anew.
                clients[index].read()
                #expect(clients[index].recovered, "seed \(seed)")
            }
        }
        fixture.loop.run()
        for (client, entry) in zip(clients, expected) {
            client.read()
            let seen = client.events.filter { $0.hasPrefix(#"2["n""#) }.map { $0.split(separator: ",")[1] }
            #expect(seen.map(String.init) == entry.due, "seed \(seed)")
        }
    }
}
