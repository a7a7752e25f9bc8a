// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// Packets as the reference writes them (Tests/Vectors/messagepack.json), against ours.
@Suite struct MessagePackVectorTests {
    @Test("What others encode is decoded, and what they encode as we do is encoded to the same bytes")
    func vectors() throws {
        let vectors = try VectorFile.vectors("messagepack.json")
        #expect(vectors.count >= 230)
        for vector in vectors {
            let name = vector.member("name")?.stringValue ?? ""
            let message = ByteBuffer(bytes: try #require(vector.member("message")?.hexadecimalBytes))
            let attachments = try #require(vector.member("attachments")).elements.map {
                ByteBuffer(bytes: try #require($0.hexadecimalBytes))
            }
            let expected = SocketIOPacket(
                kind: try #require(
                    vector.member("kind")?.intValue.flatMap { SocketIOPacket.Kind(rawValue: UInt8($0)) }
                ),
                namespace: try #require(vector.member("namespace")?.stringValue),
                ackID: vector.member("id")?.intValue.map { UInt64($0) },
                payload: try vector.member("payload")?.stringValue.map(json),
                attachments: attachments
            )
            var decoder = Parser.messagePack.makeDecoder(revision: .v4)
            let packet = try #require(try decoder.binary(message), "\(name)")
            #expect(packet.normalised == expected.normalised, "\(name)")
            guard vector.member("exact")?.boolValue == true else { continue }
            let encoded = Parser.messagePack.encode(expected, revision: .v4)
            #expect(encoded == EngineMessage(binary: message), "\(name)")
        }
    }
}

extension SocketIOPacket {
    /// The packet with its payload's JSON in the one form that the transcoder writes.
    var normalised: SocketIOPacket {
        var packet = self
        packet.payload = self.payload.flatMap { try? JSONValue(validating: ByteBuffer(string: $0.normalised)) }
        return packet
    }
}
