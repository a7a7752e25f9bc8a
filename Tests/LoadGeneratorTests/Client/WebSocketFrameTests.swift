// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import SocketIOClient

@Suite struct WebSocketFrameTests {
    /// Server frames of RFC 6455 §5.7 and others, and the messages they make.
    private static let conversation: [UInt8] =
        [0x81, 0x05] + Array("Hello".utf8)
        + [0x01, 0x03] + Array("Hel".utf8) + [0x89, 0x01, 0x70] + [0x80, 0x02] + Array("lo".utf8)
        + [0x82, 126, 0x01, 0x00] + [UInt8](repeating: 7, count: 256)
        + [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 8, count: 65_536)
        + [0x81, 0x00, 0x8A, 0x00, 0x88, 0x02, 0x03, 0xE9]
    private static let messages = [
        "text Hello", "ping p", "text Hello", "binary 256", "binary 65536", "text ", "pong", "close 1001",
    ]

    private func describe(_ message: WebSocketMessageReader.Message) -> String {
        switch message {
        case .text(let bytes): "text \(String(decoding: bytes, as: UTF8.self))"
        case .binary(let bytes): "binary \(bytes.count)"
        case .ping(let bytes): "ping \(String(decoding: bytes, as: UTF8.self))"
        case .pong: "pong"
        case .close(let code): "close \(code ?? 0)"
        }
    }

    private func read(_ parts: [ArraySlice<UInt8>]) throws -> [String] {
        var reader = WebSocketMessageReader(maximumMessageBytes: 100_000)
        var found: [String] = []
        for part in parts {
            try reader.read(ByteBuffer(bytes: part)) { message in
                found.append(self.describe(message))
                return true
            }
        }
        return found
    }

    @Test func framesInOneReadAreSeparated() throws {
        #expect(try self.read([Self.conversation[...]]) == Self.messages)
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func anySplitGivesTheSameMessages(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var parts: [ArraySlice<UInt8>] = []
        var index = 0
        while index < Self.conversation.count {
            let most = index < 30 || index > 65_800 ? 3 : 9_000
            let end = min(Self.conversation.count, index + Int.random(in: 1...most, using: &generator))
            parts.append(Self.conversation[index..<end])
            index = end
        }
        #expect(try self.read(parts) == Self.messages, "seed \(seed)")
    }

    struct Row: CustomTestStringConvertible {
        var bytes: [UInt8]
        var violation: WebSocketViolation
        var testDescription: String { self.violation.rawValue }
    }

    @Test(arguments: [
        Row(bytes: [0xC1, 0x00], violation: .reservedBits),
        Row(bytes: [0x83, 0x00], violation: .reservedBits),
        Row(bytes: [0x81, 0x80, 1, 2, 3, 4], violation: .maskedByServer),
        Row(bytes: [0x09, 0x00], violation: .badControlFrame),
        Row(bytes: [0x89, 126, 0x00, 0x7E], violation: .badControlFrame),
        Row(bytes: [0x80, 0x00], violation: .badFragment),
        Row(bytes: [0x01, 0x00, 0x81, 0x00], violation: .badFragment),
        Row(bytes: [0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], violation: .tooLong),
        Row(bytes: [0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], violation: .tooLong),
        Row(bytes: [0x82, 127, 0, 0, 0, 0, 0, 1, 0x86, 0xA1], violation: .tooLong),
    ])
    func violationsAreNamed(row: Row) {
        #expect(throws: row.violation) { try self.read([row.bytes[...]]) }
    }

    @Test func fragmentsTogetherAreBounded() {
        var bytes: [UInt8] = [0x02, 126, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 65_535)
        bytes += [0x00, 126, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 65_535)
        #expect(throws: WebSocketViolation.tooLong) { try self.read([bytes[...]]) }
    }

    @Test func deliveryStopsWhenAsked() throws {
        var reader = WebSocketMessageReader(maximumMessageBytes: 100)
        var found: [String] = []
        try reader.read(ByteBuffer(bytes: Self.conversation.prefix(14))) { message in
            found.append(self.describe(message))
            return false
        }
        #expect(found == ["text Hello"])
    }

    @Test(arguments: [0, 1, 3, 7, 8, 9, 124, 125, 126, 65_535, 65_536])
    func writtenFramesAreMaskedAndWhole(length: Int) throws {
        var writer = WebSocketFrameWriter(seed: 1)
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        var frame = ByteBuffer(string: "before")
        payload.withUnsafeBytes { writer.write(.text, prefix: UInt8(ascii: "4"), payload: $0, into: &frame) }
        let skipped = frame.readString(length: 6)
        let first = frame.readInteger(as: UInt8.self)
        let second = frame.readInteger(as: UInt8.self) ?? 0
        #expect(skipped == "before" && first == 0x81 && second & 0x80 != 0)
        var wide = Int(second & 0x7F)
        if second & 0x7F == 126 { wide = frame.readInteger(as: UInt16.self).map { Int($0) } ?? 0 }
        if second & 0x7F == 127 { wide = frame.readInteger(as: UInt64.self).map { Int($0) } ?? 0 }
        #expect(wide == length + 1)
        let key = try #require(frame.getBytes(at: frame.readerIndex, length: 4))
        let masked = try #require(frame.getBytes(at: frame.readerIndex + 4, length: frame.readableBytes - 4))
        let plain = masked.enumerated().map { $1 ^ key[$0 & 3] }
        #expect(plain == [UInt8(ascii: "4")] + payload)
    }
}
