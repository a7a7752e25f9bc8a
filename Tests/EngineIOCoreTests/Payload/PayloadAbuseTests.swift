// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

/// What broke decoders of other servers: each must be an error, without a trap, a loop or a large allocation.
@Suite(.timeLimit(.minutes(15))) struct PayloadAbuseTests {
    private func decode(_ text: String, _ revision: ProtocolRevision = .v3) throws -> [EngineIOPacket] {
        try PayloadDecoder.packets(in: ByteBuffer(string: text), revision: revision)
    }

    private func decode(_ bytes: [UInt8]) throws -> [EngineIOPacket] {
        try PayloadDecoder.packets(in: ByteBuffer(bytes: bytes), revision: .v3, isBinary: true)
    }

    @Test func `a length longer than the body`() {
        #expect(throws: PayloadError.lengthBeyondBody) { try decode("100:4hello") }
        #expect(throws: PayloadError.lengthBeyondBody) { try decode("7:4hello") }
        #expect(throws: PayloadError.lengthBeyondBody) { try decode("999999999:4hello") }
    }

    @Test func `a negative length`() {
        #expect(throws: PayloadError.invalidLength) { try decode("-1:4hello") }
        #expect(throws: PayloadError.invalidLength) { try decode("6:4hello-6:4hello") }
    }

    @Test func `a length of 400 digits`() {
        #expect(throws: PayloadError.invalidLength) { try decode(String(repeating: "9", count: 400) + ":4hello") }
        #expect(throws: PayloadError.invalidLength) { try decode(String(repeating: "0", count: 400) + "6:4hello") }
        #expect(throws: PayloadError.invalidLength) { try decode([0] + [UInt8](repeating: 9, count: 400) + [255, 52]) }
        #expect(throws: PayloadError.invalidLength) { try decode([1] + [UInt8](repeating: 0, count: 400) + [255, 52]) }
    }

    @Test func `a length one beyond the integers`() {
        #expect(throws: PayloadError.invalidLength) { try decode("9223372036854775808:4") }
        #expect(throws: PayloadError.invalidLength) { try decode("18446744073709551616:4") }
    }

    @Test func `a length that cuts a surrogate pair`() {
        #expect(throws: PayloadError.lengthCutsCharacter) { try decode("2:4😀") }
        #expect(throws: PayloadError.lengthCutsCharacter) { try decode("2:4😀1:2") }
        #expect(throws: PayloadError.lengthCutsCharacter) { try decode("10:4aaaaaaaa😀😀") }
    }

    @Test func `a length that counts bytes instead of characters`() {
        #expect(throws: PayloadError.lengthBeyondBody) { try decode("4:4€") }
    }

    @Test func `text that never has a colon`() {
        #expect(throws: PayloadError.invalidLength) { try decode(String(repeating: "4", count: 500_000)) }
    }

    @Test func `a binary payload without 0xff`() {
        #expect(throws: PayloadError.lengthNotTerminated) { try decode([0, 6]) }
        #expect(throws: PayloadError.lengthNotTerminated) { try decode([1, 1, 2, 3]) }
        #expect(throws: PayloadError.invalidLength) { try decode([0, 6, 52, 104, 101, 108, 108, 111]) }
        #expect(throws: PayloadError.invalidLength) { try decode([UInt8](repeating: 0, count: 100_000)) }
    }

    @Test func `a binary packet longer than the body`() {
        #expect(throws: PayloadError.lengthBeyondBody) { try decode([0, 7, 255, 52, 104, 101, 108, 108, 111]) }
        #expect(throws: PayloadError.lengthBeyondBody) { try decode([1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 255, 4, 1]) }
    }

    @Test(arguments: ProtocolRevision.allCases) func `50,000 packets in one POST`(revision: ProtocolRevision) throws {
        let body =
            switch revision {
            case .v3: String(repeating: "2:4a", count: 50_000)
            case .v4: Array(repeating: "4a", count: 50_000).joined(separator: "\u{1e}")
            }
        #expect(throws: PayloadError.tooManyPackets(maximum: 1_000)) { try decode(body, revision) }
    }

    @Test func `50,000 packets in one binary POST`() {
        let body = [[UInt8]](repeating: [0, 1, 255, 50], count: 50_000).flatMap { $0 }
        #expect(throws: PayloadError.tooManyPackets(maximum: 1_000)) { try decode(body) }
    }

    @Test func `packets of no length count as well`() {
        #expect(throws: PayloadError.tooManyPackets(maximum: 1_000)) {
            try decode(String(repeating: "0:", count: 400_000))
        }
    }

    @Test func `a body of nothing but separators`() {
        #expect(throws: PayloadError.packet(.empty)) { try decode(String(repeating: "\u{1e}", count: 500_000), .v4) }
    }

    @Test func `as many packets as are allowed`() throws {
        let body = ByteBuffer(string: "4a\u{1e}4b\u{1e}4c")
        var decoder = try PayloadDecoder(body, revision: .v4, maximumPackets: 3)
        for text in ["a", "b", "c"] { #expect(try decoder.next() == .text(text)) }
        #expect(try decoder.next() == nil)
        var strict = try PayloadDecoder(body, revision: .v4, maximumPackets: 2)
        for text in ["a", "b"] { #expect(try strict.next() == .text(text)) }
        #expect(throws: PayloadError.tooManyPackets(maximum: 2)) { try strict.next() }
        #expect(try strict.next() == nil)
    }

    @Test func `a payload that stops inside a character`() {
        #expect(throws: PayloadError.invalidUTF8) {
            try PayloadDecoder.packets(in: ByteBuffer(bytes: Array("2:4".utf8) + [0xe2, 0x82]), revision: .v3)
        }
    }

    @Test func `base64 of a megabyte that breaks at its end`() {
        #expect(throws: PayloadError.packet(.invalidBase64)) {
            try decode("b" + String(repeating: "AAAA", count: 200_000) + "AA=A", .v4)
        }
    }
}
