// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct EngineIOPacketTests {
    struct TextRow: Sendable {
        var text: String
        var packet: EngineIOPacket
        init(_ text: String, _ packet: EngineIOPacket) {
            self.text = text
            self.packet = packet
        }
    }

    /// The text packets in the protocol texts of both revisions, then the official parser's own cases.
    static let textRows: [TextRow] = [
        TextRow("2", .ping("")),
        TextRow("3", .pong("")),
        TextRow("2probe", .ping("probe")),
        TextRow("3probe", .pong("probe")),
        TextRow("5", .upgrade),
        TextRow("6", .noop),
        TextRow("1", .close),
        TextRow("4hello", .text("hello")),
        TextRow("4world", .text("world")),
        TextRow("4hey", .text("hey")),
        TextRow("4HelloWorld", .text("HelloWorld")),
        TextRow(
            #"0{"sid":"lv_VI97HAXpY6yYWAAAC","pingInterval":25000,"pingTimeout":5000}"#,
            .open(ByteBuffer(string: #"{"sid":"lv_VI97HAXpY6yYWAAAC","pingInterval":25000,"pingTimeout":5000}"#))
        ),
        TextRow("4", .text("")),
        TextRow("21", .ping("1")),
        TextRow("31", .pong("1")),
        TextRow("4€€€", .text("€€€")),
        TextRow("4utf8 — string", .text("utf8 — string")),
        TextRow("4b4AQID", .text("b4AQID")),
        TextRow("40", .text("0")),
    ]

    @Test(arguments: textRows, ProtocolRevision.allCases)
    func `text packets in both directions`(row: TextRow, revision: ProtocolRevision) throws {
        #expect(try EngineIOPacket(text: ByteBuffer(string: row.text), revision: revision) == row.packet)
        var frame = ByteBuffer()
        #expect(row.packet.encode(into: &frame, revision: revision) == .text)
        #expect(frame == ByteBuffer(string: row.text))
    }

    struct BinaryRow: Sendable {
        var revision: ProtocolRevision
        var frame: [UInt8]
        var data: [UInt8]
    }

    @Test(arguments: [
        BinaryRow(revision: .v3, frame: [4, 0, 1, 2, 3, 4, 5], data: [0, 1, 2, 3, 4, 5]),
        BinaryRow(revision: .v3, frame: [4], data: []),
        BinaryRow(revision: .v3, frame: [4, 4], data: [4]),
        BinaryRow(revision: .v4, frame: [1, 2, 3, 4], data: [1, 2, 3, 4]),
        BinaryRow(revision: .v4, frame: [4, 1], data: [4, 1]),
        BinaryRow(revision: .v4, frame: [], data: []),
    ])
    func `binary frames in both directions`(row: BinaryRow) throws {
        let packet = try EngineIOPacket(binary: ByteBuffer(bytes: row.frame), revision: row.revision)
        #expect(packet == .bytes(row.data))
        var frame = ByteBuffer()
        #expect(packet.encode(into: &frame, revision: row.revision) == .binary)
        #expect(frame == ByteBuffer(bytes: row.frame))
    }

    @Test func `a client that asked for base64 gets binary as text frames`() throws {
        var frame = ByteBuffer()
        #expect(EngineIOPacket.bytes([1, 2, 3]).encode(into: &frame, revision: .v3, base64: true) == .text)
        #expect(frame == ByteBuffer(string: "b4AQID"))
        #expect(try EngineIOPacket(text: frame, revision: .v3) == .bytes([1, 2, 3]))
    }

    @Test func `Engine.IO 4 frames are binary whatever the client asked`() {
        var frame = ByteBuffer()
        #expect(EngineIOPacket.bytes([1, 2, 3]).encode(into: &frame, revision: .v4, base64: true) == .binary)
        #expect(frame == ByteBuffer(bytes: [1, 2, 3]))
    }

    @Test func `base64 packets decode on any transport`() throws {
        #expect(try EngineIOPacket(text: ByteBuffer(string: "bAQIDBA=="), revision: .v4) == .bytes([1, 2, 3, 4]))
        #expect(try EngineIOPacket(text: ByteBuffer(string: "b4AQIDBA=="), revision: .v3) == .bytes([1, 2, 3, 4]))
        #expect(try EngineIOPacket(text: ByteBuffer(string: "b"), revision: .v4) == .bytes([]))
        #expect(try EngineIOPacket(text: ByteBuffer(string: "b4"), revision: .v3) == .bytes([]))
    }

    @Test(arguments: ["1bye", "5now", "6nothing"])
    func `data of packets that have none is ignored`(text: String) throws {
        let packet = try EngineIOPacket(text: ByteBuffer(string: text), revision: .v4)
        #expect([.close, .upgrade, .noop].contains(packet))
    }

    struct MalformedRow: Sendable {
        var revision: ProtocolRevision
        var text: String
        var error: PacketError
        init(_ revision: ProtocolRevision, _ text: String, _ error: PacketError) {
            self.revision = revision
            self.text = text
            self.error = error
        }
    }

    @Test(arguments: [
        MalformedRow(.v3, "", .empty),
        MalformedRow(.v4, "", .empty),
        MalformedRow(.v3, "abc", .unknownType(UInt8(ascii: "a"))),
        MalformedRow(.v4, "abc", .unknownType(UInt8(ascii: "a"))),
        MalformedRow(.v4, ":::", .unknownType(UInt8(ascii: ":"))),
        MalformedRow(.v4, "94103", .unknownType(UInt8(ascii: "9"))),
        MalformedRow(.v3, "7", .unknownType(UInt8(ascii: "7"))),
        MalformedRow(.v4, "\u{0}", .unknownType(0)),
        MalformedRow(.v4, "\u{4}hello", .unknownType(4)),
        MalformedRow(.v4, "-1", .unknownType(UInt8(ascii: "-"))),
        MalformedRow(.v4, "é", .unknownType(0xc3)),
        MalformedRow(.v3, "b", .empty),
        MalformedRow(.v3, "b2", .binaryTypeNotMessage(UInt8(ascii: "2"))),
        MalformedRow(.v3, "bAQID", .binaryTypeNotMessage(UInt8(ascii: "A"))),
        MalformedRow(.v3, "b4AQI", .invalidBase64),
        MalformedRow(.v4, "bAQID!", .invalidBase64),
        MalformedRow(.v4, "b====", .invalidBase64),
        MalformedRow(.v4, "2" + String(repeating: "x", count: 126), .heartbeatTooLong),
        MalformedRow(.v3, "3" + String(repeating: "x", count: 1_000), .heartbeatTooLong),
    ])
    func `malformed text packets name their error`(row: MalformedRow) {
        #expect(throws: row.error) { try EngineIOPacket(text: ByteBuffer(string: row.text), revision: row.revision) }
    }

    @Test func `Engine.IO 3 binary frames need the message type`() {
        #expect(throws: PacketError.empty) { try EngineIOPacket(binary: ByteBuffer(), revision: .v3) }
        #expect(throws: PacketError.binaryTypeNotMessage(3)) {
            try EngineIOPacket(binary: ByteBuffer(bytes: [3, 2, 1]), revision: .v3)
        }
        #expect(throws: PacketError.binaryTypeNotMessage(0x34)) {
            try EngineIOPacket(binary: ByteBuffer(string: "4hello"), revision: .v3)
        }
    }

    @Test func `the longest heartbeat is taken`() throws {
        let data = ByteBuffer(repeating: 0x78, count: EngineIOPacket.maximumHeartbeatBytes)
        var text = ByteBuffer(string: "2")
        text.writeImmutableBuffer(data)
        #expect(try EngineIOPacket(text: text, revision: .v4) == .ping(data))
    }

    @Test(arguments: ProtocolRevision.allCases, [false, true])
    func `decode after encode is the identity`(revision: ProtocolRevision, base64: Bool) throws {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            let packet = random.packet()
            var frame = ByteBuffer()
            switch packet.encode(into: &frame, revision: revision, base64: base64) {
            case .text: #expect(try EngineIOPacket(text: frame, revision: revision) == packet, "seed \(seed)")
            case .binary: #expect(try EngineIOPacket(binary: frame, revision: revision) == packet, "seed \(seed)")
            }
        }
    }

    @Test func `no bytes trap the packet decoders`() {
        for seed in UInt64(0)..<2_000 {
            var random = SeededGenerator(seed: seed)
            let bytes = random.bytes()
            for revision in ProtocolRevision.allCases {
                _ = try? EngineIOPacket(text: bytes, revision: revision)
                _ = try? EngineIOPacket(binary: bytes, revision: revision)
            }
        }
    }

    @Test func `packet types have their numbers`() {
        let types: [PacketType] = [.open, .close, .ping, .pong, .message, .upgrade, .noop]
        #expect(types.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
        #expect(PacketType.allCases == types)
        let packets: [EngineIOPacket] = [.open(ByteBuffer()), .close, .ping(""), .pong(""), .text(""), .upgrade, .noop]
        #expect(packets.map(\.type) == types)
        #expect(!EngineIOPacket.text("").isBinary && EngineIOPacket.bytes([]).isBinary)
    }

    @Test(arguments: [
        ("3", ProtocolRevision.v3), ("4", .v4), ("", nil), ("2", nil), ("5", nil), ("03", nil), ("4 ", nil),
        ("abc", nil),
    ])
    func `revisions are exactly 3 and 4`(parameter: String, revision: ProtocolRevision?) {
        #expect(ProtocolRevision(parameter: parameter) == revision)
    }
}
