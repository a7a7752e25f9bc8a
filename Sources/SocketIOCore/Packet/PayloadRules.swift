// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import WireJSON

/// Which payload and which acknowledgement id each type of packet must, may or must not have.
///
/// | type | id | payload, Engine.IO 4 | payload, Engine.IO 3 |
/// |---|---|---|---|
/// | connect | no | object or none | none |
/// | disconnect | no | none | none |
/// | event, binary event | may | array beginning with a name | the same |
/// | ack, binary ack | must | array | array; none only without attachments |
/// | connect error | no | object or string | any or none |
///
/// Sources: Socket.IO protocol v5, "Exchange protocol"; Socket.IO protocol v4, "Packet types".
enum PayloadRules {
    static func checkAckID(_ ackID: UInt64?, of kind: SocketIOPacket.Kind) throws(PacketError) {
        switch kind {
        case .event, .binaryEvent:
            break
        case .ack, .binaryAck:
            guard ackID != nil else { throw .missingAckID }
        case .connect, .disconnect, .connectError:
            guard ackID == nil else { throw .unexpectedAckID }
        }
    }

    static func payload(
        of message: ByteBuffer,
        _ header: PacketHeader,
        revision: ProtocolRevision,
        limits: SocketIOLimits
    ) throws(PacketError) -> JSONValue? {
        let start = message.readerIndex + header.payloadOffset
        guard
            let first: UInt8 = message.getInteger(at: start),
            let bytes = message.getSlice(at: start, length: message.writerIndex - start)
        else {
            try self.checkMissingPayload(of: header.kind, revision)
            return nil
        }
        // The first byte tells the kind of value, so a payload of the wrong kind is refused before it is read. White
        // space in front is refused with it: the reference takes it for an acknowledgement id.
        try self.checkPayload(beginningWith: first, of: header.kind, revision)
        return try self.payload(bytes, of: header.kind, limits: limits)
    }

    /// Refuses a payload whose first byte is that of a value that the packet must not have.
    static func checkPayload(
        beginningWith first: UInt8,
        of kind: SocketIOPacket.Kind,
        _ revision: ProtocolRevision
    ) throws(PacketError) {
        switch (kind, revision) {
        case (.disconnect, _), (.connect, .v3):
            throw .unexpectedPayload
        case (.connect, .v4):
            guard first == UInt8(ascii: "{") else { throw .invalidPayload }
        case (.connectError, .v4):
            guard first == UInt8(ascii: "{") || first == UInt8(ascii: "\"") else { throw .invalidPayload }
        case (.connectError, .v3):
            break
        case (.event, _), (.binaryEvent, _), (.ack, _), (.binaryAck, _):
            guard first == UInt8(ascii: "[") else { throw .invalidPayload }
        }
    }

    /// Reads a payload that begins as it should.
    static func payload(
        _ bytes: ByteBuffer,
        of kind: SocketIOPacket.Kind,
        limits: SocketIOLimits
    ) throws(PacketError) -> JSONValue {
        let payload: JSONValue
        do throws(JSONError) {
            payload = try JSONValue(validating: bytes, maximumDepth: limits.maximumDepth)
        } catch {
            throw .invalidJSON(error)
        }
        if kind == .event || kind == .binaryEvent {
            try EventLayout.checkName(of: payload, limits: limits)
        }
        return payload
    }

    /// Refuses the lack of a payload where one is due.
    static func checkMissingPayload(
        of kind: SocketIOPacket.Kind,
        _ revision: ProtocolRevision
    ) throws(PacketError) {
        let mayBeMissing =
            switch kind {
            case .connect, .disconnect: true
            case .event, .binaryEvent, .binaryAck: false
            // Socket.IO protocol v4, "ACK" and "ERROR": both "may contain" a payload.
            case .ack, .connectError: revision == .v3
            }
        guard mayBeMissing else { throw .missingPayload }
    }
}
