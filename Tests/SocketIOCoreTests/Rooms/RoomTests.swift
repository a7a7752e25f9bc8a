// Licensed under the MIT licence.

import SocketIOCore
import Testing

@Suite struct RoomTests {
    @Test("A room is its name and realm")
    func identity() {
        #expect(Room("a") == "a")
        #expect(Room("a", realm: 1) != "a")
        #expect(Room("a", realm: 1) == Room("a", realm: 1))
        #expect(Room("a") != Room("b"))
        #expect(Room("") != Room("", realm: 255))
    }

    @Test("Names that only look alike are different rooms")
    func bytes() {
        let composed = Room("\u{e9}")
        let decomposed = Room("e\u{301}")
        #expect(composed.name == decomposed.name)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("No name reaches another realm")
    func realms() {
        for name in ["status:x", "a#b", "{slot}", "../", "\u{1}x", "1:x", "\0", "realm=1"] {
            var index = RoomIndex()
            index.add(0)
            index.add(1)
            index.join(0, Room(name, realm: 1))
            index.join(1, Room(name))
            #expect(index.roomCount == 2)
            #expect(index.withMembers(of: Room(name)) { Array($0) } == [1])
            #expect(index.withMembers(of: Room(name, realm: 1)) { Array($0) } == [0])
        }
    }
}
