// Licensed under the MIT licence.

/// Why bytes are not an Engine.IO packet.
///
/// Each of these is the peer's fault and ends the session.
public enum PacketError: Error, Sendable, Hashable {
    /// There is no packet type: the frame, or the place between two separators, is empty.
    case empty
    /// A text packet begins with this byte, which is neither a digit from `0` to `6` nor the base64 mark `b`.
    case unknownType(UInt8)
    /// A binary packet announces this type, but only a `message` (4) may be binary (Engine.IO 3).
    case binaryTypeNotMessage(UInt8)
    /// A base64 packet holds something else than padded standard base64 (RFC 4648 §4).
    case invalidBase64
    /// A ping or pong carries more than ``EngineIOPacket/maximumHeartbeatBytes``.
    case heartbeatTooLong
}
