// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct JSONPTests {
    @Test(arguments: [("0", "0"), ("4", "4"), ("007", "7"), ("999999999", "999999999")])
    func `an index is digits`(parameter: String, written: String) throws {
        let index = try #require(JSONP.Index(parameter: parameter))
        var script = ByteBuffer()
        JSONP.wrap(ByteBuffer(string: "1:6"), index: index, into: &script)
        #expect(script == ByteBuffer(string: "___eio[\(written)](\"1:6\");"))
    }

    @Test(arguments: [
        "", "1);alert(1)//", "-1", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "١", "1\u{0}", "1000000000",
        String(repeating: "9", count: 400),
    ])
    func `anything else is no index`(parameter: String) {
        #expect(JSONP.Index(parameter: parameter) == nil)
    }

    struct Row: Sendable {
        var payload: String
        var literal: String
        init(_ payload: String, _ literal: String) {
            self.payload = payload
            self.literal = literal
        }
    }

    @Test(arguments: [
        Row("packet data", "packet data"),
        Row(#"2:4""#, #"2:4\""#),
        Row(#"\"#, #"\\"#),
        Row("\n\r\t\u{0}\u{1f}\u{1e}", #"\n\u000d\u0009\u0000\u001f\u001e"#),
        Row("a\u{2028}b\u{2029}c", #"a\u2028b\u2029c"#),
        Row("\u{2027}\u{202a}€😀", "\u{2027}\u{202a}€😀"),
        Row("</script><script>", #"<\/script><script>"#),
        Row("a<", "a<"),
        Row("", ""),
    ])
    func `payloads become a script literal`(row: Row) throws {
        let index = try #require(JSONP.Index(parameter: "4"))
        var script = ByteBuffer()
        JSONP.wrap(ByteBuffer(string: row.payload), index: index, into: &script)
        #expect(script == ByteBuffer(string: "___eio[4](\"\(row.literal)\");"))
    }

    @Test func `bytes that stop inside U+2028 are left alone`() throws {
        let index = try #require(JSONP.Index(parameter: "0"))
        for bytes: [UInt8] in [[0xe2], [0xe2, 0x80], [0xe2, 0x80, 0x41]] {
            var script = ByteBuffer()
            JSONP.wrap(ByteBuffer(bytes: bytes), index: index, into: &script)
            #expect(Array(script.readableBytesView.dropFirst(11).dropLast(3)) == bytes)
        }
    }

    @Test(arguments: [
        Row("d=packet+data", "packet data"),
        Row("d=6%3A4hello", "6:4hello"),
        Row("d=2%3a4%E2%82%AC", "2:4€"),
        Row("d=", ""),
        Row("x=1&d=1%3A2&y=2", "1:2"),
        Row("d=100%", "100%"),
        Row("d=%zz%4", "%zz%4"),
        Row("d=a%3Db=c", "a=b=c"),
        // A line end came as \n, the two characters \n as \\n.
        Row(#"d=7:4a\nb\nc"#, "7:4a\nb\nc"),
        Row(#"d=4%5C%5Cnb"#, #"4\nb"#),
        Row(#"d=\\\n"#, #"\\n"#),
        Row(#"d=\\"#, #"\\"#),
        Row(#"d=\"#, #"\"#),
        Row(#"d=\"quoted\"\t"#, #"\"quoted\"\t"#),
    ])
    func `posted payloads are taken out of their form`(row: Row) throws {
        #expect(try JSONP.payload(ofPost: ByteBuffer(string: row.payload)) == ByteBuffer(string: row.literal))
    }

    @Test func `a form without exactly one payload is refused`() {
        for body in ["", "6:4hello", "D=1:2", "dd=1:2", "d", "&&", "x=d=1"] {
            #expect(throws: JSONP.PostError.missingData) { try JSONP.payload(ofPost: ByteBuffer(string: body)) }
        }
        #expect(throws: JSONP.PostError.repeatedData) { try JSONP.payload(ofPost: ByteBuffer(string: "d=1:2&d=1:3")) }
    }

    @Test func `what a client escapes comes back`() throws {
        for seed in UInt64(0)..<500 {
            var random = SeededGenerator(seed: seed)
            let payload = String(buffer: random.text())
            // A backslash before a line end cannot be told from an escaped \n, in the reference client as well.
            guard !payload.contains("\\\n"), !payload.contains("\\\\n") else { continue }
            let escaped = payload.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.replacing("\\n", with: "\\\\n") }.joined(separator: "\\n")
            var body = ByteBuffer(string: "d=")
            for byte in escaped.utf8 {
                let digits = String(byte, radix: 16)
                body.writeString("%" + (digits.count < 2 ? "0" : "") + digits)
            }
            #expect(try JSONP.payload(ofPost: body) == ByteBuffer(string: payload), "seed \(seed)")
        }
    }

    @Test func `no form traps the decoder`() {
        for seed in UInt64(0)..<2_000 {
            var random = SeededGenerator(seed: seed)
            let alphabet = Array("d=%&+\\n4aF\u{0}".utf8) + [0xff]
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            if let payload = try? JSONP.payload(ofPost: ByteBuffer(bytes: bytes)) {
                #expect(payload.readableBytes <= bytes.count, "seed \(seed)")
            }
        }
    }
}
