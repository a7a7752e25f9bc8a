// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct PayloadDecoderTests {
    struct Row: Sendable {
        var revision: ProtocolRevision
        var isBinary: Bool
        var body: [UInt8]
        var error: PayloadError

        static func text(_ revision: ProtocolRevision, _ body: String, _ error: PayloadError) -> Self {
            Self(revision: revision, isBinary: false, body: Array(body.utf8), error: error)
        }

        static func binary(_ body: [UInt8], _ error: PayloadError) -> Self {
            Self(revision: .v3, isBinary: true, body: body, error: error)
        }
    }

    static let malformed: [Row] = [
        .text(.v4, "", .empty),
        .text(.v4, "abc", .packet(.unknownType(UInt8(ascii: "a")))),
        .text(.v4, "\u{1e}", .packet(.empty)),
        .text(.v4, "4a\u{1e}", .packet(.empty)),
        .text(.v4, "\u{1e}4a", .packet(.empty)),
        .text(.v4, "4a\u{1e}\u{1e}4b", .packet(.empty)),
        .text(.v4, "4a\u{1e}9", .packet(.unknownType(UInt8(ascii: "9")))),
        .text(.v4, "bAQI", .packet(.invalidBase64)),
        .text(.v4, "8:4hello", .packet(.unknownType(UInt8(ascii: "8")))),
        .text(.v3, "", .empty),
        .text(.v3, "abc", .invalidLength),
        .text(.v3, "1!", .invalidLength),
        .text(.v3, "))", .invalidLength),
        .text(.v3, ":4a", .invalidLength),
        .text(.v3, " 2:4a", .invalidLength),
        .text(.v3, "+2:4a", .invalidLength),
        .text(.v3, "2.0:4a", .invalidLength),
        .text(.v3, "1e0:4", .invalidLength),
        .text(.v3, "0x1:4", .invalidLength),
        .text(.v3, "٢:4a", .invalidLength),
        .text(.v3, "6", .lengthNotTerminated),
        .text(.v3, "2:4a7", .lengthNotTerminated),
        .text(.v3, "1:", .lengthBeyondBody),
        .text(.v3, "3:99:", .packet(.unknownType(UInt8(ascii: "9")))),
        .text(.v3, "1:aa", .packet(.unknownType(UInt8(ascii: "a")))),
        .text(.v3, "1:a2:b", .packet(.unknownType(UInt8(ascii: "a")))),
        .text(.v3, "4:4€", .lengthBeyondBody),
        .text(.v3, "6:b4AQJ=1:2", .packet(.invalidBase64)),
        .binary([], .empty),
        .binary([64], .unknownPacketKind(64)),
        .binary([2, 1, 255, 52], .unknownPacketKind(2)),
        .binary([0, 255, 52], .invalidLength),
        .binary([0, 49, 255, 52], .invalidLength),
        .binary([0, 10, 255, 52], .invalidLength),
        .binary([0], .lengthNotTerminated),
        .binary([0, 0, 255], .packet(.empty)),
        .binary([1, 0, 255], .packet(.empty)),
        .binary([1, 2, 255, 2, 9], .packet(.binaryTypeNotMessage(2))),
        .binary([0, 2, 255, 52, 0xff], .invalidUTF8),
        .binary([0, 3, 255, 52, 0xe2, 0x82, 0, 2, 255, 0xac, 0x34], .invalidUTF8),
    ]

    @Test(arguments: malformed) func `malformed payloads name their error`(row: Row) {
        #expect(throws: row.error) {
            try PayloadDecoder.packets(in: ByteBuffer(bytes: row.body), revision: row.revision, isBinary: row.isBinary)
        }
    }

    @Test func `Engine.IO 4 has no binary payloads`() {
        #expect(throws: PayloadError.binaryBodyNotAllowed) {
            try PayloadDecoder(ByteBuffer(string: "4a"), revision: .v4, isBinary: true)
        }
    }

    @Test(arguments: ProtocolRevision.allCases) func `text that is not UTF-8 is refused before any packet`(
        revision: ProtocolRevision
    ) {
        #expect(throws: PayloadError.invalidUTF8) {
            try PayloadDecoder(ByteBuffer(bytes: [0x34, 0x61, 0xff]), revision: revision)
        }
    }

    @Test func `nothing after an error comes out`() throws {
        var decoder = try PayloadDecoder(ByteBuffer(string: "4a\u{1e}x\u{1e}4b"), revision: .v4)
        #expect(try decoder.next() == .text("a"))
        #expect(throws: PayloadError.packet(.unknownType(UInt8(ascii: "x")))) { try decoder.next() }
        #expect(try decoder.next() == nil)
        #expect(try decoder.next() == nil)
    }

    @Test func `a payload of no packets, as the reference server writes it`() throws {
        #expect(try PayloadDecoder.packets(in: ByteBuffer(string: "0:"), revision: .v3) == [])
        #expect(try PayloadDecoder.packets(in: ByteBuffer(string: "0:2:4a0:"), revision: .v3) == [.text("a")])
    }

    @Test func `a base64 packet is not taken for a text one, nor a text one for base64`() throws {
        #expect(
            try PayloadDecoder.packets(in: ByteBuffer(string: "4bAQID\u{1e}bAQID"), revision: .v4)
                == [.text("bAQID"), .bytes([1, 2, 3])]
        )
        #expect(
            try PayloadDecoder.packets(in: ByteBuffer(string: "7:4b4AQID6:b4AQID"), revision: .v3)
                == [.text("b4AQID"), .bytes([1, 2, 3])]
        )
    }

    @Test func `the body's size is checked first`() {
        #expect(throws: PayloadError.tooLong(maximumBytes: 10)) {
            try PayloadDecoder(ByteBuffer(repeating: 0xff, count: 11), revision: .v4, maximumBytes: 10)
        }
        #expect(throws: Never.self) {
            try PayloadDecoder(ByteBuffer(repeating: 0x34, count: 10), revision: .v4, maximumBytes: 10)
        }
    }

    @Test func `lengths are counted in UTF-16 code units at every alignment`() throws {
        for prefix in 0..<20 {
            for character in ["a", "é", "€", "😀"] {
                let text =
                    String(repeating: "x", count: prefix) + character + String(repeating: "y", count: 20 - prefix)
                let body = ByteBuffer(string: "\(1 + text.utf16.count):4\(text)2:4z")
                #expect(try PayloadDecoder.packets(in: body, revision: .v3) == [.text(text), .text("z")])
            }
        }
    }

    @Test(arguments: [(ProtocolRevision.v3, false), (.v3, true), (.v4, false), (.v4, true)])
    func `decode after encode is the identity`(revision: ProtocolRevision, base64: Bool) throws {
        for seed in UInt64(0)..<300 {
            var random = SeededGenerator(seed: seed)
            let packets = random.packets()
            var encoder = PayloadEncoder(revision: revision, base64: base64)
            for packet in packets { encoder.append(packet) }
            #expect(
                encoder.isBinary == (revision == .v3 && !base64 && packets.contains(where: \.isBinary)),
                "seed \(seed)"
            )
            #expect(
                try PayloadDecoder.packets(in: encoder.body, revision: revision, isBinary: encoder.isBinary) == packets,
                "seed \(seed)"
            )
        }
    }

    @Test func `no body traps or hangs the decoder`() {
        for seed in UInt64(0)..<1_500 {
            var random = SeededGenerator(seed: seed)
            var encoder = PayloadEncoder(
                revision: Bool.random(using: &random) ? .v3 : .v4,
                base64: Bool.random(using: &random)
            )
            for packet in random.packets() { encoder.append(packet) }
            var bytes = Array(encoder.body.readableBytesView)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 0x30...0x3a, using: &random), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            for (revision, isBinary) in [(ProtocolRevision.v3, false), (.v3, true), (.v4, false)] {
                _ = try? PayloadDecoder.packets(in: ByteBuffer(bytes: bytes), revision: revision, isBinary: isBinary)
            }
        }
    }
}
