// Licensed under the MIT licence.

import SocketIO
import SocketIOCore
import SocketIOTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct RoomEventTests {
    @Test("Rooms are created and deleted once, on however many shards their members are")
    func rooms() {
        let fixture = Fixture(shards: 2)
        let events = Recorder<String>()
        fixture.main.onRoomEvent { event in
            switch event {
            case .created(let room): events.add("created \(room.name)")
            case .deleted(let room): events.add("deleted \(room.name)")
            case .joined(let room, _): events.add("joined \(room.name)")
            case .left(let room, _): events.add("left \(room.name)")
            }
        }
        fixture.main.onInline("join") { socket, _ in socket.join("r", "r") }
        fixture.main.onInline("leave") { socket, _ in socket.leave("r") }
        let first = fixture.joinedClient()
        let second = fixture.joinedClient(shard: 1)
        first.send(#"2["join"]"#)
        second.send(#"2["join"]"#)
        #expect(events.all == ["created r", "joined r", "joined r"])
        events.removeAll()
        first.send(#"2["leave"]"#)
        first.send(#"2["leave"]"#)
        second.end()
        #expect(events.all == ["left r", "left r", "deleted r"])
        events.removeAll()
        first.send(#"2["join"]"#)
        #expect(events.all == ["created r", "joined r"])
    }

    @Test("What a socket is told of is the same however members come and go", arguments: 0..<40 as Range<UInt64>)
    func property(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let fixture = Fixture(shards: 3)
        let living = Recorder<Room>()
        let deleted = Recorder<Room>()
        let balance = Recorder<Int>()
        fixture.main.onRoomEvent { event in
            switch event {
            case .created(let room): living.add(room)
            case .deleted(let room): deleted.add(room)
            case .joined: balance.add(1)
            case .left: balance.add(-1)
            }
        }
        let sockets = Recorder<Socket>()
        fixture.main.onConnectInline { sockets.add($0) }
        var clients = (0..<6).map { fixture.joinedClient(shard: $0 % 3) }
        for _ in 0..<100 {
            let socket = sockets.all[Int.random(in: 0..<6, using: &generator)]
            let room = Room("\(Int.random(in: 0..<4, using: &generator))")
            if Bool.random(using: &generator) { socket.join(room) } else { socket.leave(room) }
            fixture.loop.run()
            #expect(living.all.count - deleted.all.count >= 0)
            #expect(living.all.count - deleted.all.count <= 4)
        }
        while let client = clients.popLast() { client.end() }
        #expect(living.all.count == deleted.all.count)
        #expect(balance.all.reduce(0, +) == 0)
    }
}
