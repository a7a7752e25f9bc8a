// Licensed under the MIT licence.

public import NIOCore
public import WireJSON

/// What a client, or another server, answered to an event.
public struct AckReply: Sendable, Equatable {
    /// The arguments of the answer.
    public let arguments: [JSONValue]
    /// What their placeholders stand for.
    public let attachments: [ByteBuffer]

    /// Creates an answer.
    public init(arguments: [JSONValue] = [], attachments: [ByteBuffer] = []) {
        self.arguments = arguments
        self.attachments = attachments
    }

    /// The arguments as JSON values joined by commas.
    public var rawArguments: ByteBuffer {
        var json = ByteBuffer()
        for (index, argument) in self.arguments.enumerated() {
            if index > 0 { json.writeInteger(UInt8(ascii: ",")) }
            json.writeJSON(argument)
        }
        return json
    }
}

/// What the receivers of a broadcast answered.
public struct BroadcastAnswers: Sendable, Equatable {
    /// The answers that came, in no particular order.
    public var replies: [AckReply]
    /// How many receivers did not answer in time.
    public var missing: Int
    /// Why there may be receivers that are counted neither in ``replies`` nor in ``missing``; `nil` if there are none.
    ///
    /// With ``ClusterError/missingAnswers(from:)`` so many processes have not said whom they asked. With
    /// ``ClusterError/tooManyRequests`` every receiver was sent the event, and none was asked for an acknowledgement.
    public var failure: ClusterError?

    /// Creates answers.
    public init(replies: [AckReply] = [], missing: Int = 0, failure: ClusterError? = nil) {
        self.replies = replies
        self.missing = missing
        self.failure = failure
    }
}
