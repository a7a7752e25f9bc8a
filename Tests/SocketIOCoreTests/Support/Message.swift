// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

/// The layer below has an error of the same name.
typealias PacketError = SocketIOCore.PacketError

/// One message of a session, written in tables as `"2[\"a\"]"` or `[1, 2, 3]`.
enum Message: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    case text(String)
    case binary([UInt8])

    init(stringLiteral text: String) { self = .text(text) }
    init(arrayLiteral bytes: UInt8...) { self = .binary(bytes) }
}

extension PacketDecoder {
    /// The packets that come out of `messages`.
    mutating func decode(_ messages: [Message]) throws(PacketError) -> [SocketIOPacket] {
        var packets: [SocketIOPacket] = []
        for message in messages {
            let packet =
                switch message {
                case .text(let text): try self.text(ByteBuffer(string: text))
                case .binary(let bytes): try self.binary(ByteBuffer(bytes: bytes))
                }
            if let packet { packets.append(packet) }
        }
        return packets
    }

    /// The packets that come out of `messages` in a session of their own.
    static func decode(
        _ messages: [Message],
        revision: ProtocolRevision = .v4,
        limits: SocketIOLimits = SocketIOLimits()
    ) throws(PacketError) -> [SocketIOPacket] {
        var decoder = PacketDecoder(revision: revision, limits: limits)
        return try decoder.decode(messages)
    }
}

extension EngineMessage {
    /// The message as its receiver sees it.
    var messages: [Message] {
        (self.text.map { [.text(String(buffer: $0))] } ?? [])
            + self.attachments.map { .binary(Array($0.readableBytesView)) }
    }
}

/// The value of JSON that is known to be right.
func json(_ text: String) throws -> JSONValue {
    try JSONValue(validating: ByteBuffer(string: text))
}
