// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// Input that is made to hurt.
@Suite struct MessagePackAbuseTests {
    /// More than a header of 16 bits can say.
    private static let maximumBytes = 70_000
    /// `{type: 2, nsp: "/", data: …}` up to the data.
    private static let head = "83 a474797065 02 a36e7370 a12f a464617461"

    private func decode(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        var decoder = Parser.messagePack.makeDecoder(revision: .v4)
        return try decoder.binary(message)
    }

    @Test(
        "Declared lengths and counts of 2³²−1 are refused at once",
        arguments: ["dd ff ff ff ff", "df ff ff ff ff", "db ff ff ff ff", "c6 ff ff ff ff", "c9 ff ff ff ff 00"]
    )
    func declared(_ header: String) {
        for prefix in ["", "81", Self.head, Self.head + "92 a161", "83 a474797065 02 a36e7370", "81 a26964", "81 a178"]
        {
            var message = ByteBuffer(hexadecimal: prefix + header)
            message.writeRepeatingByte(0xc0, count: 1_000)
            let error = #expect(throws: PacketError.self) { try self.decode(message) }
            #expect(error != nil)
        }
    }

    @Test("Nesting of 200,000 is refused in the data", arguments: ["91", "81 a0", "dc 00 01"])
    func deep(_ opening: String) {
        var message = ByteBuffer(hexadecimal: Self.head + "92 a161")
        let level = ByteBuffer(hexadecimal: opening)
        for _ in 0..<200_000 { message.writeImmutableBuffer(level) }
        message.writeInteger(0xc0 as UInt8)
        let error = #expect(throws: PacketError.self) { try self.decode(message) }
        #expect(error?.isLimit == true)
    }

    @Test("Nesting of 200,000 in a member that nobody reads is passed over")
    func deepElsewhere() throws {
        var message = ByteBuffer(hexadecimal: "84 a474797065 02 a36e7370 a12f a464617461 91 a161 a76f7074696f6e73")
        message.writeRepeatingByte(0x91, count: 200_000)
        message.writeInteger(0xc0 as UInt8)
        #expect(try self.decode(message) == SocketIOPacket(kind: .event, payload: try json(#"["a"]"#)))
    }

    @Test(
        "A byte becomes at most six of JSON",
        arguments: [
            0x01, 0xc0, 0xc2, 0xc3, 0x90, 0x80, 0xe0, 0xa0,
        ] as [UInt8]
    )
    func expansion(_ byte: UInt8) throws {
        var message = ByteBuffer(hexadecimal: Self.head + "92 a161 dd")
        let count = Self.maximumBytes
        message.writeInteger(UInt32(count))
        message.writeRepeatingByte(byte, count: count)
        let packet = try #require(try self.decode(message))
        #expect(packet.payload.map { $0.bytes.readableBytes <= 6 * message.readableBytes } == true)
        #expect(
            Parser.messagePack.encode(packet, revision: .v4).attachments.first?.readableBytes == message.readableBytes
        )
    }

    @Test("A string of control characters comes back as long as it was")
    func controlCharacters() throws {
        var message = ByteBuffer(hexadecimal: Self.head + "92 a161 db")
        message.writeInteger(UInt32(Self.maximumBytes))
        message.writeRepeatingByte(0x01, count: Self.maximumBytes)
        let packet = try #require(try self.decode(message))
        #expect(packet.payload.map { $0.bytes.readableBytes <= 6 * message.readableBytes } == true)
        #expect(
            Parser.messagePack.encode(packet, revision: .v4).attachments.first?.readableBytes == message.readableBytes
        )
    }

    @Test("More attachments than allowed, and larger ones, are refused")
    func attachments() {
        let eleven = ByteBuffer(hexadecimal: Self.head + "9c a161" + String(repeating: "c400", count: 11))
        #expect(throws: PacketError.tooManyAttachments) { try self.decode(eleven) }
        var large = ByteBuffer(hexadecimal: Self.head + "93 a161 c400 c6")
        large.writeInteger(UInt32(1_000_001))
        large.writeRepeatingByte(0, count: 1_000_001)
        #expect(throws: PacketError.attachmentsTooLarge) { try self.decode(large) }
    }

    @Test("Thousands of members of one name")
    func members() throws {
        var message = ByteBuffer(hexadecimal: "df")
        let count = Self.maximumBytes / 5
        message.writeInteger(UInt32(count + 3))
        for _ in 0..<count { message.writeBytes([0xa3, 0x69, 0x64, 0x78, 0xc0]) }
        message.writeImmutableBuffer(ByteBuffer(hexadecimal: "a474797065 02 a36e7370 a12f a464617461 91 a161"))
        #expect(try self.decode(message)?.kind == .event)
    }

    @Test("JSON nested 200,000 deep is written without recursion")
    func deepJSON() {
        var json = ByteBuffer()
        json.writeRepeatingByte(UInt8(ascii: "["), count: 200_000)
        json.writeRepeatingByte(UInt8(ascii: "]"), count: 200_000)
        var writer = MessagePackWriter()
        writer.write(json: json)
        #expect(writer.bytes.readableBytes == 200_000)
    }
}
