// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import EngineIO

/// Messages that are to cost much and yield little.
@Suite struct InflateWorkTests {
    /// Bits in the order of RFC 1951 §3.1.1.
    private struct BitWriter {
        var bytes: [UInt8] = []
        private var count = 0

        mutating func write(_ value: Int, _ bits: Int) {
            for bit in 0..<bits {
                if self.count % 8 == 0 { self.bytes.append(0) }
                self.bytes[self.bytes.count - 1] |= UInt8(value >> bit & 1) << UInt8(self.count % 8)
                self.count += 1
            }
        }
    }

    enum Blocks: String, CaseIterable, CustomTestStringConvertible {
        case stored, fixed, last, dynamic

        var testDescription: String { self.rawValue }

        /// Some empty blocks, as whole bytes.
        var bytes: [UInt8] {
            var writer = BitWriter()
            switch self {
            case .stored:
                return [0, 0, 0, 0xff, 0xff]
            case .last:
                // What follows a last block begins with a new byte.
                return [3, 0]
            case .fixed:
                for _ in 0..<4 {
                    writer.write(0b010, 3)
                    writer.write(0, 7)
                }
            case .dynamic:
                for _ in 0..<4 {
                    writer.write(0b100, 3)
                    // 257 literals and lengths, one distance, 18 lengths of lengths: of 18 and of 1, one bit each.
                    writer.write(0, 5)
                    writer.write(0, 5)
                    writer.write(14, 4)
                    for index in 0..<18 { writer.write([2, 17].contains(index) ? 1 : 0, 3) }
                    // 138 and 118 zeros; one bit for the end of the block, and for the distance.
                    writer.write(127 << 1 | 1, 8)
                    writer.write(107 << 1 | 1, 8)
                    writer.write(0, 2)
                    // The end of the block.
                    writer.write(0, 1)
                }
            }
            return writer.bytes
        }
    }

    @Test(arguments: Blocks.allCases, [true, false]) func `empty blocks cost no more than their bytes`(
        blocks: Blocks,
        endsInText: Bool
    ) throws {
        guard var inflater = Inflater(windowBits: 15) else { throw CancellationError() }
        let limit = 1_000_000
        var message = ByteBuffer()
        while message.readableBytes < limit { message.writeBytes(blocks.bytes) }
        // A stored block with one byte, so that there is something to yield.
        if endsInText { message.writeBytes([0, 1, 0, 0xfe, 0xff, 0x61]) }
        // The beginning of the block that is left out of a message.
        message.writeBytes([0])
        let output = try inflater.inflate(message, maximumBytes: limit)
        #expect(output.readableBytes == (endsInText ? 1 : 0))
        #expect(inflater.callCount <= message.readableBytes / 2 + 4)
        if blocks != .last { #expect(inflater.callCount <= 4) }
    }

    @Test func `what yields the most is cut at the limit, whatever is left of it`() throws {
        guard var deflater = Deflater(.raw(windowBits: 15), level: 9, memoryLevel: 8),
            var inflater = Inflater(windowBits: 15)
        else { throw CancellationError() }
        let limit = 1_000_000
        var message = ByteBuffer()
        #expect(deflater.appendMessage(nil, ByteBuffer(repeating: 0, count: 32 * limit), to: &message))
        #expect(message.readableBytes < limit / 20)
        #expect(throws: Inflater.Failure.tooLarge) { try inflater.inflate(message, maximumBytes: limit) }
        #expect(inflater.callCount < 32)
    }

    @Test func `a message of many fragments is taken apart once`() {
        let frames = (0..<1_024).map { index in
            let payload = Blocks.dynamic.bytes + (index == 1_023 ? [0] : [])
            var frame = ClientFrame(opcode: index == 0 ? 0x2 : 0x0, payload: payload)
            frame.reservedBits = index == 0 ? 4 : 0
            frame.isFinal = index == 1_023
            return frame.bytes
        }
        let inflater = MessageInflater(windowBits: 15, keepsContext: true)
        #expect(ReaderOutcome(frames, inflater: inflater).inputs == [.binary(ByteBuffer())])
        #expect(inflater.callCount <= 4)
        var more = frames
        more.insert(ClientFrame(opcode: 0x0, payload: [], isFinal: false).bytes, at: 1)
        #expect(ReaderOutcome(more, inflater: inflater).violation == .tooManyFragments)
    }
}
