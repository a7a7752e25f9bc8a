// Licensed under the MIT licence.

public import NIOCore

extension EngineIOPacket {
    /// The kind of WebSocket frame that a packet travels in.
    public enum FrameKind: Sendable, Hashable {
        /// Opcode 1.
        case text
        /// Opcode 2.
        case binary
    }

    /// Appends the payload of the WebSocket frame that carries this packet.
    ///
    /// Text packets are `<type><data>` in a text frame. A binary message is its bytes in a binary frame (Engine.IO 4),
    /// after the byte 0x04 (Engine.IO 3), or `b4` and base64 in a text frame when the client asked so.
    /// - Parameters:
    ///   - buffer: Where to append.
    ///   - revision: The session's protocol revision.
    ///   - base64: The client's handshake had `b64=1`. Engine.IO 3 alone; ignored for Engine.IO 4, as in the reference
    ///     server.
    /// - Returns: The kind of frame to send it in.
    public func encode(
        into buffer: inout ByteBuffer,
        revision: ProtocolRevision,
        base64: Bool = false
    ) -> FrameKind {
        guard case .message(.binary(let bytes)) = self else {
            self.encodeText(into: &buffer)
            return .text
        }
        switch revision {
        case .v3 where base64:
            Self.encodeBase64(bytes, revision: revision, into: &buffer)
            return .text
        case .v3:
            buffer.writeInteger(PacketType.message.rawValue)
        case .v4:
            break
        }
        buffer.writeImmutableBuffer(bytes)
        return .binary
    }

    /// Appends `<type digit><data>`.
    ///
    /// A binary message has no such form; its data is written as it is, after the digit.
    func encodeText(into buffer: inout ByteBuffer) {
        buffer.writeInteger(self.type.asciiDigit)
        switch self {
        case .open(let data), .ping(let data), .pong(let data), .message(.text(let data)), .message(.binary(let data)):
            buffer.writeImmutableBuffer(data)
        case .close, .upgrade, .noop:
            break
        }
    }

    /// Appends `b<base64>` (Engine.IO 4) or `b4<base64>` (Engine.IO 3).
    static func encodeBase64(_ bytes: ByteBuffer, revision: ProtocolRevision, into buffer: inout ByteBuffer) {
        buffer.writeInteger(Self.base64Mark)
        switch revision {
        case .v3: buffer.writeInteger(PacketType.message.asciiDigit)
        case .v4: break
        }
        Base64.encode(bytes, into: &buffer)
    }
}
