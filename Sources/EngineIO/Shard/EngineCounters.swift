// Licensed under the MIT licence.

/// A bound that a peer ran into.
public enum EngineLimit: String, Sendable, CaseIterable, Hashable {
    /// No request with the new `sid` came in time (``/EngineIOCore/EngineIOLimits/unpolledHandshakeDeadline``).
    case handshakeNotFollowedUp = "handshake_not_followed_up"
    /// A request had more header fields, or larger ones, than are taken.
    case headerFields = "header_fields"
    /// A request did not arrive whole in time, or a connection was idle for too long.
    case requestDeadline = "request_deadline"
    /// A polling body was larger than ``/EngineIOCore/EngineIOOptions/maxHTTPBufferSize``.
    case payloadBytes = "payload_bytes"
    /// A polling body had more packets than ``/EngineIOCore/EngineIOLimits/maximumPacketsPerPayload``.
    case payloadPackets = "payload_packets"
    /// A WebSocket message was larger than ``/EngineIOCore/EngineIOOptions/maxHTTPBufferSize``.
    case messageBytes = "message_bytes"
    /// A compressed message was larger than ``/EngineIOCore/EngineIOOptions/maxHTTPBufferSize`` once inflated.
    case inflatedBytes = "inflated_bytes"
    /// A WebSocket message was split into more frames than ``/EngineIOCore/EngineIOLimits/maximumFragmentsPerMessage``.
    case messageFragments = "message_fragments"
    /// More control packets or frames came in a second than ``/EngineIOCore/EngineIOLimits/maximumControlPacketsPerSecond``.
    case controlFrames = "control_frames"
    /// Heartbeats came that the protocol does not allow at that moment, or too many.
    case heartbeat = "heartbeat"
    /// More waited for a peer than ``/EngineIOCore/EngineIOLimits/maximumOutboundBytes``.
    case outboundBytes = "outbound_bytes"
    /// There were as many sessions as the server takes.
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
