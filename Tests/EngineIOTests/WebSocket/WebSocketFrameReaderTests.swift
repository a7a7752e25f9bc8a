// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@testable import EngineIO

@Suite struct WebSocketFrameReaderTests {
    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 100_001]) func `lengths in their three forms`(
        count: Int
    ) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let outcome = ReaderOutcome(ClientFrame(opcode: 0x2, payload: payload))
        #expect(outcome.inputs == [.binary(ByteBuffer(bytes: payload))])
        #expect(outcome.violation == nil && outcome.rest == 0)
    }

    /// RFC 6455 §5.7: "A single-frame masked text message".
    @Test func `the example of the text`() {
        let outcome = ReaderOutcome([[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]])
        #expect(outcome.inputs == [.text(ByteBuffer(string: "Hello"))])
    }

    @Test func `an unmasked frame`() {
        #expect(ReaderOutcome(ClientFrame(opcode: 0x1, payload: [0x61], mask: nil)).violation == .protocolError)
    }

    @Test(arguments: [1, 2, 4, 7] as [UInt8]) func `reserved bits`(bits: UInt8) {
        #expect(ReaderOutcome(ClientFrame(opcode: 0x1, reservedBits: bits)).violation == .protocolError)
    }

    @Test(arguments: [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] as [UInt8]) func `reserved opcodes`(
        opcode: UInt8
    ) {
        #expect(ReaderOutcome(ClientFrame(opcode: opcode)).violation == .protocolError)
    }

    @Test(arguments: [0x8, 0x9, 0xA] as [UInt8]) func `control frames are short and whole`(opcode: UInt8) {
        #expect(ReaderOutcome(ClientFrame(opcode: opcode, isFinal: false)).violation == .protocolError)
        let long = [UInt8](repeating: 0x03, count: 126)
        #expect(ReaderOutcome(ClientFrame(opcode: opcode, payload: long)).violation == .protocolError)
        let declared = ClientFrame(opcode: opcode, declaredLength: 1)
        #expect(ReaderOutcome(declared).violation == .protocolError)
    }

    @Test func `control frames between fragments`() {
        let outcome = ReaderOutcome(
            .text("a", isFinal: false),
            ClientFrame(opcode: 0x9, payload: [1, 2]),
            .continuation([0x62], isFinal: false),
            ClientFrame(opcode: 0xA),
            .continuation([]),
            .text("c")
        )
        #expect(
            outcome.inputs == [
                .ping(ByteBuffer(bytes: [1, 2])), .pong, .text(ByteBuffer(string: "ab")),
                .text(ByteBuffer(string: "c")),
            ]
        )
    }

    @Test func `a continuation without a start, and a start inside a message`() {
        #expect(ReaderOutcome(.continuation([0x61])).violation == .protocolError)
        #expect(ReaderOutcome(.text("a", isFinal: false), .text("b")).violation == .protocolError)
        #expect(ReaderOutcome(.text("a"), .continuation([0x62])).violation == .protocolError)
    }

    @Test func `a message may reach the limit and no further`() {
        let ten = [UInt8](repeating: 0x61, count: 10)
        #expect(ReaderOutcome(ClientFrame(opcode: 0x2, payload: ten), maximumMessageBytes: 10).inputs.count == 1)
        #expect(
            ReaderOutcome(ClientFrame(opcode: 0x2, payload: ten), maximumMessageBytes: 9).violation == .messageTooBig
        )
        let whole = ReaderOutcome(
            .text("12345", isFinal: false),
            .continuation(Array("67890".utf8)),
            maximumMessageBytes: 10
        )
        #expect(whole.inputs == [.text(ByteBuffer(string: "1234567890"))])
        let over = ReaderOutcome(
            .text("12345", isFinal: false),
            .continuation(Array("678901".utf8)),
            maximumMessageBytes: 10
        )
        #expect(over.violation == .messageTooBig)
    }

    @Test(arguments: [1_000_001, 1 << 31, 1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, .max] as [UInt64])
    func `a declared length is judged before its payload comes`(length: UInt64) {
        let outcome = ReaderOutcome(ClientFrame(opcode: 0x2, declaredLength: length))
        #expect(outcome.violation == .messageTooBig)
        #expect(
            ReaderOutcome(.text("a", isFinal: false), ClientFrame(opcode: 0x0, declaredLength: length)).violation
                == .messageTooBig
        )
    }

    @Test func `fragments are counted`() {
        let parts =
            [ClientFrame.text("", isFinal: false)] + Array(repeating: .continuation([], isFinal: false), count: 7)
        let bytes = parts.flatMap(\.bytes)
        #expect(ReaderOutcome([bytes], maximumFragments: 8).violation == nil)
        #expect(
            ReaderOutcome([bytes + ClientFrame.continuation([]).bytes], maximumFragments: 8).violation
                == .tooManyFragments
        )
        #expect(
            ReaderOutcome([bytes + ClientFrame.continuation([]).bytes], maximumFragments: 9).inputs == [
                .text(ByteBuffer())
            ]
        )
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0x61, 0xF0, 0x9F, 0x98],
        ] as [[UInt8]]
    ) func `text is UTF-8, however it is cut`(bytes: [UInt8]) {
        #expect(ReaderOutcome(ClientFrame(opcode: 0x1, payload: bytes)).violation == .invalidText)
        for cut in 0...bytes.count {
            let outcome = ReaderOutcome(
                ClientFrame(opcode: 0x1, payload: Array(bytes[..<cut]), isFinal: false),
                .continuation(Array(bytes[cut...]))
            )
            #expect(outcome.violation == .invalidText, "cut at \(cut)")
        }
        #expect(ReaderOutcome(ClientFrame(opcode: 0x2, payload: bytes)).violation == nil)
    }

    @Test func `a character may be cut by fragments`() {
        let bytes = Array("é😀".utf8)
        for cut in 0...bytes.count {
            let outcome = ReaderOutcome(
                ClientFrame(opcode: 0x1, payload: Array(bytes[..<cut]), isFinal: false),
                .continuation(Array(bytes[cut...]))
            )
            #expect(outcome.inputs == [.text(ByteBuffer(string: "é😀"))])
        }
    }

    @Test func `close codes`() {
        func close(_ payload: [UInt8]) -> ReaderOutcome { ReaderOutcome(ClientFrame(opcode: 0x8, payload: payload)) }
        #expect(close([]).inputs == [.close(nil)])
        #expect(close([0x03, 0xE8]).inputs == [.close(.normal)])
        #expect(close([0x03, 0xE8] + Array("bye é".utf8)).inputs == [.close(.normal)])
        #expect(close([0x0F, 0xA0]).inputs == [.close(WebSocketCloseCode(rawValue: 4000))])
        #expect(close([0x03]).violation == .protocolError)
        #expect(close([0x03, 0xE8, 0xFF]).violation == .invalidText)
        for code in [0, 999, 1004, 1005, 1006, 1012, 1015, 2999, 5000, 65_535] as [UInt16] {
            #expect(close([UInt8(code >> 8), UInt8(code & 0xFF)]).violation == .protocolError, "\(code)")
        }
    }

    /// Any split of the bytes gives the same result.
    @Test(arguments: 0..<100 as Range<UInt64>) func `pieces of any size`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = Self.conversation(&generator)
        let whole = ReaderOutcome([bytes])
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...40, using: &generator))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        let split = ReaderOutcome(pieces)
        #expect(split.inputs == whole.inputs, "seed \(seed)")
        #expect(split.violation == whole.violation, "seed \(seed)")
        #expect(ReaderOutcome(bytes.map { [$0] }).inputs == whole.inputs, "seed \(seed), byte by byte")
    }

    /// Nothing that arrives traps, and what is not a frame is a violation or waits for more.
    @Test(arguments: 0..<200 as Range<UInt64>) func `noise`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes = Self.conversation(&generator)
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        let outcome = ReaderOutcome([bytes], maximumMessageBytes: 500, maximumFragments: 4)
        #expect(outcome.rest <= bytes.count)
    }

    private static func conversation(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let payload = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                UInt8.random(in: 0...127, using: &generator)
            }
            var frame = ClientFrame(opcode: Bool.random(using: &generator) ? 0x1 : 0x2, payload: payload)
            frame.mask = UInt32.random(in: 0 ... .max, using: &generator)
            let isWhole = Bool.random(using: &generator)
            frame.isFinal = isWhole
            bytes += frame.bytes
            if Int.random(in: 0..<4, using: &generator) == 0 { bytes += ClientFrame(opcode: 0x9, payload: [1]).bytes }
            if !isWhole { bytes += ClientFrame.continuation([0x61, 0x62]).bytes }
        }
        return bytes
    }
}
