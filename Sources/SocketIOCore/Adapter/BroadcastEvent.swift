// Licensed under the MIT licence.

public import EngineIOCore
public import NIOCore

/// An event on its way to many sockets: its parts, for adapters that speak another wire form, and how to encode the packet.
public struct BroadcastEvent: Sendable {
    /// The namespace.
    public let namespace: String
    /// The event's name.
    public let name: String
    /// The arguments: JSON values joined by commas.
    public let arguments: ByteBuffer
    /// What the arguments' placeholders stand for.
    public let attachments: [ByteBuffer]
    /// How packets are written.
    public let parser: Parser

    /// Creates an event.
    public init(
        namespace: String,
        name: String,
        arguments: ByteBuffer,
        attachments: [ByteBuffer] = [],
        parser: Parser = .json
    ) {
        self.namespace = namespace
        self.name = name
        self.arguments = arguments
        self.attachments = attachments
        self.parser = parser
    }

    /// Encodes the packet, the same for every receiver; with other arguments, or with a number under which receivers are asked for an
    /// acknowledgement.
    ///
    /// Costs as much each time: whoever sends to many calls it once.
    ///
    /// - Parameters:
    ///   - arguments: In place of the event's own, such as with an offset behind them.
    ///   - ackID: The number.
    /// - Returns: The message, to be sent as it is to any number of receivers.
    public func message(arguments: ByteBuffer? = nil, ackID: UInt64? = nil) -> EngineMessage {
        self.parser.event(
            self.name,
            arguments: arguments ?? self.arguments,
            namespace: self.namespace,
            ackID: ackID,
            attachments: self.attachments
        )
    }
}
