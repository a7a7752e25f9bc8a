// Licensed under the MIT licence.

public import SocketIOCore

extension AckReply {
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
