// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10, then the bytes that use the last two digits.
    static let rows: [(bytes: [UInt8], text: String)] = [
        ([], ""), (Array("f".utf8), "Zg=="), (Array("fo".utf8), "Zm8="), (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg=="), (Array("fooba".utf8), "Zm9vYmE="), (Array("foobar".utf8), "Zm9vYmFy"),
        ([1, 2, 3, 4], "AQIDBA=="), ([0xfb, 0xff, 0xbf], "+/+/"), ([0], "AA=="),
    ]

    @Test(arguments: rows) func `known values in both directions`(row: (bytes: [UInt8], text: String)) {
        #expect(Base64.decode(ByteBuffer(string: row.text)) == ByteBuffer(bytes: row.bytes))
        var text = ByteBuffer(string: "before ")
        Base64.encode(ByteBuffer(bytes: row.bytes), into: &text)
        #expect(text == ByteBuffer(string: "before " + row.text))
        #expect(Base64.encodedCount(row.bytes.count) == row.text.utf8.count)
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AAAAA", "=", "==", "===", "====", "A===", "AA=A", "=AAA", "A=AA", "AAAA====", "AA==AAAA",
        "AB==", "AAB=", "AQ-_", "AQID\n", "AQ ID", "AQI\u{0}", "AQIé", "Zg==Zg==",
    ])
    func `anything else is refused`(text: String) {
        #expect(Base64.decode(ByteBuffer(string: text)) == nil)
    }

    @Test func `decode after encode is the identity, and encode after decode too`() {
        for seed in UInt64(0)..<500 {
            var random = SeededGenerator(seed: seed)
            let bytes = random.bytes()
            var text = ByteBuffer()
            Base64.encode(bytes, into: &text)
            #expect(Base64.decode(text) == bytes, "seed \(seed)")
        }
        for seed in UInt64(0)..<5_000 {
            var random = SeededGenerator(seed: seed)
            let digits = Array("AZaz09+/=".utf8)
            let text = ByteBuffer(bytes: (0..<8).map { _ in digits[Int.random(in: 0..<digits.count, using: &random)] })
            guard let bytes = Base64.decode(text) else { continue }
            var again = ByteBuffer()
            Base64.encode(bytes, into: &again)
            #expect(again == text, "seed \(seed)")
        }
    }
}
