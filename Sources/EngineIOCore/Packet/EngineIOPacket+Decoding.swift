// Licensed under the MIT licence.

public import NIOCore

extension EngineIOPacket {
    /// Decodes a text packet: the payload of a WebSocket text frame, or one packet of a polling payload.
    ///
    /// `4hello` is a message. `bAQID` (Engine.IO 4) and `b4AQID` (Engine.IO 3) are binary messages in base64; the
    /// reference server takes them on every transport, since a client that asked for base64 keeps it after an upgrade.
    /// - Parameters:
    ///   - text: The packet. Whoever received it has checked that it is UTF-8 (a WebSocket transport must do so before,
    ///     with close code 1007), so it is not checked again here.
    ///   - revision: The session's protocol revision.
    /// - Throws: ``PacketError`` for an empty packet, an unknown type, base64 that is none, or an over-long heartbeat.
    public init(text: ByteBuffer, revision: ProtocolRevision) throws(PacketError) {
        var data = text
        guard let first = data.readInteger(as: UInt8.self) else { throw .empty }
        if first == Self.base64Mark {
            self = try Self.decodeBase64(data, revision: revision)
            return
        }
        guard let type = PacketType(asciiDigit: first) else { throw .unknownType(first) }
        switch type {
        case .open: self = .open(data)
        case .close: self = .close
        case .ping: self = .ping(try Self.checkHeartbeat(data))
        case .pong: self = .pong(try Self.checkHeartbeat(data))
        case .message: self = .message(.text(data))
        case .upgrade: self = .upgrade
        case .noop: self = .noop
        }
    }

    /// Decodes a binary packet: the payload of a WebSocket binary frame, or one binary packet of an Engine.IO 3
    /// payload.
    ///
    /// With Engine.IO 4 the bytes are the message, and an empty frame is an empty message. With Engine.IO 3 the byte
    /// 0x04 (`message`) comes first (Engine.IO protocol v3, "Packet").
    /// - Parameters:
    ///   - binary: The packet.
    ///   - revision: The session's protocol revision.
    /// - Throws: ``PacketError/empty`` or ``PacketError/binaryTypeNotMessage(_:)``, both with Engine.IO 3 alone.
    public init(binary: ByteBuffer, revision: ProtocolRevision) throws(PacketError) {
        var data = binary
        switch revision {
        case .v3:
            guard let type = data.readInteger(as: UInt8.self) else { throw .empty }
            guard type == PacketType.message.rawValue else { throw .binaryTypeNotMessage(type) }
        case .v4:
            break
        }
        self = .message(.binary(data))
    }

    /// What a text packet begins with when base64 follows.
    static let base64Mark = UInt8(ascii: "b")

    private static func decodeBase64(_ text: ByteBuffer, revision: ProtocolRevision) throws(PacketError) -> Self {
        var text = text
        switch revision {
        case .v3:
            guard let type = text.readInteger(as: UInt8.self) else { throw .empty }
            guard type == PacketType.message.asciiDigit else { throw .binaryTypeNotMessage(type) }
        case .v4:
            break
        }
        guard let bytes = Base64.decode(text) else { throw .invalidBase64 }
        return .message(.binary(bytes))
    }

    private static func checkHeartbeat(_ data: ByteBuffer) throws(PacketError) -> ByteBuffer {
        guard data.readableBytes <= Self.maximumHeartbeatBytes else { throw .heartbeatTooLong }
        return data
    }
}
