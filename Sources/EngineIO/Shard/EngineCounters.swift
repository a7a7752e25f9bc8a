// Licensed under the MIT licence.

public import EngineIOCore

/// A bound that a peer ran into.
public enum EngineLimit: String, Sendable, CaseIterable, Hashable {
    /// A session that was opened by polling and never polled within ``/EngineIOCore/EngineIOLimits/unpolledHandshakeDeadline``.
    case handshakeNotFollowedUp = "handshake_not_followed_up"
    /// A request's header fields were too many or too long; answered 431.
    case headerFields = "header_fields"
    /// A request did not arrive in time, or the application did not decide on it; or a connection was idle for too long.
    case requestDeadline = "request_deadline"
    /// A polling body of more than ``/EngineIOCore/EngineIOOptions/maxHTTPBufferSize`` bytes; answered 413.
    case payloadBytes = "payload_bytes"
    /// A polling body of more than ``/EngineIOCore/EngineIOLimits/maximumPacketsPerPayload`` packets; ends its session.
    case payloadPackets = "payload_packets"
    /// A WebSocket message of more than ``/EngineIOCore/EngineIOOptions/maxHTTPBufferSize`` bytes; ends its session.
    case messageBytes = "message_bytes"
    /// A compressed WebSocket message that has more than ``/EngineIOCore/EngineIOOptions/maxHTTPBufferSize`` bytes once inflated; ends its session.
    case inflatedBytes = "inflated_bytes"
    /// A WebSocket message of more than ``/EngineIOCore/EngineIOLimits/maximumFragmentsPerMessage`` frames; ends its session.
    case messageFragments = "message_fragments"
    /// More than ``/EngineIOCore/EngineIOLimits/maximumControlPacketsPerSecond`` WebSocket control frames; ends their session.
    case controlFrames = "control_frames"
    /// More heartbeat packets than anybody asked for, or from the wrong side; ends their session.
    case heartbeat = "heartbeat"
    /// More than ``/EngineIOCore/EngineIOLimits/maximumOutboundBytes`` waited for a peer to read them; ends its session.
    case outboundBytes = "outbound_bytes"
    /// A session more than the server takes; answered 403.
    case connections = "connections"
    /// A handshake from an address that had opened as many as it may in a time; answered 429.
    case addressHandshakes = "address_handshakes"
    /// A handshake from an address with as many sessions as it may have, answered 429; or a connection from one with as many
    /// connections, closed.
    case addressConnections = "address_connections"
    /// A connection of a proxy that did not begin with the header of the PROXY protocol; closed.
    case proxyProtocol = "proxy_protocol"
    /// A handshake while ``/EngineIOCore/EngineIOLimits/maximumPendingRequests`` others waited for the application's word; answered 503.
    case pendingRequests = "pending_requests"
    /// A request to a session in another process while ``EngineForwarding/maximumRequests`` others, or
    /// ``EngineForwarding/maximumTunnels``, were under way; answered 503.
    case forwardedRequests = "forwarded_requests"
}

/// What one shard counted since the start.
///
/// Plain numbers, touched on the shard only.
public struct EngineCounters: Sendable, Equatable {
    /// Messages handed to connections; a broadcast counts once per receiver.
    public var messagesSent = 0
    /// Messages received.
    public var messagesReceived = 0
    /// Volatile messages that a connection was not sent, since it could not take them at once.
    public var messagesDropped = 0
    /// Bytes of WebSocket frames and polling answers that were handed to the kernel, or to NIO where that has to wait.
    public var bytesSent = 0
    /// Bytes of WebSocket frames and polling bodies that were received.
    public var bytesReceived = 0
    /// Sessions opened.
    public var sessionsOpened = 0
    /// Sessions opened, by the transport that they began on and their protocol revision.
    public var handshakes = EngineSessionCounts()
    /// Sessions that moved from polling to WebSocket.
    public var upgrades = 0
    /// Sessions ended.
    public var sessionsClosed = 0
    /// Sessions ended, by reason.
    public var closeReasons: [EngineCloseReason: Int] = [:]
    /// Connections that ended before TLS was agreed on.
    public var tlsHandshakesFailed = 0
    /// How often each bound bit.
    public var limitHits: [EngineLimit: Int] = [:]

    mutating func hit(_ limit: EngineLimit) {
        self.limitHits[limit, default: 0] += 1
    }
}
