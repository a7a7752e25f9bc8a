// Licensed under the MIT licence.

public import NIOCore

/// The data of the `open` packet, which answers a handshake (Engine.IO protocol v4, "Handshake").
///
/// `{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`
public struct OpenPacket: Sendable, Hashable {
    /// The new session's id.
    public var sid: SessionID
    /// The transports the client may upgrade to: WebSocket when it came by polling, none otherwise.
    public var upgrades: [TransportName]
    /// See ``EngineIOOptions/pingInterval``.
    public var pingInterval: Duration
    /// See ``EngineIOOptions/pingTimeout``.
    public var pingTimeout: Duration
    /// See ``EngineIOOptions/maxHTTPBufferSize``.
    public var maxPayloadBytes: Int

    /// Describes a session that begins on a transport.
    public init(sid: SessionID, transport: TransportName, options: EngineIOOptions) {
        self.sid = sid
        self.upgrades = options.upgrades(from: transport)
        self.pingInterval = options.pingInterval
        self.pingTimeout = options.pingTimeout
        self.maxPayloadBytes = options.maxHTTPBufferSize
    }

    /// The packet to send.
    public var packet: EngineIOPacket {
        var json = ByteBuffer()
        self.write(into: &json)
        return .open(json)
    }

    /// Appends the JSON, without the packet type.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeStaticString(#"{"sid":""#)
        // Nothing in an id or a transport's name needs escaping.
        self.sid.write(into: &buffer)
        buffer.writeStaticString(#"","upgrades":["#)
        for (index, upgrade) in self.upgrades.enumerated() {
            buffer.writeString(#"\#(index == 0 ? "" : ",")"\#(upgrade.rawValue)""#)
        }
        buffer.writeStaticString(#"],"pingInterval":"#)
        buffer.writeDecimal(self.pingInterval.wholeMilliseconds)
        buffer.writeStaticString(#","pingTimeout":"#)
        buffer.writeDecimal(self.pingTimeout.wholeMilliseconds)
        buffer.writeStaticString(#","maxPayload":"#)
        buffer.writeDecimal(max(0, self.maxPayloadBytes))
        buffer.writeStaticString("}")
    }
}

extension Duration {
    /// Milliseconds without their fraction; 0 for a negative duration, `Int.max` for one of more than 292 million
    /// years.
    fileprivate var wholeMilliseconds: Int {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = self.components
        let (milliseconds, overflow) = Int(seconds).multipliedReportingOverflow(by: 1000)
        let (sum, overflow2) = milliseconds.addingReportingOverflow(Int(attoseconds / 1_000_000_000_000_000))
        return overflow || overflow2 ? .max : sum
    }
}
