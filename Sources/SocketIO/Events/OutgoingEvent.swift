// Licensed under the MIT licence.

public import NIOCore
import SocketIOCore
public import WireJSON

/// An event on its way to a client, as listeners see it.
public struct OutgoingEvent: Sendable {
    /// The event's name.
    public let name: String
    /// The arguments: JSON values joined by commas.
    public let rawArguments: ByteBuffer
    /// What the arguments' placeholders stand for.
    public let attachments: [ByteBuffer]

    init(name: String, rawArguments: ByteBuffer, attachments: [ByteBuffer]) {
        self.name = name
        self.rawArguments = rawArguments
        self.attachments = attachments
    }

    init(_ event: BroadcastEvent) {
        self.init(name: event.name, rawArguments: event.arguments, attachments: event.attachments)
    }

    /// The arguments.
    ///
    /// Parses all of them each time.
    public var arguments: [JSONValue] { JSONValue.list(joined: self.rawArguments) }
}
