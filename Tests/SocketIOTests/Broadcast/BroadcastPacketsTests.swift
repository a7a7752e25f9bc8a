// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct BroadcastPacketsTests {
    private let event = BroadcastEvent(namespace: "/", name: "news", arguments: ByteBuffer(string: #""a""#))
    private let offset = RecoveryOffset(epoch: 35, position: 36)

    private static func text(_ message: EngineMessage) -> String { message.text.map { String(buffer: $0) } ?? "" }

    @Test("A packet is encoded when it is needed, and once")
    func lazily() {
        let packets = BroadcastPackets(self.event, self.offset, self.offset)
        #expect(!packets.areAlike)
        #expect(packets.encodedCount == 0)
        for _ in 0..<2 {
            #expect(Self.text(packets.recoverable) == #"2["news","a","z.10"]"#)
            #expect(packets.encodedCount == 1)
        }
        for _ in 0..<2 {
            #expect(Self.text(packets.plain) == #"2["news","a"]"#)
            #expect(packets.encodedCount == 2)
        }
    }

    @Test("Without an offset one packet serves all, unless clients would take its end for one")
    func alike() {
        let number = BroadcastEvent(namespace: "/", name: "news", arguments: ByteBuffer(string: "1"))
        let packets = BroadcastPackets(number, nil, self.offset)
        #expect(packets.areAlike)
        #expect(Self.text(packets.recoverable) == #"2["news",1]"#)
        #expect(Self.text(packets.plain) == #"2["news",1]"#)
        #expect(packets.encodedCount == 1)
        let text = BroadcastPackets(self.event, nil, self.offset)
        #expect(Self.text(text.recoverable) == #"2["news","a","z.10"]"#)
        #expect(BroadcastPackets(self.event, nil, nil).areAlike, "nobody can come back")
    }

    @Test("Clients of both kinds get each their own, in rooms and with listeners too", arguments: [false, true])
    func mixed(isListening: Bool) throws {
        let fixture = Fixture(shards: 2, options: ServerOptions(connectionStateRecovery: .init()))
        let heard = Recorder<String>()
        if isListening { fixture.main.onAnyOutgoing { heard.add($1.name) } }
        fixture.main.onConnectInline { $0.join("r") }
        let clients = [
            fixture.client(revision: .v3), fixture.joinedClient(), fixture.client(shard: 1, revision: .v3),
        ]
        for client in clients { _ = client.take() }
        try fixture.main.to("r").emit("news", "a")
        try fixture.main.to("nobody").emit("none")
        fixture.loop.run()
        let packets = clients.map { $0.take() }
        #expect(packets[0] == [#"2["news","a"]"#])
        #expect(packets[1].count == 1 && packets[1][0].hasPrefix(#"2["news","a",""#))
        #expect(packets[2] == [#"2["news","a"]"#])
        #expect(heard.all.count == (isListening ? 3 : 0))
    }

    @Test("Whoever comes and goes, each gets the packet of its kind", arguments: 0..<20 as Range<UInt64>)
    func kinds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let fixture = Fixture(shards: 2, options: ServerOptions(connectionStateRecovery: .init()))
        fixture.main.onConnectInline { $0.join("r") }
        var clients: [(client: TestClient, isPlain: Bool)] = []
        for number in 0..<60 {
            if clients.count > 4, Bool.random(using: &random) {
                clients.remove(at: .random(in: 0..<clients.count, using: &random)).client.end()
            } else {
                // Slots are used again, by clients of the other kind too.
                let (shard, isPlain) = (Int.random(in: 0..<2, using: &random), Bool.random(using: &random))
                let client =
                    isPlain ? fixture.client(shard: shard, revision: .v3) : fixture.joinedClient(shard: shard)
                clients.append((client, isPlain))
            }
            fixture.loop.run()
            for (client, _) in clients { _ = client.take() }
            if Bool.random(using: &random) {
                try fixture.main.emit("news", "\(number)")
            } else {
                try fixture.main.to("r").to("s").emit("news", "\(number)")
            }
            fixture.loop.run()
            for (client, isPlain) in clients {
                let packets = client.take()
                #expect(packets.count == 1 && packets[0].hasPrefix(#"2["news","\#(number)""#), "seed \(seed)")
                #expect((packets == [#"2["news","\#(number)"]"#]) == isPlain, "seed \(seed)")
            }
        }
    }
}
