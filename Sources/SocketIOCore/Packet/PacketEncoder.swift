// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore
import WireJSON

/// Writes packets as Engine.IO messages: the text without the Engine.IO packet type, and the attachments.
///
/// Arguments are given as raw JSON: values joined by commas, without the brackets around them (`1,{"a":2}`), empty for
/// none. They are copied as they are and not checked. Attachments turn an event or acknowledgement into a binary one;
/// their placeholders must already stand in the arguments. A namespace must not contain a comma, which ends it on the
/// wire.
///
/// Sources: Socket.IO protocol v5 and v4, "Packet encoding".
public enum PacketEncoder {
    /// Encodes an event: `2/admin,12["name",…]`.
    ///
    /// With `ackID` it asks the receiver for an acknowledgement of that number.
    public static func event(
        _ name: String,
        arguments: ByteBuffer = ByteBuffer(),
        namespace: String = SocketIOPacket.mainNamespace,
        ackID: UInt64? = nil,
        attachments: [ByteBuffer] = []
    ) -> EngineMessage {
        let capacity = self.headerCapacity(namespace) + name.utf8.count + 5 + arguments.readableBytes
        var text = ByteBufferAllocator().buffer(capacity: capacity)
        self.writeEvent(
            name,
            arguments: arguments,
            namespace: namespace,
            ackID: ackID,
            attachmentCount: attachments.count,
            into: &text
        )
        return EngineMessage(text: text, attachments: attachments)
    }

    /// Encodes an acknowledgement: `3/admin,12[…]`.
    public static func ack(
        _ id: UInt64,
        arguments: ByteBuffer = ByteBuffer(),
        namespace: String = SocketIOPacket.mainNamespace,
        attachments: [ByteBuffer] = []
    ) -> EngineMessage {
        let capacity = self.headerCapacity(namespace) + 2 + arguments.readableBytes
        var text = ByteBufferAllocator().buffer(capacity: capacity)
        self.writeAck(id, arguments: arguments, namespace: namespace, attachmentCount: attachments.count, into: &text)
        return EngineMessage(text: text, attachments: attachments)
    }

    /// Appends the text of an event to `buffer`; as ``event(_:arguments:namespace:ackID:attachments:)`` does.
    public static func writeEvent(
        _ name: String,
        arguments: ByteBuffer,
        namespace: String,
        ackID: UInt64?,
        attachmentCount: Int,
        into buffer: inout ByteBuffer
    ) {
        self.writeHeader(
            attachmentCount > 0 ? .binaryEvent : .event,
            attachmentCount: attachmentCount,
            namespace: namespace,
            ackID: ackID,
            into: &buffer
        )
        buffer.writeInteger(UInt8(ascii: "["))
        buffer.writeJSONString(name)
        if arguments.readableBytes > 0 {
            buffer.writeInteger(UInt8(ascii: ","))
            buffer.writeImmutableBuffer(arguments)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    /// Appends the text of an acknowledgement to `buffer`; as ``ack(_:arguments:namespace:attachments:)`` does.
    public static func writeAck(
        _ id: UInt64,
        arguments: ByteBuffer,
        namespace: String,
        attachmentCount: Int,
        into buffer: inout ByteBuffer
    ) {
        self.writeHeader(
            attachmentCount > 0 ? .binaryAck : .ack,
            attachmentCount: attachmentCount,
            namespace: namespace,
            ackID: id,
            into: &buffer
        )
        buffer.writeInteger(UInt8(ascii: "["))
        buffer.writeImmutableBuffer(arguments)
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    /// Encodes any packet as `revision` writes it.
    ///
    /// Attachments decide whether an event or acknowledgement is binary, whatever its kind says: a count of zero cannot
    /// be announced. The query of a CONNECT is written for Engine.IO 3 only.
    public static func encode(_ packet: SocketIOPacket, revision: ProtocolRevision) -> EngineMessage {
        let kind = self.wireKind(packet)
        let query = kind == .connect && revision == .v3 ? packet.connectQuery : nil
        let payload = packet.payload?.bytes ?? ByteBuffer()
        let capacity = self.headerCapacity(packet.namespace) + (query?.utf8.count ?? 0) + payload.readableBytes
        var text = ByteBufferAllocator().buffer(capacity: capacity)
        self.writeHeader(
            kind,
            attachmentCount: kind.isBinary ? packet.attachments.count : 0,
            namespace: packet.namespace,
            query: query,
            ackID: packet.ackID,
            into: &text
        )
        text.writeImmutableBuffer(payload)
        return EngineMessage(text: text, attachments: kind.isBinary ? packet.attachments : [])
    }

    private static func wireKind(_ packet: SocketIOPacket) -> SocketIOPacket.Kind {
        switch packet.kind {
        case .event, .binaryEvent: packet.attachments.isEmpty ? .event : .binaryEvent
        case .ack, .binaryAck: packet.attachments.isEmpty ? .ack : .binaryAck
        case .connect, .disconnect, .connectError: packet.kind
        }
    }

    /// Type, count and its dash, comma, and a number of up to 20 digits, all of them together with the namespace.
    static func headerCapacity(_ namespace: String) -> Int { 44 + namespace.utf8.count }

    /// Writes everything in front of the payload.
    static func writeHeader(
        _ kind: SocketIOPacket.Kind,
        attachmentCount: Int = 0,
        namespace: String,
        query: String? = nil,
        ackID: UInt64? = nil,
        into buffer: inout ByteBuffer
    ) {
        buffer.writeInteger(UInt8(ascii: "0") + kind.rawValue)
        if attachmentCount > 0 {
            buffer.writeDecimal(attachmentCount)
            buffer.writeInteger(UInt8(ascii: "-"))
        }
        if namespace != SocketIOPacket.mainNamespace || query != nil {
            buffer.writeString(namespace)
            if let query {
                buffer.writeInteger(UInt8(ascii: "?"))
                buffer.writeString(query)
            }
            buffer.writeInteger(UInt8(ascii: ","))
        }
        if let ackID { buffer.writeDecimal(ackID) }
    }
}
