// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// What holds for any packet and any bytes. The seed is the test's argument.
@Suite struct PacketPropertyTests {
    @Test("Decoding gives back what was encoded", arguments: 0..<100 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        for revision in ProtocolRevision.allCases {
            // One decoder for all, as in a session: nothing of one packet may show in the next.
            var decoder = PacketDecoder(revision: revision)
            for _ in 0..<20 {
                let packet = try generator.packet(revision)
                let message = PacketEncoder.encode(packet, revision: revision)
                #expect(try decoder.decode(message.messages) == [packet])
                #expect(!decoder.isAwaitingAttachments)
            }
        }
    }

    @Test("The fast functions write what the general one writes", arguments: 0..<50 as Range<UInt64>)
    func fastEncoding(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        for _ in 0..<20 {
            let packet = try generator.packet(.v4)
            let message = PacketEncoder.encode(packet, revision: .v4)
            guard let payload = packet.payload else { continue }
            if let event = EventPayload(packet) {
                let fast = PacketEncoder.event(
                    event.name,
                    arguments: event.rawArguments,
                    namespace: packet.namespace,
                    ackID: packet.ackID,
                    attachments: packet.attachments
                )
                #expect(fast == message)
            } else if let id = packet.ackID {
                let text = String(buffer: payload.bytes)
                let fast = PacketEncoder.ack(
                    id,
                    arguments: ByteBuffer(string: String(text.dropFirst().dropLast())),
                    namespace: packet.namespace,
                    attachments: packet.attachments
                )
                #expect(fast == message)
            }
        }
    }

    @Test(
        "Any change of a message is decoded or refused, and what is decoded can be sent on",
        arguments: 0..<100 as Range<UInt64>
    )
    func mutations(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        for revision in ProtocolRevision.allCases {
            for _ in 0..<20 {
                let message = PacketEncoder.encode(try generator.packet(revision), revision: revision)
                let text = generator.mutated(Array(try #require(message.text).readableBytesView))
                var decoder = PacketDecoder(revision: revision)
                // Refusing is fine; trapping or looping is not.
                guard var packet = try? decoder.text(ByteBuffer(bytes: text)) else { continue }
                let again = PacketEncoder.encode(packet, revision: revision)
                // Leading zeros of the id, and a query outside CONNECT, are the only things that do not come back.
                packet = try #require(try PacketDecoder.decode(again.messages, revision: revision).first)
                #expect(PacketEncoder.encode(packet, revision: revision) == again)
            }
        }
    }

    @Test("Cutting a message short never lets a packet with attachments through", arguments: 0..<20 as Range<UInt64>)
    func truncations(seed: UInt64) throws {
        var generator = PacketGenerator(seed: seed)
        let message = PacketEncoder.encode(try generator.packet(.v4, attachments: 2), revision: .v4)
        let text = Array(try #require(message.text).readableBytesView)
        for length in 0..<text.count {
            var decoder = PacketDecoder(revision: .v4)
            #expect(throws: PacketError.self) { try decoder.text(ByteBuffer(bytes: text[..<length])) }
        }
        for count in 0..<2 {
            var decoder = PacketDecoder(revision: .v4)
            #expect(try decoder.decode(Array(message.messages.prefix(1 + count))).isEmpty)
            #expect(decoder.isAwaitingAttachments)
        }
    }
}
