// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore
import WireJSON

/// Turns the messages of one Engine.IO session into Socket.IO packets.
///
/// Feed it every message in the order of arrival. A binary packet comes out once the last of its attachments is in;
/// whether the peer takes too long for that is the caller's to watch (``isAwaitingAttachments``). After the first error
/// the session must end: every further call throws the same error again, so that nothing behind a violation can be
/// dispatched.
///
/// A decoder belongs to one connection and knows nothing of its state: whether the namespace exists, whether the packet
/// may come at this point or from this side, is decided elsewhere.
///
/// Sources: Socket.IO protocol v5 and v4, "Packet encoding". Payloads are judged as by `isPayloadValid` of
/// socket.io-parser 4.2.6; where ``PacketError`` says so, more strictly.
public struct PacketDecoder: Sendable {
    private enum State: Sendable {
        case ready
        /// A binary packet with the attachments so far, how many it announced, and the bytes they have together.
        indirect case collecting(SocketIOPacket, count: Int, bytes: Int)
        case failed(PacketError)
    }

    private let revision: ProtocolRevision
    private let limits: SocketIOLimits
    private var state = State.ready

    /// Makes a decoder for a session of `revision`.
    public init(revision: ProtocolRevision, limits: SocketIOLimits = SocketIOLimits()) {
        self.revision = revision
        self.limits = limits
    }

    /// Whether a binary packet is incomplete: only binary messages may come now.
    public var isAwaitingAttachments: Bool {
        if case .collecting = self.state { true } else { false }
    }

    /// Takes a text message, without the Engine.IO packet type: `2["hello"]`, not `42["hello"]`.
    ///
    /// - Returns: The packet, or `nil` if its attachments are still to come.
    public mutating func text(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        do throws(PacketError) {
            return try self.textReceived(message)
        } catch {
            self.state = .failed(error)
            throw error
        }
    }

    /// Takes a binary message, without the type byte that Engine.IO 3 puts in front.
    ///
    /// The bytes are kept, not copied.
    ///
    /// - Returns: The packet if this was its last attachment.
    public mutating func binary(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        do throws(PacketError) {
            return try self.binaryReceived(message)
        } catch {
            self.state = .failed(error)
            throw error
        }
    }

    private mutating func textReceived(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        switch self.state {
        case .ready: break
        case .collecting: throw .textInsteadOfAttachment
        case .failed(let error): throw error
        }
        let header = try message.withUnsafeReadableBytes { bytes throws(PacketError) in
            try PacketHeader(bytes, revision: self.revision, limits: self.limits)
        }
        let packet = try self.packet(message, header)
        guard header.attachmentCount > 0 else { return packet }
        self.state = .collecting(packet, count: header.attachmentCount, bytes: 0)
        return nil
    }

    private mutating func binaryReceived(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        switch self.state {
        case .ready:
            throw .unexpectedBinary
        case .failed(let error):
            throw error
        case .collecting(var packet, let count, var bytes):
            bytes += message.readableBytes
            guard bytes <= self.limits.maximumAttachmentBytes else { throw .attachmentsTooLarge }
            packet.attachments.append(message)
            guard packet.attachments.count == count else {
                self.state = .collecting(packet, count: count, bytes: bytes)
                return nil
            }
            self.state = .ready
            return packet
        }
    }

    private func packet(_ message: ByteBuffer, _ header: PacketHeader) throws(PacketError) -> SocketIOPacket {
        try PayloadRules.checkAckID(header.ackID, of: header.kind)
        var namespace = SocketIOPacket.mainNamespace
        if let range = header.namespace { namespace = try Self.string(range, of: message) }
        var query: String?
        if header.kind == .connect, let range = header.query { query = try Self.string(range, of: message) }
        let payload = try PayloadRules.payload(of: message, header, revision: self.revision, limits: self.limits)
        if let payload, header.attachmentCount > 0 {
            // Placeholders can be judged before the attachments are here: nothing is held for a packet that will not do.
            try BinaryPlaceholders.validate(payload, attachmentCount: header.attachmentCount)
        }
        return SocketIOPacket(
            kind: header.kind,
            namespace: namespace,
            connectQuery: query,
            ackID: header.ackID,
            payload: payload
        )
    }

    private static func string(_ range: Range<Int>, of message: ByteBuffer) throws(PacketError) -> String {
        let string = message.withUnsafeReadableBytes { bytes in
            String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        }
        guard let string else { throw .invalidNamespace }
        return string
    }
}
