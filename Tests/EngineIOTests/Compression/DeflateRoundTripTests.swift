// Licensed under the MIT licence.

import NIOCore
import SocketIOTesting
import Testing

@testable import EngineIO

@Suite struct DeflateRoundTripTests {
    /// A client's and this side's end of one direction.
    private final class Direction {
        var deflater: Deflater
        var inflater: Inflater
        let keepsContext: Bool

        init(windowBits: Int, keepsContext: Bool, level: Int = 6, memoryLevel: Int = 8) throws {
            guard let deflater = Deflater(.raw(windowBits: windowBits), level: level, memoryLevel: memoryLevel),
                let inflater = Inflater(windowBits: windowBits)
            else {
                throw CancellationError()
            }
            self.deflater = deflater
            self.inflater = inflater
            self.keepsContext = keepsContext
        }

        func pack(_ type: UInt8?, _ message: ByteBuffer) -> ByteBuffer? {
            if !self.keepsContext { self.deflater.reset() }
            var packed = ByteBuffer()
            return self.deflater.appendMessage(type, message, to: &packed) ? packed : nil
        }

        func unpack(_ packed: ByteBuffer) throws -> ByteBuffer {
            if !self.keepsContext { self.inflater.reset() }
            return try self.inflater.inflate(packed, maximumBytes: 1_000_000)
        }
    }

    /// Text with repetitions, noise, or one byte over and over.
    private static func message(_ generator: inout SeededGenerator) -> ByteBuffer {
        let count = Int.random(in: 1...[20, 300, 5_000, 200_000].randomElement(using: &generator)!, using: &generator)
        let kind = Int.random(in: 0..<3, using: &generator)
        var bytes = ByteBuffer()
        while bytes.readableBytes < count {
            switch kind {
            case 0:
                bytes.writeString(
                    ["{\"room\":", "\"general\"", ",", "42", "é😀", "}"].randomElement(using: &generator)!
                )
            case 1: bytes.writeInteger(UInt64.random(in: .min ... .max, using: &generator))
            default: bytes.writeInteger(0x61 as UInt8)
            }
        }
        return bytes
    }

    @Test(arguments: 0..<60 as Range<UInt64>) func `what was packed comes out again`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let windowBits = Int.random(in: 9...15, using: &generator)
        let keepsContext = Bool.random(using: &generator)
        let direction = try Direction(
            windowBits: windowBits,
            keepsContext: keepsContext,
            level: Int.random(in: 1...9, using: &generator),
            memoryLevel: Int.random(in: 1...9, using: &generator)
        )
        for _ in 0..<6 {
            let message = Self.message(&generator)
            let type: UInt8? = Bool.random(using: &generator) ? 0x34 : nil
            let packed = try #require(direction.pack(type, message), "seed \(seed)")
            let expected = ByteBuffer(bytes: (type.map { [$0] } ?? []) + Array(message.readableBytesView))
            #expect(try direction.unpack(packed) == expected, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>) func `frames of compressed messages, cut anywhere`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let keepsContext = Bool.random(using: &generator)
        let direction = try Direction(windowBits: 15, keepsContext: keepsContext)
        var expected: [WebSocketFrameReader.Input] = []
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            let message = Self.message(&generator)
            expected.append(.binary(message))
            let packed = Array(try #require(direction.pack(nil, message)).readableBytesView)
            let cuts = (0..<Int.random(in: 0...3, using: &generator))
                .map { _ in Int.random(in: 0...packed.count, using: &generator) }.sorted()
            let edges = [0] + cuts + [packed.count]
            for (index, (start, end)) in zip(edges, edges.dropFirst()).enumerated() {
                var frame = ClientFrame(opcode: index == 0 ? 0x2 : 0x0, payload: Array(packed[start..<end]))
                frame.reservedBits = index == 0 ? 4 : 0
                frame.isFinal = index == edges.count - 2
                bytes += frame.bytes
            }
        }
        let inflater = MessageInflater(windowBits: 15, keepsContext: keepsContext)
        var pieces: [[UInt8]] = []
        while !bytes.isEmpty {
            let piece = Array(bytes.prefix(Int.random(in: 1...70_000, using: &generator)))
            pieces.append(piece)
            bytes.removeFirst(piece.count)
        }
        let outcome = ReaderOutcome(pieces, inflater: inflater)
        #expect(outcome.inputs == expected, "seed \(seed)")
        #expect(outcome.violation == nil && outcome.rest == 0, "seed \(seed)")
    }

    @Test func `a kept context makes a repeated message small`() throws {
        let direction = try Direction(windowBits: 15, keepsContext: true)
        var generator = SeededGenerator(seed: 1)
        var message = ByteBuffer()
        for _ in 0..<100 { message.writeInteger(UInt64.random(in: .min ... .max, using: &generator)) }
        let first = try #require(direction.pack(0x34, message))
        #expect(try direction.unpack(first).readableBytes == message.readableBytes + 1)
        let second = try #require(direction.pack(0x34, message))
        #expect(first.readableBytes > 800 && second.readableBytes < 50)
        #expect(try direction.unpack(second).readableBytes == message.readableBytes + 1)
    }

    @Test(arguments: [Deflater.Format.gzip, .zlib]) func `a whole stream begins as its format says`(
        format: Deflater.Format
    ) throws {
        guard var deflater = Deflater(format, level: 6, memoryLevel: 8) else { throw CancellationError() }
        var first = ByteBuffer()
        var second = ByteBuffer()
        let message = ByteBuffer(repeating: 0x61, count: 10_000)
        #expect(deflater.appendStream(message, to: &first))
        #expect(deflater.appendStream(message, to: &second))
        #expect(first == second && first.readableBytes < 100)
        switch format {
        case .gzip: #expect(first.readableBytesView.starts(with: [0x1f, 0x8b, 8]))
        case .zlib: #expect(first.readableBytesView.first == 0x78)
        case .raw: break
        }
    }
}
