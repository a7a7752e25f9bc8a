// Licensed under the MIT licence.

public import NIOCore
import SocketIOCore
public import WireJSON

/// An event that another server of the cluster has sent.
public struct ServerSideEvent: Sendable {
    private let message: ServerSideMessage
    private let answer: (@Sendable (AckReply) -> Void)?

    init(_ message: ServerSideMessage, answer: (@Sendable (AckReply) -> Void)?) {
        self.message = message
        self.answer = answer
    }

    /// The event's name.
    public var name: String { self.message.name }
    /// The arguments.
    public var arguments: [JSONValue] { self.message.arguments }
    /// What the arguments' placeholders stand for.
    public var attachments: [ByteBuffer] { self.message.attachments }
    /// Whether the other server waits for an answer.
    public var wantsAnswer: Bool { self.answer != nil }

    /// Decodes the arguments; see ``Event/decode(as:)``.
    /// - Throws: `DecodingError`.
    public func decode<each Argument: Decodable>(
        as types: repeat (each Argument).Type
    ) throws -> (repeat each Argument) {
        var decoder = ArgumentDecoder(self.arguments, attachments: self.attachments)
        return (repeat try decoder.next((each types)))
    }

    /// Answers the other server; only the first answer counts, and none if it does not wait for one.
    /// - Throws: `EncodingError`; nothing is sent then.
    public func answer(_ arguments: any Encodable & Sendable...) throws {
        let encoded = try EncodedArguments(arguments)
        self.answer?(AckReply(arguments: encoded.values, attachments: encoded.attachments))
    }
}
