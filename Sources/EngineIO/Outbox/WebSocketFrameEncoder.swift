// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// Writes server frames: unmasked, final, never fragmented (RFC 6455 §5.1, §5.2).
///
/// NIOWebSocket's encoder works frame by frame in a channel pipeline; a broadcast's frame is made here once for all receivers.
extension ByteArena {
    enum FrameOpcode: UInt8 {
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA
    }

    /// `isCompressed`: sets the bit that RFC 7692 §7.2.1 gives to compressed messages.
    mutating func appendFrameHeader(_ opcode: FrameOpcode, length: Int, isCompressed: Bool = false) {
        self.append((isCompressed ? 0xC0 : 0x80) | opcode.rawValue)
        if length < 126 {
            self.append(UInt8(truncatingIfNeeded: length))
        } else if length <= Int(UInt16.max) {
            self.append(126)
            withUnsafeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian) { self.append($0) }
        } else {
            self.append(127)
            withUnsafeBytes(of: UInt64(length).bigEndian) { self.append($0) }
        }
    }

    /// A frame of one Engine.IO packet: its type, if it has one, then its data.
    mutating func appendFrame(_ opcode: FrameOpcode, _ type: UInt8?, _ data: ByteBuffer) {
        self.appendFrameHeader(opcode, length: data.readableBytes + (type == nil ? 0 : 1))
        if let type { self.append(type) }
        self.append(data)
    }

    /// One Engine.IO text packet: its type, then its data.
    mutating func appendTextPacket(_ type: UInt8, _ data: ByteBuffer) {
        self.appendFrame(.text, type, data)
    }

    /// One Engine.IO binary message.
    mutating func appendBinaryMessage(_ data: ByteBuffer, revision: ProtocolRevision) {
        self.appendFrame(.binary, revision.binaryMessageType, data)
    }

    /// A message with its attachments.
    mutating func appendMessage(_ message: EngineMessage, revision: ProtocolRevision) -> ArenaRange {
        let start = UInt32(truncatingIfNeeded: self.count)
        if let text = message.text { self.appendTextPacket(UInt8(ascii: "4"), text) }
        for attachment in message.attachments {
            self.appendBinaryMessage(attachment, revision: revision)
        }
        return ArenaRange(start: start, end: UInt32(truncatingIfNeeded: self.count))
    }

    /// A packet that waited in a session's queue.
    mutating func append(_ packet: QueuedPacket, revision: ProtocolRevision) {
        switch packet {
        case .message(let message): _ = self.appendMessage(message, revision: revision)
        case .packet(.message(.text(let text))): self.appendTextPacket(UInt8(ascii: "4"), text)
        case .packet(.message(.binary(let bytes))): self.appendBinaryMessage(bytes, revision: revision)
        case .packet(.open(let data)): self.appendTextPacket(UInt8(ascii: "0"), data)
        case .packet(.ping(let data)): self.appendTextPacket(UInt8(ascii: "2"), data)
        case .packet(.pong(let data)): self.appendTextPacket(UInt8(ascii: "3"), data)
        case .packet(.close), .packet(.upgrade), .packet(.noop):
            // These speak to a polling client only; a WebSocket has its own close.
            break
        }
    }
}

extension ProtocolRevision {
    /// What stands in front of a binary message's bytes: revision 3 has the packet type there (Engine.IO protocol v3, "Encoding").
    var binaryMessageType: UInt8? {
        switch self {
        case .v3: PacketType.message.rawValue
        case .v4: nil
        }
    }
}
