// Licensed under the MIT licence.

public import NIOCore

/// One Engine.IO packet.
///
/// On the wire a text packet is its type as a digit, then its data: `2probe`, `4hello` (Engine.IO protocol v4, "Packet
/// encoding"). Only a message may be binary. The buffers are slices of what was received, never copies, except for
/// base64.
///
/// `close`, `upgrade` and `noop` have no data; as in the reference server, data that a peer puts there is ignored.
public enum EngineIOPacket: Sendable, Hashable {
    /// The handshake's answer; the data is ``OpenPacket``'s JSON.
    case open(ByteBuffer)
    /// The session ends.
    case close
    /// A heartbeat or a probe, with its data (`probe`, mostly empty).
    case ping(ByteBuffer)
    /// The answer to a ping, with the ping's data.
    case pong(ByteBuffer)
    /// Data of the layer above.
    case message(Message)
    /// The client completes an upgrade.
    case upgrade
    /// Nothing.
    case noop

    /// The data of a message, without the packet type.
    public enum Message: Sendable, Hashable {
        /// Text; the readable bytes are UTF-8.
        case text(ByteBuffer)
        /// Bytes.
        case binary(ByteBuffer)
    }

    /// The most bytes that a ping or pong may carry: 125, as a WebSocket control frame (RFC 6455 §5.5).
    ///
    /// A ping is answered with the same data, so this also bounds what a heartbeat makes this side send. Clients send
    /// nothing or `probe`.
    public static let maximumHeartbeatBytes = 125

    /// The packet's type.
    public var type: PacketType {
        switch self {
        case .open: .open
        case .close: .close
        case .ping: .ping
        case .pong: .pong
        case .message: .message
        case .upgrade: .upgrade
        case .noop: .noop
        }
    }

    /// Whether this is a message with bytes in it.
    public var isBinary: Bool {
        if case .message(.binary) = self { true } else { false }
    }
}
