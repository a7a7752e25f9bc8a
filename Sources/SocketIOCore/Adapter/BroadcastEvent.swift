// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore

/// An event on its way to many sockets: its parts for adapters that speak another wire form, and the packet all share.
public struct BroadcastEvent: Sendable {
    /// The namespace.
    public let namespace: String
    /// The event's name.
    public let name: String
    /// The arguments: JSON values joined by commas.
    public let arguments: ByteBuffer
    /// What the arguments' placeholders stand for.
    public let attachments: [ByteBuffer]
    /// The encoded packet, the same for every receiver.
    public let message: EngineMessage

    /// Creates an event and encodes it.
    public init(namespace: String, name: String, arguments: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.namespace = namespace
        self.name = name
        self.arguments = arguments
        self.attachments = attachments
        self.message = PacketEncoder.event(
            name,
            arguments: arguments,
            namespace: namespace,
            attachments: attachments
        )
    }

    /// The packet with which receivers are asked for an acknowledgement of this number.
    public func message(askingFor ackID: UInt64) -> EngineMessage {
        PacketEncoder.event(
            self.name,
            arguments: self.arguments,
            namespace: self.namespace,
            ackID: ackID,
            attachments: self.attachments
        )
    }
}
