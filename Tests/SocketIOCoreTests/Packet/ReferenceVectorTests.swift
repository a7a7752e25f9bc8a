// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import Testing
import WireJSON

/// What the reference parser writes and takes (Tests/Vectors), against ours.
@Suite struct ReferenceVectorTests {
    @Test(
        "What the reference encodes is decoded, and encoded to the same bytes",
        arguments: [
            ("encoded.json", 45), ("random.json", 240),
        ]
    )
    func encoded(_ file: String, _ count: Int) throws {
        let vectors = try VectorFile.vectors(file)
        #expect(vectors.count >= count)
        for vector in vectors {
            let name = vector.member("name")?.stringValue ?? ""
            let text = try #require(vector.member("text")?.stringValue)
            let attachments = try (vector.member("attachments")?.elements).map(Array.init)?.map {
                try #require($0.hexadecimalBytes)
            }
            let wire = [Message.text(text)] + (attachments ?? []).map { Message.binary($0) }
            let expected = SocketIOPacket(
                kind: try #require(
                    vector.member("kind")?.intValue.flatMap { SocketIOPacket.Kind(rawValue: UInt8($0)) }
                ),
                namespace: try #require(vector.member("namespace")?.stringValue),
                connectQuery: vector.member("query")?.stringValue,
                ackID: vector.member("id")?.intValue.map { UInt64($0) },
                payload: try vector.member("payload")?.stringValue.map(json),
                attachments: (attachments ?? []).map { ByteBuffer(bytes: $0) }
            )
            let revisions = try #require(vector.member("revisions")).elements.compactMap { $0.intValue }
            #expect(!revisions.isEmpty)
            for revision in revisions.compactMap({ ProtocolRevision(rawValue: UInt8($0)) }) {
                #expect(try PacketDecoder.decode(wire, revision: revision) == [expected], "\(name)")
                #expect(PacketEncoder.encode(expected, revision: revision).messages == wire, "\(name)")
            }
        }
    }

    /// What the reference takes and we refuse, with our reason; the later reference (4.2.6) refuses most of these too.
    static let stricter: [String: PacketError] = [
        "empty": .empty,
        "unknown type space": .unknownType(0x20),
        "event without payload": .missingPayload,
        "event with white space before it": .invalidPayload,
        "event named connect": .reservedEventName,
        "event named disconnecting": .reservedEventName,
        "event named disconnecting by escape": .reservedEventName,
        "id of 17 digits": .ackIDTooLong,
        "id of 400 digits": .ackIDTooLong,
        // Without a comma all the rest is the namespace.
        "namespace without comma": .missingPayload,
        "connect with an array": .invalidPayload,
        "connect with null": .invalidPayload,
        "connect with a number": .unexpectedAckID,
        "ack without id": .missingAckID,
        "ack without payload": .missingPayload,
        "connect error without payload": .missingPayload,
        "connect error with an array": .invalidPayload,
        "connect error with null": .invalidPayload,
        "binary event with no digits": .invalidAttachmentCount,
        "binary event with count zero": .invalidAttachmentCount,
        "binary event with fractional count": .invalidAttachmentCount,
        "binary event with exponent": .invalidAttachmentCount,
        "binary event with space before count": .invalidAttachmentCount,
        "binary event without payload": .missingPayload,
        "binary event with eleven attachments": .tooManyAttachments,
        "binary event with a hundred attachments": .tooManyAttachments,
        "binary ack without id": .missingAckID,
        "placeholder of a fraction": .invalidPlaceholder,
        "placeholder with exponent": .invalidPlaceholder,
        "placeholder twice": .repeatedPlaceholder,
    ]

    @Test("What the reference refuses is refused; what it takes is taken, but for the exceptions named here")
    func judged() throws {
        let vectors = try VectorFile.vectors("judged.json")
        var unused = Set(Self.stricter.keys)
        for vector in vectors {
            let name = try #require(vector.member("name")?.stringValue)
            let messages = try #require(vector.member("messages")).elements.map { message -> Message in
                if let text = message.member("text")?.stringValue { return .text(text) }
                return .binary(try #require(message.member("binary")?.hexadecimalBytes))
            }
            let result = Result { () throws(PacketError) in try PacketDecoder.decode(messages) }
            if let error = Self.stricter[name] {
                unused.remove(name)
                #expect(result == .failure(error), "\(name)")
                continue
            }
            let verdict =
                switch result {
                case .failure: "refuses"
                case .success(let packets): packets.isEmpty ? "waits" : "accepts"
                }
            #expect(verdict == vector.member("verdict")?.stringValue, "\(name): \(result)")
        }
        #expect(vectors.count >= 85)
        #expect(unused.isEmpty)
    }
}
