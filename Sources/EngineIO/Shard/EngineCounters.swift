// Licensed under the MIT licence.

/// A bound that a peer ran into.
public enum EngineLimit: String, Sendable, CaseIterable, Hashable {
    case handshakeNotFollowedUp = "handshake_not_followed_up"
    case headerFields = "header_fields"
    case requestDeadline = "request_deadline"
    case payloadBytes = "payload_bytes"
    case payloadPackets = "payload_packets"
    case messageBytes = "message_bytes"
    case inflatedBytes = "inflated_bytes"
    case messageFragments = "message_fragments"
    case controlFrames = "control_frames"
    case heartbeat = "heartbeat"
    case outboundBytes = "outbound_bytes"
    case connections = "connections"
}

/// What one shard counted since the start.
///
/// Plain numbers, touched on the shard only.
public struct EngineCounters: Sendable, Equatable {
    /// Messages handed to connections; a broadcast counts once per receiver.
    public var messagesSent = 0
    /// Messages received.
    public var messagesReceived = 0
    /// Bytes that direct sends handed to the kernel.
    public var bytesSent = 0
    /// Sessions opened.
    public var sessionsOpened = 0
    /// Sessions ended.
    public var sessionsClosed = 0
    /// How often each bound bit.
    public var limitHits: [EngineLimit: Int] = [:]

    mutating func hit(_ limit: EngineLimit) {
        self.limitHits[limit, default: 0] += 1
    }
}
