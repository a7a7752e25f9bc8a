// Licensed under the MIT licence.

import Chat
import Testing

@Suite struct IdentifierTests {
    @Test(
        "What may be a room",
        arguments: [
            "a", "status:x", "a#b", "{slot}", "../", "room 1", "__proto__", "\u{e9}", "\u{1f600}", "\u{a0}", "\u{200b}",
            String(repeating: "x", count: 128), String(repeating: "é", count: 64), "\"quoted\\\"",
        ]
    )
    func accepted(_ name: String) throws {
        #expect(try RoomID(name).string == name)
        #expect(try UserID(name).string == name)
    }

    @Test(
        "What may not",
        arguments: [
            ("", IdentifierFlaw.empty),
            (String(repeating: "x", count: 129), .tooLong),
            (String(repeating: "é", count: 65), .tooLong),
            ("\0", .control), ("a\nb", .control), ("tab\t", .control), ("\u{1f}", .control), ("del\u{7f}", .control),
            ("\u{80}", .control), ("a long room name\u{9f}", .control), ("12345678\u{1}", .control),
        ]
    )
    func refused(_ name: String, _ flaw: IdentifierFlaw) {
        #expect(throws: flaw) { try RoomID(name) }
        #expect(throws: flaw) { try UserID(name) }
    }

    @Test("Two spellings of one character are two ids")
    func bytesDecide() throws {
        let composed = try RoomID("caf\u{e9}")
        let decomposed = try RoomID("cafe\u{301}")
        #expect("caf\u{e9}" == "cafe\u{301}", "Swift calls them equal")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(composed == (try RoomID("caf\u{e9}")))
    }

    @Test("Ids are in the order of their bytes")
    func order() throws {
        let names = ["Z", "a", "a1", "a10", "a2", "b", "\u{e9}", "\u{ff5e}", "\u{1f600}"]
        let ids = try names.map { try UserID($0) }
        #expect(try ids.shuffled().sorted() == names.map { try UserID($0) })
    }

    @Test("Equality looks at every byte, at every length")
    func equality() throws {
        for length in 1...40 {
            let name = String(repeating: "x", count: length)
            let id = try RoomID(name)
            #expect(id == (try RoomID(String(Array(name)))))
            for index in 0..<length {
                var other = Array(name)
                other[index] = "y"
                #expect(id != (try RoomID(String(other))))
            }
        }
    }

    @Test("Homes are within range and spread")
    func homes() throws {
        for count in [1, 2, 3, 7, 64] {
            var hits = [Int](repeating: 0, count: count)
            for number in 0..<(200 * count) {
                hits[HomeShard.index(of: try RoomID("room \(number)"), count: count)] += 1
            }
            #expect(hits.allSatisfy { $0 > 100 && $0 < 350 }, "\(hits)")
        }
        #expect(HomeShard.index(of: try UserID("u"), count: 0) == 0)
        #expect(HomeShard.index(of: try UserID("u"), count: 5) == HomeShard.index(of: try UserID("u"), count: 5))
    }

    @Test("The default name")
    func defaultName() throws {
        #expect(try user("u1").name.string == "user_u1")
        #expect(try user("u1", "Ann").name.string == "Ann")
    }
}
