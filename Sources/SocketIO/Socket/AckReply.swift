// Licensed under the MIT licence.

public import NIOCore
public import WireJSON

/// What a client answered to an event.
public struct AckReply: Sendable {
    /// The arguments of the answer.
    public let arguments: [JSONValue]
    /// What their placeholders stand for.
    public let attachments: [ByteBuffer]

    /// The arguments as JSON values joined by commas.
    public var rawArguments: ByteBuffer {
        var json = ByteBuffer()
        for (index, argument) in self.arguments.enumerated() {
            if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
            json.writeJSON(argument)
        }
        return json
    }

    /// Decodes the arguments; see ``Event/decode(as:)``.
    public func decode<each Argument: Decodable>(
        as types: repeat (each Argument).Type
    ) throws -> (repeat each Argument) {
        var decoder = ArgumentDecoder(self.arguments, attachments: self.attachments)
        return (repeat try decoder.next((each types)))
    }
}

/// Why no answer came.
public enum AckError: Error, Sendable, Hashable {
    /// The time was up.
    case timedOut
    /// The socket left before it answered.
    case disconnected
    /// The socket owes as many answers as it may (``ServerOptions/maximumPendingAcknowledgements``).
    case tooManyPending
}

/// Called once, on the socket's shard.
typealias AckCallback = @Sendable (Result<AckReply, AckError>) -> Void
