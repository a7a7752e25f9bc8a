// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Testing

@Suite struct MessagePackReaderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var bytes: String
        var token: MessagePackReader.Token

        init(_ bytes: String, _ token: MessagePackReader.Token) {
            self.bytes = bytes
            self.token = token
        }

        var testDescription: String { "\(self.bytes.prefix(30)) \(self.token)" }
    }

    /// One row for each format of the specification, and the ends of its range.
    static let formats: [Row] = [
        Row("00", .integer(0)), Row("7f", .integer(127)), Row("e0", .integer(-32)), Row("ff", .integer(-1)),
        Row("cc 00", .integer(0)), Row("cc ff", .integer(255)), Row("cd ff ff", .integer(65_535)),
        Row("ce ff ff ff ff", .integer(4_294_967_295)),
        Row("cf 7f ff ff ff ff ff ff ff", .integer(.max)),
        Row("cf 80 00 00 00 00 00 00 00", .large(9_223_372_036_854_775_808)),
        Row("cf ff ff ff ff ff ff ff ff", .large(.max)),
        Row("d0 80", .integer(-128)), Row("d0 7f", .integer(127)), Row("d1 80 00", .integer(-32_768)),
        Row("d2 80 00 00 00", .integer(-2_147_483_648)), Row("d3 80 00 00 00 00 00 00 00", .integer(.min)),
        Row("d3 7f ff ff ff ff ff ff ff", .integer(.max)),
        Row("ca 3f c0 00 00", .double(1.5)), Row("ca 7f 80 00 00", .double(.infinity)),
        Row("cb 3f f8 00 00 00 00 00 00", .double(1.5)), Row("cb ff f0 00 00 00 00 00 00", .double(-.infinity)),
        Row("c0", .null), Row("c2", .bool(false)), Row("c3", .bool(true)),
        Row("a0", .string(1..<1)), Row("a1 61", .string(1..<2)),
        Row("bf" + String(repeating: "61", count: 31), .string(1..<32)),
        Row("d9 01 61", .string(2..<3)), Row("da 00 01 61", .string(3..<4)), Row("db 00 00 00 01 61", .string(5..<6)),
        Row("c4 00", .binary(2..<2)), Row("c4 01 ff", .binary(2..<3)), Row("c5 00 01 ff", .binary(3..<4)),
        Row("c6 00 00 00 01 ff", .binary(5..<6)),
        Row("90", .array(0)), Row("92 c0 c0", .array(2)), Row("dc 00 01 c0", .array(1)),
        Row("dd 00 00 00 01 c0", .array(1)),
        Row("80", .map(0)), Row("81 c0 c0", .map(1)), Row("de 00 01 c0 c0", .map(1)),
        Row("df 00 00 00 01 c0 c0", .map(1)),
        Row("d4 01 aa", .extension(type: 1, 2..<3, isFixed: true)),
        Row("d5 7f aa aa", .extension(type: 127, 2..<4, isFixed: true)),
        Row("d6 80 aa aa aa aa", .extension(type: -128, 2..<6, isFixed: true)),
        Row("d7 ff" + String(repeating: "aa", count: 8), .extension(type: -1, 2..<10, isFixed: true)),
        Row("d8 00" + String(repeating: "aa", count: 16), .extension(type: 0, 2..<18, isFixed: true)),
        Row("c7 01 05 aa", .extension(type: 5, 3..<4, isFixed: false)),
        Row("c8 00 01 05 aa", .extension(type: 5, 4..<5, isFixed: false)),
        Row("c9 00 00 00 01 05 aa", .extension(type: 5, 6..<7, isFixed: false)),
    ]

    @Test("Every format is one token, wherever the bytes begin", arguments: formats)
    func format(_ row: Row) throws {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: row.bytes))
        #expect(try reader.next() == row.token)
        var shifted = ByteBuffer(hexadecimal: "c1 c1" + row.bytes)
        shifted.moveReaderIndex(forwardBy: 2)
        reader = MessagePackReader(shifted)
        #expect(try reader.next() == row.token)
    }

    @Test("A format cut short is an error at its first byte", arguments: formats)
    func truncated(_ row: Row) {
        let whole = ByteBuffer(hexadecimal: row.bytes)
        for length in 0..<whole.readableBytes {
            var reader = MessagePackReader(ByteBuffer(bytes: whole.readableBytesView.prefix(length)))
            #expect(throws: MessagePackError(.end, offset: 0)) { try reader.skip() }
        }
    }

    @Test("Skipping a value ends behind it", arguments: formats)
    func skip(_ row: Row) throws {
        let whole = ByteBuffer(hexadecimal: row.bytes)
        var reader = MessagePackReader(ByteBuffer(hexadecimal: row.bytes + "c3"))
        try reader.skip()
        #expect(reader.offset == whole.readableBytes)
        #expect(try reader.next() == .bool(true))
    }

    @Test("Skipping passes over all that a container holds")
    func skipNested() throws {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: "93 82 a1 61 92 01 02 c0 80 c4 02 01 02 90 07"))
        try reader.skip()
        #expect(try reader.next() == .integer(7))
        #expect(reader.remaining == 0)
    }

    @Test(
        "Lengths and counts beyond what is left are refused before anything is set aside for them",
        arguments: [
            "db ff ff ff ff", "c6 ff ff ff ff", "dd ff ff ff ff", "df ff ff ff ff", "c9 ff ff ff ff 00", "d9 ff", "9f",
            "8f",
            "dd 7f ff ff ff c0", "df 80 00 00 00 c0", "82 c0 c0 c0",
        ]
    )
    func tooLong(_ bytes: String) {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: bytes))
        #expect(throws: MessagePackError(.end, offset: 0)) { try reader.skip() }
    }

    @Test("The byte that starts nothing is refused")
    func reserved() {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: "91 c1"))
        #expect(throws: MessagePackError(.reserved, offset: 1)) {
            _ = try reader.next()
            _ = try reader.next()
        }
    }

    @Test("Skipping does not recurse", arguments: ["91", "81a0", "dc0001", "dd00000001"])
    func deep(_ opening: String) throws {
        var bytes = ByteBuffer(hexadecimal: String(repeating: opening, count: 200_000))
        bytes.writeInteger(0xc0 as UInt8)
        var reader = MessagePackReader(bytes)
        try reader.skip()
        #expect(reader.remaining == 0)
    }

    @Test("The text of a string must be UTF-8")
    func text() throws {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: "a3 c3 a9 61 a2 c3 28"))
        guard case .string(let good) = try reader.next(), case .string(let bad) = try reader.next() else {
            return #expect(Bool(false), "two strings")
        }
        #expect(try reader.text(good) == "éa")
        #expect(reader.isText(good, "éa"))
        #expect(!reader.isText(good, "eab"))
        #expect(throws: MessagePackError(.utf8, offset: 5)) { try reader.text(bad) }
        #expect(reader.slice(good) == ByteBuffer(string: "éa"))
    }

    @Test(
        "Extensions mean what notepack and the specification say",
        arguments: [
            ("d4 00 00", .undefined), ("d4 00 07", .undefined), ("c7 01 00 aa", .binary(3..<4)),
            ("c7 00 00", .binary(3..<3)), ("d5 00 aa aa", .binary(2..<4)),
            ("c7 08 00 00 00 00 00 00 00 00 00", .binary(3..<11)),
            ("d7 00 00 00 00 df b7 62 9c 00", .date(JavaScriptDate(milliseconds: 960_854_400_000))),
            ("d7 00 ff ff ff ff ff ff ff ff", .date(JavaScriptDate(milliseconds: -1))),
            ("d7 00 7f ff ff ff ff ff ff ff", .date(nil)),
            ("d6 ff 39 45 79 80", .date(JavaScriptDate(milliseconds: 960_854_400_000))),
            ("d7 ff 00 3d 09 00 39 45 79 80", .date(JavaScriptDate(milliseconds: 960_854_400_001))),
            ("c7 0c ff 00 0f 42 3f ff ff ff ff ff ff ff ff", .date(JavaScriptDate(milliseconds: -1_000))),
            ("c7 0c ff 00 00 00 00 7f ff ff ff ff ff ff ff", .date(nil)),
            ("d4 01 00", .other), ("c7 02 fe aa aa", .other),
        ] as [(String, MessagePackReader.Extension)]
    )
    func extensions(_ bytes: String, _ expected: MessagePackReader.Extension) throws {
        #expect(try self.meaning(bytes) == expected)
    }

    @Test(
        "Timestamps of other lengths, or of a second's nanoseconds and more, are refused",
        arguments: [
            "d4 ff 00", "d5 ff 00 00", "c7 00 ff", "c7 05 ff 00 00 00 00 00", "d7 ff ee 6b 28 00 00 00 00 00",
            "c7 0c ff 3b 9a ca 00 00 00 00 00 00 00 00 00",
        ]
    )
    func timestamps(_ bytes: String) {
        let error = #expect(throws: MessagePackError.self) { try self.meaning(bytes) }
        #expect(error?.code == .timestamp)
    }

    private func meaning(_ bytes: String) throws -> MessagePackReader.Extension? {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: bytes))
        guard case .extension(let type, let range, let isFixed) = try reader.next() else { return nil }
        return try reader.meaning(ofExtension: type, range, isFixed: isFixed)
    }

    @Test(
        "Undefined is taken, and nothing else",
        arguments: [
            ("d4 00 00", true), ("d4 00", false), ("d4 01 00", false), ("d5 00 00 00", false), ("c0", false),
            ("", false),
        ]
    )
    func undefined(_ bytes: String, _ isUndefined: Bool) throws {
        var reader = MessagePackReader(ByteBuffer(hexadecimal: bytes))
        #expect(try reader.takeUndefined() == isUndefined)
        #expect(reader.offset == (isUndefined ? 3 : 0))
    }
}
