// Licensed under the MIT licence.

import EngineIOCore
import SocketIOTesting
import Testing

@Suite struct HandshakeQueryTests {
    struct Row: Sendable {
        var query: String
        var pairs: [[String]]
        init(_ query: String, _ pairs: [[String]]) {
            self.query = query
            self.pairs = pairs
        }
    }

    @Test(arguments: [
        Row("", []),
        Row("EIO=4&transport=polling", [["EIO", "4"], ["transport", "polling"]]),
        Row("b=2&a=1&b=3", [["b", "2"], ["a", "1"], ["b", "3"]]),
        Row("a", [["a", ""]]),
        Row("a=", [["a", ""]]),
        Row("=a", [["", "a"]]),
        Row("=", [["", ""]]),
        Row("&&a=1&", [["a", "1"]]),
        Row("a=b=c", [["a", "b=c"]]),
        Row("na%20me=%C3%A9+%F0%9F%98%80", [["na me", "é 😀"]]),
        Row("a=%", [["a", "%"]]),
        Row("a=%4", [["a", "%4"]]),
        Row("a=%zz%41", [["a", "%zzA"]]),
        Row("a=%+1", [["a", "% 1"]]),
        Row("a=%ff", [["a", "\u{fffd}"]]),
        Row("a%3Db=%26", [["a=b", "&"]]),
        Row("a=%00", [["a", "\u{0}"]]),
    ])
    func `decodes in the order of the request`(row: Row) throws {
        let query = try HandshakeQuery(row.query.utf8)
        #expect(query.parameters.map { [$0.name, $0.value] } == row.pairs)
    }

    @Test func `the protocol's parameters`() throws {
        let query = try HandshakeQuery(
            target: "/socket.io/?EIO=3&transport=polling&t=N8hyd7H&sid=lv_VI97HAXpY6yYWAAAC&j=0&b64=1&token=a%26b#x=1"
        )
        #expect(query.eio == "3")
        #expect(query.transport == "polling")
        #expect(query.t == "N8hyd7H")
        #expect(query.sid == "lv_VI97HAXpY6yYWAAAC")
        #expect(query.j == "0")
        #expect(query.b64 == "1")
        #expect(query["token"] == "a&b")
        #expect(query["x"] == nil)
        #expect(!query.isSIDRepeated)
    }

    @Test(arguments: ["/socket.io/", "/socket.io/?", "", "/#?EIO=4"]) func `a target without a query`(
        target: String
    ) throws {
        let query = try HandshakeQuery(target: target)
        #expect(query.parameters.isEmpty)
        #expect(query.eio == nil && query.transport == nil && query.sid == nil && query.j == nil)
    }

    @Test func `the last of a repeated parameter counts`() throws {
        let query = try HandshakeQuery("EIO=4&EIO=4&a=1&a=2".utf8)
        #expect(query.eio == "4")
        #expect(query["a"] == "2")
        #expect(query.parameters.count == 4)
    }

    @Test(arguments: ["sid=a&sid=b", "sid=a&sid=a", "sid=&sid=a", "sid=a&%73id=b"])
    func `a repeated sid is told`(query: String) throws {
        #expect(try HandshakeQuery(query.utf8).isSIDRepeated)
    }

    @Test(arguments: [("", false), ("b64=1", true), ("b64=", false), ("b64=0", true), ("j=0", true)])
    func `base64 is wanted`(query: String, expected: Bool) throws {
        #expect(try HandshakeQuery(query.utf8).wantsBase64 == expected)
    }

    @Test func `parameters and bytes are bounded`() throws {
        var limits = EngineIOLimits()
        limits.maximumQueryParameters = 3
        limits.maximumQueryBytes = 20
        #expect(try HandshakeQuery("a=1&b=2&c=3&".utf8, limits: limits).parameters.count == 3)
        #expect(throws: HandshakeError.badRequest) { try HandshakeQuery("a=1&b=2&c=3&d".utf8, limits: limits) }
        #expect(throws: HandshakeError.badRequest) { try HandshakeQuery("a=12345678901234567890".utf8, limits: limits) }
        #expect(throws: HandshakeError.badRequest) { try HandshakeQuery(String(repeating: "a&", count: 4_000).utf8) }
        #expect(try HandshakeQuery(String(repeating: "&", count: 8_000).utf8).parameters.isEmpty)
    }

    @Test func `no bytes trap the parser`() {
        for seed in UInt64(0)..<2_000 {
            var random = SeededGenerator(seed: seed)
            let alphabet = Array("sid=%&+4aF?#".utf8) + [0xff, 0x00]
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            #expect(throws: Never.self, "seed \(seed)") { try HandshakeQuery(bytes) }
        }
    }
}
