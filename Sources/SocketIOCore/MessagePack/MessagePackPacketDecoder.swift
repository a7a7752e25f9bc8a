// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import WireJSON

/// Turns the messages of one Engine.IO session into packets, where every packet is one MessagePack map.
///
/// `{type: 2, data: ["hello", 1], nsp: "/", id: 12}`; other members, such as `options`, are passed over. Binary data anywhere
/// in an event or acknowledgement becomes an attachment, so that the packet looks as if it had come as JSON, and it is judged
/// by the same rules: see ``PayloadRules``. nil counts as absent, for python-socketio sends it. After the first error every
/// further call throws the same error again.
///
/// Clients of Engine.IO 3 send and expect CONNECT, DISCONNECT and CONNECT_ERROR as the JSON of the same map in a text message;
/// the query of their CONNECT stands in `nsp`, as `/admin?token=abc`.
///
/// Sources: `index.js` of socket.io-msgpack-parser 3.0.2, `checkPacket` and `isDataValid`; for Engine.IO 3 the 2.x line of it.
struct MessagePackPacketDecoder: Sendable {
    private let revision: ProtocolRevision
    private let limits: SocketIOLimits
    private var failure: PacketError?

    init(revision: ProtocolRevision, limits: SocketIOLimits) {
        self.revision = revision
        self.limits = limits
    }

    /// Takes a binary message.
    mutating func binary(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket {
        if let failure = self.failure { throw failure }
        do throws(PacketError) {
            return try self.packet(PacketParts(message, limits: self.limits))
        } catch {
            self.failure = error
            throw error
        }
    }

    /// Takes a text message.
    mutating func text(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket {
        if let failure = self.failure { throw failure }
        do throws(PacketError) {
            guard self.revision == .v3 else { throw .unexpectedText }
            let packet = try self.packet(PacketParts(text: message, limits: self.limits))
            switch packet.kind {
            case .connect, .disconnect, .connectError: return packet
            case .event, .binaryEvent, .ack, .binaryAck: throw .unexpectedText
            }
        } catch {
            self.failure = error
            throw error
        }
    }

    private func packet(_ parts: PacketParts) throws(PacketError) -> SocketIOPacket {
        guard let type = parts.type else { throw .invalidType }
        guard
            let rawValue = UInt8(exactly: type),
            let kind = SocketIOPacket.Kind(rawValue: rawValue),
            !kind.isBinary
        else { throw .unknownType(UInt8(clamping: type)) }
        guard var namespace = parts.namespace else { throw .invalidNamespace }
        var query: String?
        if self.revision == .v3, let question = namespace.utf8.firstIndex(of: UInt8(ascii: "?")) {
            if kind == .connect { query = String(namespace[namespace.utf8.index(after: question)...]) }
            namespace = String(namespace[..<question])
        }
        guard namespace.utf8.first == UInt8(ascii: "/"), !namespace.utf8.contains(UInt8(ascii: ",")) else {
            throw .invalidNamespace
        }
        try PayloadRules.checkAckID(parts.ackID, of: kind)
        return SocketIOPacket(
            kind: try self.kind(kind, parts),
            namespace: namespace,
            connectQuery: query,
            ackID: parts.ackID,
            payload: try self.payload(of: kind, parts),
            attachments: parts.attachments
        )
    }

    /// The kind that the packet would have as JSON.
    private func kind(_ kind: SocketIOPacket.Kind, _ parts: PacketParts) throws(PacketError) -> SocketIOPacket.Kind {
        guard !parts.attachments.isEmpty else { return kind }
        switch kind {
        case .event, .binaryEvent: return .binaryEvent
        case .ack, .binaryAck: return .binaryAck
        case .connect, .disconnect, .connectError: throw .invalidPayload
        }
    }

    private func payload(of kind: SocketIOPacket.Kind, _ parts: PacketParts) throws(PacketError) -> JSONValue? {
        guard let json = parts.payload, let first: UInt8 = json.getInteger(at: json.readerIndex) else {
            try PayloadRules.checkMissingPayload(of: kind, self.revision)
            return nil
        }
        try PayloadRules.checkPayload(beginningWith: first, of: kind, self.revision)
        let payload = try PayloadRules.payload(json, of: kind, limits: self.limits)
        // Every attachment has its placeholder by now. An object of the peer's own that looks like one either repeats one of
        // them or refers to none, and would be taken for binary data further on.
        if !parts.attachments.isEmpty {
            do throws(PacketError) {
                try BinaryPlaceholders.validate(payload, attachmentCount: parts.attachments.count)
            } catch {
                throw .invalidPlaceholder
            }
        }
        return payload
    }
}
