// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import WireJSON

/// Writes packets as one MessagePack map each: `{type: 2, data: ["hello", 1], nsp: "/", id: 12}`, in this order.
///
/// What has no value is left out. Clients of Engine.IO 3 get CONNECT, DISCONNECT and CONNECT_ERROR as the JSON of the map, in
/// a text message; see ``MessagePackPacketDecoder``.
///
/// Sources: `packet` of socket.io 4.8.3, `socket.ts`, for what a packet has; `index.js` of socket.io-msgpack-parser 3.0.2.
enum MessagePackPacketEncoder {
    /// Encodes an event whose arguments are raw JSON, joined by commas.
    static func event(
        _ name: String,
        arguments: ByteBuffer,
        namespace: String,
        ackID: UInt64?,
        attachments: [ByteBuffer]
    ) -> EngineMessage {
        let length = name.utf8.count + arguments.readableBytes
        var writer = self.writer(.event, namespace, ackID, members: 1, length: length, attachments)
        writer.write("data")
        writer.writeArray(beginningWith: name, json: arguments, attachments: attachments)
        return self.message(&writer, namespace, ackID)
    }

    /// Encodes an acknowledgement whose arguments are raw JSON, joined by commas.
    static func ack(
        _ id: UInt64,
        arguments: ByteBuffer,
        namespace: String,
        attachments: [ByteBuffer]
    ) -> EngineMessage {
        let length = arguments.readableBytes
        var writer = self.writer(.ack, namespace, id, members: 1, length: length, attachments)
        writer.write("data")
        writer.writeArray(json: arguments, attachments: attachments)
        return self.message(&writer, namespace, id)
    }

    /// Encodes any packet, its payload one JSON value.
    static func packet(
        _ kind: SocketIOPacket.Kind,
        payload: ByteBuffer?,
        namespace: String,
        ackID: UInt64? = nil,
        attachments: [ByteBuffer] = [],
        revision: ProtocolRevision
    ) -> EngineMessage {
        let wireKind: SocketIOPacket.Kind
        switch kind {
        case .event, .binaryEvent: wireKind = .event
        case .ack, .binaryAck: wireKind = .ack
        case .connect, .disconnect, .connectError:
            if revision == .v3 { return self.text(kind, payload: payload, namespace: namespace) }
            wireKind = kind
        }
        let length = payload?.readableBytes ?? 0
        let members = payload == nil ? 0 : 1
        var writer = self.writer(wireKind, namespace, ackID, members: members, length: length, attachments)
        if let payload {
            writer.write("data")
            writer.write(json: payload, attachments: attachments)
        }
        return self.message(&writer, namespace, ackID)
    }

    /// Begins a packet with its type; `members` come between that and the namespace.
    private static func writer(
        _ kind: SocketIOPacket.Kind,
        _ namespace: String,
        _ ackID: UInt64?,
        members: Int,
        length: Int,
        _ attachments: [ByteBuffer]
    ) -> MessagePackWriter {
        let capacity = attachments.reduce(48 + namespace.utf8.count + length) { $0 + $1.readableBytes }
        var writer = MessagePackWriter(capacity: capacity)
        writer.writeMapHeader(2 + members + (ackID == nil ? 0 : 1))
        writer.write("type")
        writer.write(UInt64(kind.rawValue))
        return writer
    }

    /// Ends a packet with namespace and id.
    private static func message(
        _ writer: inout MessagePackWriter,
        _ namespace: String,
        _ ackID: UInt64?
    ) -> EngineMessage {
        writer.write("nsp")
        writer.write(namespace)
        if let ackID {
            writer.write("id")
            writer.write(ackID)
        }
        return EngineMessage(binary: writer.bytes)
    }

    private static func text(
        _ kind: SocketIOPacket.Kind,
        payload: ByteBuffer?,
        namespace: String
    ) -> EngineMessage {
        var text = ByteBufferAllocator().buffer(capacity: 32 + namespace.utf8.count + (payload?.readableBytes ?? 0))
        text.writeStaticString("{\"type\":")
        text.writeDecimal(kind.rawValue)
        if let payload {
            text.writeStaticString(",\"data\":")
            text.writeImmutableBuffer(payload)
        }
        text.writeStaticString(",\"nsp\":")
        text.writeJSONString(namespace)
        text.writeStaticString("}")
        return EngineMessage(text: text)
    }
}
