// Licensed under the MIT licence.

import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

/// Clients that come back to another server than the one that they were cut off from, be it alive or dead.
@Suite(.timeLimit(.minutes(15))) struct MovingTests {
    private func client(of nodes: TestNodes, at index: Int) -> RecoveringClient {
        let client = RecoveringClient(nodes.nodes[index].fixture)
        client.connection.send(#"20["join"]"#)
        nodes.loop.run()
        client.read()
        return client
    }

    /// The numbers that a client was given in a room.
    private func numbers(_ client: RecoveringClient, in room: Room) -> [Int] {
        client.events.compactMap { packet in
            let parts = packet.split(separator: ",")
            guard parts.count > 2, parts[2] == "\"\(room.name)\"" else { return nil }
            return Int(parts[1])
        }
    }

    private func move(_ client: RecoveringClient, to node: TestNode, after count: Int = .max) {
        client.cut(after: count)
        client.lose(for: node.fixture)
        client.reconnect()
        client.read()
    }

    @Test(
        "What was missed comes in order, once, from a server that lives or was killed",
        arguments: [false, true],
        1...3
    )
    func moving(isKilled: Bool, shards: Int) throws {
        let nodes = TestNodes(count: 3, shards: shards, seed: nil)
        let client = self.client(of: nodes, at: 0)
        let sid = client.sid
        for _ in 0..<5 { nodes.send(to: "red") }
        nodes.loop.run()
        client.read(limit: 2)
        // After what it has noted of late.
        for node in nodes.nodes { node.tick() }
        nodes.loop.run()
        let target = nodes.nodes[1]
        if isKilled {
            client.lose(after: 0, for: target.fixture)
            nodes.kill(0)
        } else {
            client.cut(after: 0)
            client.lose(for: target.fixture)
        }
        for _ in 0..<3 { nodes.send(to: "red") }
        nodes.send(to: "green")
        nodes.loop.run()
        nodes.loop.advance(by: .seconds(1))
        client.reconnect()
        client.read()
        #expect(client.recovered && client.sid == sid)
        nodes.send(to: "red")
        nodes.loop.run()
        client.read()
        #expect(self.numbers(client, in: "red") == Array(1...9))
        #expect(self.numbers(client, in: "green") == [1])
    }

    @Test("A client that comes to another server before its own has noticed is taken from there")
    func unnoticed() throws {
        let nodes = TestNodes(count: 2, shards: 2, seed: nil)
        let client = self.client(of: nodes, at: 0)
        nodes.loop.advance(by: .seconds(1))
        let old = client.connection
        client.lose(for: nodes.nodes[1].fixture)
        client.reconnect()
        client.read()
        #expect(client.recovered)
        #expect(old.closeReason != nil)
        nodes.send(to: "green")
        nodes.loop.run()
        client.read()
        #expect(self.numbers(client, in: "green") == [1])
    }

    @Test("One that has left for good, or stayed away for too long, is nowhere")
    func gone() throws {
        let nodes = TestNodes(count: 2, shards: 1, seed: nil)
        let client = self.client(of: nodes, at: 0)
        client.cut()
        nodes.loop.advance(by: .minutes(3))
        client.lose(for: nodes.nodes[1].fixture)
        client.reconnect()
        client.read()
        #expect(!client.recovered)
        let leaving = self.client(of: nodes, at: 0)
        leaving.connection.send("1")
        leaving.cut()
        leaving.lose(for: nodes.nodes[1].fixture)
        leaving.reconnect()
        leaving.read()
        #expect(!leaving.recovered)
    }

    @Test("However clients move and servers die, who was restored has all, in order, once", arguments: 0..<200)
    func model(_ run: UInt64) throws {
        var random = SeededGenerator(seed: run)
        let nodes = TestNodes(count: 3, shards: .random(in: 1...3, using: &random), seed: run)
        let clients = (0..<4).map { _ in self.client(of: nodes, at: 0) }
        var isWhole = Array(repeating: true, count: clients.count)
        for _ in 0..<60 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<12:
                nodes.send(to: TestNodes.rooms.randomElement(using: &random) ?? "red")
                if Bool.random(using: &random) { nodes.loop.run() }
            case 12..<14:
                nodes.loop.advance(by: .milliseconds(.random(in: 1...2_000, using: &random)))
                for node in nodes.nodes { node.tick() }
            case 14:
                let index = Int.random(in: 0..<3, using: &random)
                nodes.kill(index)
                nodes.start()
                nodes.loop.advance(by: .seconds(1))
            default:
                let index = Int.random(in: 0..<clients.count, using: &random)
                let (client, node) = (clients[index], nodes.nodes.randomElement(using: &random))
                client.cut(after: .random(in: 0...3, using: &random))
                nodes.loop.advance(by: .milliseconds(600))
                if let node { client.lose(for: node.fixture) }
                client.reconnect()
                nodes.loop.run()
                client.read()
                if !client.recovered { isWhole[index] = false }
            }
        }
        // Whoever was left on a server that is dead comes back.
        nodes.loop.advance(by: .seconds(1))
        for (index, client) in clients.enumerated() {
            client.cut()
            client.lose(for: nodes.nodes[0].fixture)
            nodes.loop.advance(by: .milliseconds(600))
            client.reconnect()
            nodes.loop.run()
            client.read()
            if !client.recovered { isWhole[index] = false }
        }
        for room in TestNodes.rooms { nodes.send(to: room) }
        nodes.loop.run()
        for (index, client) in clients.enumerated() where isWhole[index] {
            client.read()
            for room in TestNodes.rooms {
                #expect(
                    self.numbers(client, in: room) == Array(1...nodes.last(of: room)),
                    "run \(run), client \(index)"
                )
            }
        }
        #expect(isWhole.contains(true) || run % 4 != 0, "run \(run): hardly anybody is restored")
    }
}
