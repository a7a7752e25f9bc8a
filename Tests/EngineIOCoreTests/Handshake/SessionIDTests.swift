// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct SessionIDTests {
    @Test func `the shard, then random characters`() {
        let zero = SessionID(shardIndex: 0, random: (0, 0))
        #expect(zero.encoded == "AAAAAAAAAAAAAAAAAAAA")
        let ones = SessionID(shardIndex: 63, random: (.max, .max))
        #expect(ones.encoded == "____________________")
        #expect(SessionID(shardIndex: 1, random: (0b10, 0b11)).encoded == "BCAAAAAAAAADAAAAAAAA")
    }

    @Test(arguments: 0..<64) func `the shard comes back out of the text`(shard: Int) throws {
        let id = SessionID(shardIndex: shard, random: (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210))
        #expect(id.shardIndex == shard)
        let read = try #require(SessionID(id.encoded))
        #expect(read == id)
        #expect(read.hashValue == id.hashValue)
        #expect(read.shardIndex == shard)
        var buffer = ByteBuffer()
        id.write(into: &buffer)
        #expect(buffer == ByteBuffer(string: id.encoded))
    }

    @Test func `each random bit that is used counts`() {
        var seen: Set<SessionID> = [SessionID(shardIndex: 5, random: (0, 0))]
        for bit in 0..<60 { seen.insert(SessionID(shardIndex: 5, random: (1 << bit, 0))) }
        for bit in 0..<54 { seen.insert(SessionID(shardIndex: 5, random: (0, 1 << bit))) }
        #expect(seen.count == 115)
    }

    @Test(arguments: [
        "", "A", "AAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAA+",
        "AAAAAAAAAAAAAAAAAAA/",
        "AAAAAAAAAA AAAAAAAAA", "AAAAAAAAAAAAAAAAAA\u{e9}", "AAAAAAAAAA\u{0}AAAAAAAAA", "__proto__", "constructor",
        "../../../../../../..",
    ])
    func `what no server gave out is no id`(text: String) {
        #expect(SessionID(text) == nil)
    }

    @Test func `a megabyte is no id`() {
        #expect(SessionID(String(repeating: "A", count: 1_000_000)) == nil)
    }

    @Test func `the protocol text's id reads`() {
        #expect(SessionID("lv_VI97HAXpY6yYWAAAC")?.encoded == "lv_VI97HAXpY6yYWAAAC")
    }

    @Test func `descriptions do not tell the id`() {
        let id = SessionID(shardIndex: 7, random: (1_234_567, 89_101_112))
        var dumped = ""
        dump(id, to: &dumped)
        let texts = [
            "\(id)", String(describing: id), String(reflecting: id), dumped, "\(Optional(id) as Any)", "\([id])",
            "\(RequestRoute.poll(id, jsonp: nil))",
        ]
        for text in texts { #expect(!text.contains(id.encoded) && !text.contains("head")) }
    }

    @Test func `reading and writing are inverse`() throws {
        for seed in UInt64(0)..<500 {
            var random = SeededGenerator(seed: seed)
            let id = SessionID(
                shardIndex: Int.random(in: 0..<64, using: &random),
                random: (random.next(), random.next())
            )
            #expect(id.encoded.utf8.count == SessionID.length)
            #expect(SessionID(id.encoded) == id, "seed \(seed)")
        }
    }
}
