// Licensed under the MIT licence.

import NIOCore
import SocketIOTesting
import Testing

@testable import EngineIO

/// Compressed messages as a client sends them, right and wrong.
@Suite struct CompressedFrameTests {
    private static func outcome(
        _ frames: ClientFrame...,
        keepsContext: Bool = false,
        maximumMessageBytes: Int = 1_000_000
    ) -> ReaderOutcome {
        ReaderOutcome(
            [frames.flatMap(\.bytes)],
            maximumMessageBytes: maximumMessageBytes,
            inflater: MessageInflater(windowBits: 15, keepsContext: keepsContext)
        )
    }

    private static func packed(_ payload: [UInt8], opcode: UInt8 = 0x1, isFinal: Bool = true) -> ClientFrame {
        ClientFrame(opcode: opcode, payload: payload, isFinal: isFinal, reservedBits: 4)
    }

    private static let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]
    private static let greeting = WebSocketFrameReader.Input.text(ByteBuffer(string: "Hello"))

    /// RFC 7692 §7.2.3.1 to §7.2.3.5.
    @Test(arguments: [
        Self.hello,
        [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
    ]) func `the examples of the text`(payload: [UInt8]) {
        for keepsContext in [false, true] {
            let outcome = Self.outcome(Self.packed(payload), Self.packed(payload), keepsContext: keepsContext)
            #expect(outcome.inputs == [Self.greeting, Self.greeting] && outcome.violation == nil)
        }
    }

    @Test func `a message may look back where contexts are kept, and only there`() {
        let second: [UInt8] = [0xf2, 0x00, 0x11, 0x00, 0x00]
        let kept = Self.outcome(Self.packed(Self.hello), Self.packed(second), keepsContext: true)
        #expect(kept.inputs == [Self.greeting, Self.greeting])
        let forgotten = Self.outcome(Self.packed(Self.hello), Self.packed(second))
        #expect(forgotten.inputs == [Self.greeting] && forgotten.violation == .invalidDeflate)
    }

    @Test func `fragments, a ping between them, and plain messages beside them`() {
        let outcome = Self.outcome(
            Self.packed(Array(Self.hello[..<3]), isFinal: false),
            ClientFrame(opcode: 0x9, payload: [1]),
            .continuation(Array(Self.hello[3...])),
            .text("Hello"),
            Self.packed([0x00], opcode: 0x2)
        )
        #expect(
            outcome.inputs == [.ping(ByteBuffer(bytes: [1])), Self.greeting, Self.greeting, .binary(ByteBuffer())]
        )
    }

    @Test(arguments: [0x0, 0x8, 0x9, 0xA] as [UInt8]) func `only the beginning of a message is marked`(opcode: UInt8) {
        let start = Self.packed([], isFinal: false)
        let frames = opcode == 0 ? [start, Self.packed([], opcode: 0)] : [Self.packed([], opcode: opcode)]
        let inflater = MessageInflater(windowBits: 15, keepsContext: false)
        #expect(ReaderOutcome([frames.flatMap(\.bytes)], inflater: inflater).violation == .protocolError)
    }

    @Test(arguments: [1, 2, 3, 5, 6, 7] as [UInt8]) func `the other reserved bits stay forbidden`(bits: UInt8) {
        #expect(Self.outcome(ClientFrame(opcode: 0x1, reservedBits: bits)).violation == .protocolError)
    }

    @Test func `nothing is compressed where nothing was agreed on`() {
        #expect(ReaderOutcome(Self.packed(Self.hello)).violation == .protocolError)
    }

    @Test(
        arguments: [
            [0xff, 0xff, 0xff, 0xff], [0x34, 0x68, 0x65, 0x6c, 0x6c, 0x6f], [0xf2, 0x48, 0xcd], [],
            [0x01, 0x05, 0x00, 0xfa, 0xff, 0x48], [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07],
        ] as [[UInt8]]
    ) func `what is no deflate data, or breaks off`(payload: [UInt8]) {
        #expect(Self.outcome(Self.packed(payload)).violation == .invalidDeflate)
    }

    @Test func `text is looked at after it was unpacked`() throws {
        // "a" and a lone 0x80 in a stored block.
        let payload: [UInt8] = [0x00, 0x02, 0x00, 0xfd, 0xff, 0x61, 0x80, 0x00]
        #expect(Self.outcome(Self.packed(payload)).violation == .invalidText)
        #expect(Self.outcome(Self.packed(payload, opcode: 0x2)).inputs == [.binary(ByteBuffer(bytes: [0x61, 0x80]))])
    }

    @Test func `a message may inflate to the limit and no further`() throws {
        guard var deflater = Deflater(.raw(windowBits: 15), level: 9, memoryLevel: 8) else { return }
        for (count, isTaken) in [(9_999, true), (10_000, true), (10_001, false), (100_000_000, false)] {
            deflater.reset()
            var payload = ByteBuffer()
            #expect(deflater.appendMessage(nil, ByteBuffer(repeating: 0, count: count), to: &payload))
            let frame = Self.packed(Array(payload.readableBytesView), opcode: 0x2)
            let outcome = Self.outcome(frame, maximumMessageBytes: 10_000)
            // The largest is too large for its frame already.
            let limit: EngineLimit = count == 100_000_000 ? .messageBytes : .inflatedBytes
            #expect(outcome.violation == (isTaken ? nil : .init(code: .messageTooBig, limit: limit)), "\(count)")
            #expect(outcome.inputs.count == (isTaken ? 1 : 0))
        }
    }

    @Test func `noise of the largest size may grow by being compressed`() throws {
        guard var deflater = Deflater(.raw(windowBits: 9), level: 1, memoryLevel: 1) else { return }
        var generator = SeededGenerator()
        let noise = ByteBuffer(bytes: (0..<10_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        var payload = ByteBuffer()
        #expect(deflater.appendMessage(nil, noise, to: &payload))
        #expect(payload.readableBytes > 10_000, "seed \(generator.seed)")
        let frame = Self.packed(Array(payload.readableBytesView), opcode: 0x2)
        #expect(Self.outcome(frame, maximumMessageBytes: 10_000).inputs == [.binary(noise)], "seed \(generator.seed)")
    }

    /// Nothing that arrives traps or hangs.
    @Test(arguments: 0..<200 as Range<UInt64>) func `damaged messages`(seed: UInt64) throws {
        guard var deflater = Deflater(.raw(windowBits: 15), level: 6, memoryLevel: 8) else { return }
        var generator = SeededGenerator(seed: seed)
        var payload = ByteBuffer()
        let text = String(repeating: "some text \(seed) ", count: 50)
        #expect(deflater.appendMessage(nil, ByteBuffer(string: text), to: &payload))
        var bytes = Array(payload.readableBytesView)
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        let outcome = Self.outcome(Self.packed(bytes, opcode: 0x2), maximumMessageBytes: 2_000)
        #expect(outcome.inputs.count == 1 || outcome.violation != nil, "seed \(seed)")
        if case .binary(let inflated)? = outcome.inputs.first { #expect(inflated.readableBytes <= 2_000) }
    }
}
