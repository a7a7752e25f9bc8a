// Licensed under the MIT licence.

public import NIOCore
import SocketIOCore
public import WireJSON

/// An event that a client sent, its arguments still in the bytes they came in.
public struct Event: Sendable {
    private let payload: EventPayload
    /// Binary parts; arguments refer to them as `{"_placeholder":true,"num":0}`.
    public let attachments: [ByteBuffer]
    /// Answers the client, if it asked for an acknowledgement.
    public let acknowledgement: Acknowledgement?

    init(payload: EventPayload, attachments: [ByteBuffer], acknowledgement: Acknowledgement?) {
        self.payload = payload
        self.attachments = attachments
        self.acknowledgement = acknowledgement
    }

    /// The event's name.
    public var name: String { self.payload.name }
    /// The arguments.
    ///
    /// Walks all of them each time.
    public var arguments: [JSONValue] { self.payload.arguments }
    /// The first argument, or nothing.
    public var firstArgument: JSONValue? { self.payload.firstArgument }
    /// The arguments as they came in: JSON values joined by commas, ready to be sent on.
    public var rawArguments: ByteBuffer { self.payload.rawArguments }

    /// Decodes the arguments.
    ///
    /// `Data` and `ByteBuffer` arguments, and `Data` anywhere inside others, take the attachments. Missing arguments decode as
    /// `null`; further ones are ignored.
    /// - Throws: `DecodingError`.
    public func decode<each Argument: Decodable>(
        as types: repeat (each Argument).Type
    ) throws -> (repeat each Argument) {
        var decoder = ArgumentDecoder(self.arguments, attachments: self.attachments)
        return (repeat try decoder.next((each types)))
    }
}
