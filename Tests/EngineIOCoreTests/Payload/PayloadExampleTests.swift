// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

/// Every payload in the protocol texts and the official test suites, in both directions.
@Suite struct PayloadExampleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var revision: ProtocolRevision
        var base64 = false
        var isBinary = false
        var body: [UInt8]
        var packets: [EngineIOPacket]
        var testDescription: String { "\(self.revision): \(String(decoding: self.body, as: UTF8.self))" }

        static func text(
            _ revision: ProtocolRevision,
            base64: Bool = false,
            _ body: String,
            _ packets: [EngineIOPacket]
        ) -> Self {
            Self(revision: revision, base64: base64, body: Array(body.utf8), packets: packets)
        }

        static func binary(_ body: [UInt8], _ packets: [EngineIOPacket]) -> Self {
            Self(revision: .v3, isBinary: true, body: body, packets: packets)
        }
    }

    static let open =
        #"{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}"#

    static let rows: [Row] = [
        // Engine.IO protocol v4, "HTTP long-polling".
        .text(.v4, "4hello\u{1e}2\u{1e}4world", [.text("hello"), .ping(""), .text("world")]),
        .text(.v4, "4hello\u{1e}bAQIDBA==", [.text("hello"), .bytes([1, 2, 3, 4])]),
        .text(.v4, "4€", [.text("€")]),
        // The v4 test suite.
        .text(.v4, "4hello", [.text("hello")]),
        .text(.v4, "4test1\u{1e}4test2\u{1e}4test3", [.text("test1"), .text("test2"), .text("test3")]),
        .text(.v4, "2", [.ping("")]),
        .text(.v4, "3", [.pong("")]),
        .text(.v4, "1", [.close]),
        .text(.v4, "6", [.noop]),
        // Engine.IO protocol v3, "Sample session" and "Payload".
        .text(.v3, "96:0" + open, [.open(ByteBuffer(string: open))]),
        .text(.v3, "4:4hey", [.text("hey")]),
        .text(.v3, "6:4hello6:4world", [.text("hello"), .text("world")]),
        .text(.v3, "6:4hello2:4€", [.text("hello"), .text("€")]),
        .text(.v3, base64: true, "2:4€10:b4AQIDBA==", [.text("€"), .bytes([1, 2, 3, 4])]),
        // The v3 test suite.
        .text(.v3, "6:4test16:4test26:4test3", [.text("test1"), .text("test2"), .text("test3")]),
        .text(.v3, base64: true, "6:4hello10:b4AQIDBA==", [.text("hello"), .bytes([1, 2, 3, 4])]),
        .text(.v3, "1:2", [.ping("")]),
        .text(.v3, "1:3", [.pong("")]),
        .text(.v3, "1:1", [.close]),
        .text(.v3, "1:6", [.noop]),
        .binary(
            [0, 6, 255, 52, 104, 101, 108, 108, 111, 1, 5, 255, 4, 1, 2, 3, 4],
            [.text("hello"), .bytes([1, 2, 3, 4])]
        ),
        // The official parser's cases.
        .text(.v3, "4:4€€€2:4α", [.text("€€€"), .text("α")]),
        .text(.v3, base64: true, "6:b4AQID", [.bytes([1, 2, 3])]),
        .binary(
            [1, 6, 255, 4, 0, 1, 2, 3, 4, 1, 5, 255, 4, 5, 6, 7, 8],
            [.bytes([0, 1, 2, 3, 4]), .bytes([5, 6, 7, 8])]
        ),
        .binary(
            [1, 2, 255, 4, 9, 0, 6, 255, 52, 104, 101, 108, 108, 111, 0, 1, 255, 49],
            [.bytes([9]), .text("hello"), .close]
        ),
        // Characters beyond the Basic Multilingual Plane count twice.
        .text(.v3, "3:4😀2:4a", [.text("😀"), .text("a")]),
        .text(.v3, "1:41:4", [.text(""), .text("")]),
    ]

    @Test(arguments: rows) func `decodes`(row: Row) throws {
        #expect(
            try PayloadDecoder.packets(in: ByteBuffer(bytes: row.body), revision: row.revision, isBinary: row.isBinary)
                == row.packets
        )
    }

    @Test(arguments: rows) func `encodes`(row: Row) {
        var encoder = PayloadEncoder(revision: row.revision, base64: row.base64)
        for packet in row.packets { encoder.append(packet) }
        #expect(encoder.body == ByteBuffer(bytes: row.body))
        #expect(encoder.isBinary == row.isBinary)
        #expect(encoder.packetCount == row.packets.count)
        #expect(encoder.byteCount == row.body.count)
        #expect(encoder.contentType == (row.isBinary ? "application/octet-stream" : "text/plain; charset=UTF-8"))
    }

    /// "Payload" in the v3 text shows a binary packet without its type byte (01 04 ff 01 02 03 04), which the reference
    /// server, its test suite and the sentence above the example contradict: the data begins with 0x04.
    @Test func `the binary example of the v3 text, with the type byte that its implementations write`() throws {
        let body = ByteBuffer(bytes: [0x00, 0x04, 0xff, 0x34, 0xe2, 0x82, 0xac, 0x01, 0x05, 0xff, 0x04, 1, 2, 3, 4])
        var encoder = PayloadEncoder(revision: .v3)
        encoder.append(.text("€"))
        encoder.append(.bytes([1, 2, 3, 4]))
        #expect(encoder.body == body)
        #expect(
            try PayloadDecoder.packets(in: body, revision: .v3, isBinary: true) == [.text("€"), .bytes([1, 2, 3, 4])]
        )
    }
}
