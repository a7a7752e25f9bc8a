// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing
import WireJSON

/// What holds for any packet and any bytes. The seed is the test's argument.
@Suite struct MessagePackPropertyTests {
    private func decode(
        _ message: EngineMessage,
        _ decoder: inout PacketStreamDecoder
    ) throws(PacketError) -> SocketIOPacket? {
        if let text = message.text { return try decoder.text(text) }
        var packet: SocketIOPacket?
        for bytes in message.attachments { packet = try decoder.binary(bytes) }
        return packet
    }

    @Test(
        "Decoding gives back what was encoded, its numbers and escapes normalised",
        arguments: 0..<100 as Range<UInt64>
    )
    func roundTrip(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        for revision in ProtocolRevision.allCases {
            var decoder = Parser.messagePack.makeDecoder(revision: revision)
            for _ in 0..<20 {
                let packet = try generator.packet(revision)
                let message = Parser.messagePack.encode(packet, revision: revision)
                #expect(message.text == nil || revision == .v3)
                let decoded = try #require(try self.decode(message, &decoder))
                #expect(decoded.normalised == packet.normalised)
                #expect(Parser.messagePack.encode(decoded, revision: revision).normalised == message.normalised)
            }
        }
    }

    @Test("The fast functions write what the general one writes", arguments: 0..<50 as Range<UInt64>)
    func fastEncoding(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        for _ in 0..<20 {
            let packet = try generator.packet(.v4)
            let message = Parser.messagePack.encode(packet, revision: .v4)
            guard let payload = packet.payload else { continue }
            if let event = EventPayload(packet) {
                let fast = Parser.messagePack.event(
                    event.name,
                    arguments: event.rawArguments,
                    namespace: packet.namespace,
                    ackID: packet.ackID,
                    attachments: packet.attachments
                )
                #expect(fast == message)
            } else if let id = packet.ackID {
                let arguments = ByteBuffer(string: String(String(buffer: payload.bytes).dropFirst().dropLast()))
                let fast = Parser.messagePack.ack(
                    id,
                    arguments: arguments,
                    namespace: packet.namespace,
                    attachments: packet.attachments
                )
                #expect(fast == message)
            }
        }
    }

    @Test("Both parsers decode the same packet", arguments: 0..<50 as Range<UInt64>)
    func parsersAgree(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        for revision in ProtocolRevision.allCases {
            let packet = try generator.packet(revision)
            var decoders = Parser.allCases.map { $0.makeDecoder(revision: revision) }
            var decoded: [SocketIOPacket] = []
            for (index, parser) in Parser.allCases.enumerated() {
                let message = parser.encode(packet, revision: revision)
                var result: SocketIOPacket?
                if let text = message.text { result = try decoders[index].text(text) }
                for bytes in message.attachments { result = try decoders[index].binary(bytes) }
                decoded.append(try #require(result).normalised)
            }
            #expect(decoded[0] == decoded[1])
        }
    }

    @Test("Any change of a message is refused, or decoded to what can be sent on", arguments: 0..<200 as Range<UInt64>)
    func mutations(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        var random = SeededGenerator(seed: seed)
        for revision in ProtocolRevision.allCases {
            for _ in 0..<20 {
                let message = Parser.messagePack.encode(try generator.packet(revision), revision: revision)
                guard let whole = message.attachments.first else { continue }
                var bytes = Array(whole.readableBytesView)
                for _ in 0...Int.random(in: 0..<3, using: &random) {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes.remove(at: index)
                    case 1: bytes.insert(.random(in: 0...255, using: &random), at: index)
                    default: bytes[index] = .random(in: 0...255, using: &random)
                    }
                }
                var decoder = Parser.messagePack.makeDecoder(revision: revision)
                // Refusing is fine; trapping or looping is not.
                guard let packet = try? decoder.binary(ByteBuffer(bytes: bytes)) else { continue }
                let again = Parser.messagePack.encode(packet, revision: revision)
                #expect(try self.decode(again, &decoder) == packet)
            }
        }
    }

    @Test("A message cut short is refused", arguments: 0..<30 as Range<UInt64>)
    func truncations(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        let message = Parser.messagePack.encode(try generator.packet(.v4), revision: .v4)
        let bytes = Array(try #require(message.attachments.first).readableBytesView)
        for length in 0..<bytes.count {
            var decoder = Parser.messagePack.makeDecoder(revision: .v4)
            #expect(throws: PacketError.self) { try decoder.binary(ByteBuffer(bytes: bytes[..<length])) }
        }
    }

    @Test(
        "Bytes that are no MessagePack, and JSON that is none, neither trap nor loop",
        arguments: 0..<200 as Range<UInt64>
    )
    func garbage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var transcoder = MessagePackTranscoder(MessagePackReader(ByteBuffer(bytes: bytes)), limits: SocketIOLimits())
        try? transcoder.transcode()
        let characters = Array(#"{}[]":,\u0n1-. tf_placeholder"#.utf8)
        let json = bytes.map { characters[Int($0) % characters.count] }
        for text in [bytes, json] {
            var writer = MessagePackWriter()
            writer.writeArray(json: ByteBuffer(bytes: text), attachments: [ByteBuffer(bytes: [1])])
            #expect(writer.bytes.readableBytes > 0)
        }
    }
}

extension EngineMessage {
    /// The message, or for a text, its JSON in one form.
    fileprivate var normalised: EngineMessage {
        guard let text = self.text, let json = try? JSONValue(validating: text) else { return self }
        return EngineMessage(text: ByteBuffer(string: json.normalised))
    }
}
