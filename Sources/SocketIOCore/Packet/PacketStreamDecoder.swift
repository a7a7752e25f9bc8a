// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore

/// Turns the messages of one Engine.IO session into packets, whatever the parser.
///
/// Feed it every message in the order of arrival. After the first error the session must end: every further call throws the
/// same error again. A decoder belongs to one connection; see ``PacketDecoder`` for what it does not judge.
public struct PacketStreamDecoder: Sendable {
    private enum Form: Sendable {
        case json(PacketDecoder)
        case messagePack(MessagePackPacketDecoder)
    }

    private var form: Form

    /// Makes a decoder for a session of `revision`.
    public init(_ parser: Parser, revision: ProtocolRevision, limits: SocketIOLimits = SocketIOLimits()) {
        switch parser {
        case .json: self.form = .json(PacketDecoder(revision: revision, limits: limits))
        case .messagePack: self.form = .messagePack(MessagePackPacketDecoder(revision: revision, limits: limits))
        }
    }

    /// Whether a packet is incomplete: only binary messages may come now.
    ///
    /// Never with ``Parser/messagePack``.
    public var isAwaitingAttachments: Bool {
        switch self.form {
        case .json(let decoder): decoder.isAwaitingAttachments
        case .messagePack: false
        }
    }

    /// Takes a text message, without the Engine.IO packet type.
    ///
    /// - Returns: The packet, or `nil` if its attachments are still to come.
    public mutating func text(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        switch self.form {
        case .json(var decoder):
            defer { self.form = .json(decoder) }
            return try decoder.text(message)
        case .messagePack(var decoder):
            defer { self.form = .messagePack(decoder) }
            return try decoder.text(message)
        }
    }

    /// Takes a binary message, without the type byte that Engine.IO 3 puts in front.
    ///
    /// The bytes are kept, not copied, as far as they are binary data.
    ///
    /// - Returns: The packet, or `nil` if more of its attachments are still to come.
    public mutating func binary(_ message: ByteBuffer) throws(PacketError) -> SocketIOPacket? {
        switch self.form {
        case .json(var decoder):
            defer { self.form = .json(decoder) }
            return try decoder.binary(message)
        case .messagePack(var decoder):
            defer { self.form = .messagePack(decoder) }
            return try decoder.binary(message)
        }
    }
}
