// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

@testable import EngineIO

@Suite struct ByteArenaTests {
    private static func frames(_ body: (inout ByteArena) -> Void) -> [UInt8] {
        var arena = ByteArena()
        body(&arena)
        return Array(arena.bytes(in: ArenaRange(start: 0, end: UInt32(arena.count))))
    }

    @Test func `frame headers in their three forms`() {
        #expect(Self.frames { $0.appendFrameHeader(.text, length: 0) } == [0x81, 0])
        #expect(Self.frames { $0.appendFrameHeader(.binary, length: 125) } == [0x82, 125])
        #expect(Self.frames { $0.appendFrameHeader(.close, length: 126) } == [0x88, 126, 0, 126])
        #expect(Self.frames { $0.appendFrameHeader(.ping, length: 65_535) } == [0x89, 126, 0xFF, 0xFF])
        #expect(Self.frames { $0.appendFrameHeader(.pong, length: 65_536) } == [0x8A, 127, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test func `binary messages carry their type in revision 3 alone`() {
        let data = ByteBuffer(bytes: [1, 2])
        #expect(Self.frames { $0.appendBinaryMessage(data, revision: .v4) } == [0x82, 2, 1, 2])
        #expect(Self.frames { $0.appendBinaryMessage(data, revision: .v3) } == [0x82, 3, 4, 1, 2])
    }

    @Test func `a message is its text and its attachments in order`() {
        let message = EngineMessage(
            text: ByteBuffer(string: "2[]"),
            attachments: [ByteBuffer(bytes: [9]), ByteBuffer()]
        )
        #expect(
            Self.frames { _ = $0.appendMessage(message, revision: .v4) }
                == [
                    0x81, 4, UInt8(ascii: "4"), UInt8(ascii: "2"), UInt8(ascii: "["), UInt8(ascii: "]"), 0x82, 1, 9,
                    0x82, 0,
                ]
        )
    }

    @Test func `a message may be binary alone`() {
        let message = EngineMessage(binary: ByteBuffer(bytes: [1, 2]))
        #expect(Self.frames { _ = $0.appendMessage(message, revision: .v4) } == [0x82, 2, 1, 2])
        #expect(QueuedPacket.message(message).packetCount == 1)
        #expect(QueuedPacket.message(message).byteCount == 3)
    }

    @Test func `packets for polling alone write nothing`() {
        let packets: [EngineIOPacket] = [.close, .upgrade, .noop]
        for packet in packets { #expect(Self.frames { $0.append(.packet(packet), revision: .v4) } == []) }
    }

    @Test func `it grows, copies and forgets`() {
        var arena = ByteArena()
        var expected: [UInt8] = []
        for number in 0..<5_000 {
            let bytes = withUnsafeBytes(of: number, Array.init)
            bytes.withUnsafeBytes { arena.append($0) }
            expected += bytes
        }
        arena.append(ByteBuffer(bytes: [1, 2, 3]))
        arena.append(7 as UInt8)
        expected += [1, 2, 3, 7]
        arena.appendCopy(of: ArenaRange(start: 8, end: 24))
        expected += expected[8..<24]
        #expect(Array(arena.bytes(in: ArenaRange(start: 0, end: UInt32(arena.count)))) == expected)
        arena.append(ByteBuffer(repeating: 0x61, count: 3_000_000))
        arena.removeAll()
        #expect(arena.count == 0)
        arena.append(5 as UInt8)
        #expect(Array(arena.bytes(in: ArenaRange(start: 0, end: 1))) == [5])
    }

    @Test func `one message is encoded once for each form`() {
        var arena = ByteArena()
        var text = MessageFrames(EngineMessage(text: ByteBuffer(string: "2[]")))
        #expect(text.range(for: .v4, in: &arena) == text.range(for: .v3, in: &arena))
        #expect(arena.count == 6)
        arena.removeAll()
        var binary = MessageFrames(
            EngineMessage(text: ByteBuffer(string: "2[]"), attachments: [ByteBuffer(bytes: [1])])
        )
        let first = binary.range(for: .v4, in: &arena)
        let second = binary.range(for: .v3, in: &arena)
        #expect(first.count == 9 && second.count == 10)
        #expect(binary.range(for: .v4, in: &arena) == first)
        #expect(binary.range(for: .v3, in: &arena) == second)
    }
}
