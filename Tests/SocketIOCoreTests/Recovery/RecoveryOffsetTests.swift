// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct RecoveryOffsetTests {
    @Test(
        "Offsets and their text",
        arguments: [
            (0, 0, "0.0"), (1, 35, "1.z"), (33_882_586, 51, "k67yy.1f"),
            (.max, .max, "1z141z3.3w5e11264sgsf"),
        ] as [(UInt32, UInt64, String)]
    )
    func text(_ epoch: UInt32, _ position: UInt64, _ text: String) {
        let offset = RecoveryOffset(epoch: epoch, position: position)
        #expect(offset.encoded == text)
        #expect(RecoveryOffset(text) == offset)
    }

    @Test(
        "What is no offset",
        arguments: [
            "", ".", "1", "1.", ".1", "1.1.1", "01.1", "1.01", "+1.1", "1.-1", "A.1", "1.A", " 1.1", "1.1 ", "1.1\u{0}",
            "é.1",
            "1z141z4.0", "0.3w5e11264sgsg", "1.1e5!", "1,1", "１.1", String(repeating: "1", count: 100_000),
        ]
    )
    func malformed(_ text: String) {
        #expect(RecoveryOffset(text) == nil)
    }

    @Test("Any offset reads back")
    func roundTrip() {
        var random = SeededGenerator()
        for _ in 0..<1_000 {
            let position = UInt64.random(in: 0 ... .max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
            let offset = RecoveryOffset(epoch: .random(in: 0 ... .max, using: &random), position: position)
            #expect(RecoveryOffset(offset.encoded) == offset, "seed \(random.seed)")
        }
    }

    @Test("An offset is one more argument", arguments: [("", #""0.2""#), (#"1,{"a":"b"}"#, #"1,{"a":"b"},"0.2""#)])
    func appended(_ arguments: String, _ extended: String) {
        let offset = RecoveryOffset(epoch: 0, position: 2)
        #expect(String(buffer: offset.appended(to: ByteBuffer(string: arguments))) == extended)
    }

    @Test(
        "Which ends of events clients would take for an offset",
        arguments: [
            ("", true), (#""text""#, true), (#"1,"""#, true), ("\"a\" \r\n\t", true), (#""a\"""#, true),
            ("1", false), (#""a",1"#, false), (#"["a"]"#, false), (#"{"a":"b"}"#, false), ("null", false),
            (#"{"_placeholder":true,"num":0}"#, false),
        ]
    )
    func takenForOffset(_ arguments: String, _ isTaken: Bool) {
        #expect(RecoveryOffset.isTaken(fromEndOf: ByteBuffer(string: arguments)) == isTaken)
    }
}

@Suite struct PrivateSessionIDTests {
    @Test("Ids hold 120 of 128 random bits")
    func bits() {
        let none = PrivateSessionID(random: (0, 0))
        #expect(none.encoded == String(repeating: "A", count: 20))
        for bit in 0..<60 {
            #expect(PrivateSessionID(random: (1 << bit, 0)) != none)
            #expect(PrivateSessionID(random: (0, 1 << bit)) != none)
        }
        #expect(PrivateSessionID(random: (.max, .max)).encoded == String(repeating: "_", count: 20))
    }

    @Test("Only what could be an id is one", arguments: ["", "short", "AAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAé"])
    func malformed(_ text: String) {
        #expect(PrivateSessionID(text) == nil)
        #expect(PrivateSessionID("abcdefghijKLMNOPQ-_9")?.encoded == "abcdefghijKLMNOPQ-_9")
    }

    @Test("No description tells the id")
    func secret() throws {
        let pid = try #require(PrivateSessionID("abcdefghijKLMNOPQ-_9"))
        var dumped = ""
        dump(pid, to: &dumped)
        for text in ["\(pid)", String(reflecting: pid), dumped] { #expect(!text.contains("abcdef")) }
    }
}
