// Licensed under the MIT licence.

public import NIOCore
public import WireJSON

/// An event from one server to the others; no client sees it.
public struct ServerSideMessage: Sendable, Equatable {
    /// The event's name.
    public var name: String
    /// The arguments.
    public var arguments: [JSONValue]
    /// What their placeholders stand for.
    public var attachments: [ByteBuffer]

    /// Creates an event.
    public init(name: String, arguments: [JSONValue] = [], attachments: [ByteBuffer] = []) {
        self.name = name
        self.arguments = arguments
        self.attachments = attachments
    }
}
