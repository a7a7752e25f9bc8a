// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore
public import WireJSON

/// How packets are written on the wire; both sides of a connection must have the same.
///
/// Whatever the parser, an event's arguments are JSON to this library: values joined by commas (`1,{"a":2}`), binary data
/// apart from them and referred to by placeholders (`{"_placeholder":true,"num":0}`). All functions may be called from
/// anywhere.
public enum Parser: Sendable, CaseIterable {
    /// The default: text, `2["hello",1]`, with binary attachments as messages of their own.
    ///
    /// Source: Socket.IO protocol v5 and v4, "Packet encoding".
    case json
    /// Each packet is one binary message, the MessagePack map `{type, data, nsp, id}`, with binary data in its place.
    ///
    /// Clients need the package `socket.io-msgpack-parser` (3.x; 2.x for clients of v2), or in Python
    /// `socketio.Client(serializer="msgpack")`. Whole numbers are exact up to 64 bits, others are doubles; dates come in as the
    /// strings that `JSON.stringify` makes of them. A text message is an error, except that clients of v2 send CONNECT,
    /// DISCONNECT and CONNECT_ERROR as the JSON of the map.
    case messagePack

    /// Encodes an event.
    ///
    /// - Parameters:
    ///   - name: The event's name.
    ///   - arguments: JSON values joined by commas, without brackets; not checked.
    ///   - namespace: A comma in it cannot be sent as JSON.
    ///   - ackID: Asks the receiver for an acknowledgement of this number.
    ///   - attachments: What the placeholders in the arguments stand for.
    /// - Returns: The message, to be sent as it is to any number of receivers.
    public func event(
        _ name: String,
        arguments: ByteBuffer = ByteBuffer(),
        namespace: String = SocketIOPacket.mainNamespace,
        ackID: UInt64? = nil,
        attachments: [ByteBuffer] = []
    ) -> EngineMessage {
        switch self {
        case .json:
            PacketEncoder.event(
                name,
                arguments: arguments,
                namespace: namespace,
                ackID: ackID,
                attachments: attachments
            )
        case .messagePack:
            MessagePackPacketEncoder.event(
                name,
                arguments: arguments,
                namespace: namespace,
                ackID: ackID,
                attachments: attachments
            )
        }
    }

    /// Encodes an acknowledgement.
    ///
    /// - Parameters:
    ///   - id: The number of what is acknowledged.
    ///   - arguments: JSON values joined by commas, without brackets; not checked.
    ///   - namespace: A comma in it cannot be sent as JSON.
    ///   - attachments: What the placeholders in the arguments stand for.
    /// - Returns: The message, to be sent as it is to any number of receivers.
    public func ack(
        _ id: UInt64,
        arguments: ByteBuffer = ByteBuffer(),
        namespace: String = SocketIOPacket.mainNamespace,
        attachments: [ByteBuffer] = []
    ) -> EngineMessage {
        switch self {
        case .json:
            PacketEncoder.ack(id, arguments: arguments, namespace: namespace, attachments: attachments)
        case .messagePack:
            MessagePackPacketEncoder.ack(id, arguments: arguments, namespace: namespace, attachments: attachments)
        }
    }

    /// Encodes the answer that grants access; as ``PacketEncoder/connect(sid:pid:namespace:revision:)``.
    public func connect(
        sid: String,
        pid: String? = nil,
        namespace: String = SocketIOPacket.mainNamespace,
        revision: ProtocolRevision
    ) -> EngineMessage {
        switch self {
        case .json:
            return PacketEncoder.connect(sid: sid, pid: pid, namespace: namespace, revision: revision)
        case .messagePack:
            var payload = ByteBuffer()
            PacketEncoder.writeConnectPayload(sid: sid, pid: pid, into: &payload)
            return MessagePackPacketEncoder.packet(
                .connect,
                payload: revision == .v4 ? payload : nil,
                namespace: namespace,
                revision: revision
            )
        }
    }

    /// Encodes the refusal by a middleware; as ``PacketEncoder/connectError(message:data:namespace:revision:)``.
    public func connectError(
        message: String,
        data: JSONValue? = nil,
        namespace: String = SocketIOPacket.mainNamespace,
        revision: ProtocolRevision
    ) -> EngineMessage {
        switch self {
        case .json:
            return PacketEncoder.connectError(message: message, data: data, namespace: namespace, revision: revision)
        case .messagePack:
            var payload = ByteBuffer()
            PacketEncoder.writeConnectErrorPayload(message: message, data: data, revision: revision, into: &payload)
            return MessagePackPacketEncoder.packet(
                .connectError,
                payload: payload,
                namespace: namespace,
                revision: revision
            )
        }
    }

    /// Encodes the refusal of a namespace that does not exist; as ``PacketEncoder/invalidNamespace(_:)``.
    public func invalidNamespace(_ namespace: String, revision: ProtocolRevision) -> EngineMessage {
        switch self {
        case .json:
            return PacketEncoder.invalidNamespace(namespace)
        case .messagePack:
            var payload = ByteBuffer()
            PacketEncoder.writeInvalidNamespacePayload(into: &payload)
            return MessagePackPacketEncoder.packet(
                .connectError,
                payload: payload,
                namespace: namespace,
                revision: revision
            )
        }
    }

    /// Encodes the end of access to a namespace.
    public func disconnect(
        namespace: String = SocketIOPacket.mainNamespace,
        revision: ProtocolRevision
    ) -> EngineMessage {
        switch self {
        case .json:
            PacketEncoder.disconnect(namespace: namespace)
        case .messagePack:
            MessagePackPacketEncoder.packet(.disconnect, payload: nil, namespace: namespace, revision: revision)
        }
    }

    /// Encodes any packet; as ``PacketEncoder/encode(_:revision:)``.
    ///
    /// In MessagePack the query of a CONNECT is written for Engine.IO 3 only, too.
    public func encode(_ packet: SocketIOPacket, revision: ProtocolRevision) -> EngineMessage {
        switch self {
        case .json:
            return PacketEncoder.encode(packet, revision: revision)
        case .messagePack:
            var namespace = packet.namespace
            if packet.kind == .connect, revision == .v3, let query = packet.connectQuery { namespace += "?" + query }
            return MessagePackPacketEncoder.packet(
                packet.kind,
                payload: packet.payload?.bytes,
                namespace: namespace,
                ackID: packet.ackID,
                attachments: packet.attachments,
                revision: revision
            )
        }
    }

    /// Makes the decoder of one session of `revision`.
    public func makeDecoder(
        revision: ProtocolRevision,
        limits: SocketIOLimits = SocketIOLimits()
    ) -> PacketStreamDecoder {
        PacketStreamDecoder(self, revision: revision, limits: limits)
    }
}
