// Licensed under the MIT licence.

public import NIOCore
public import WireJSON

/// One Socket.IO packet, decoded or about to be encoded.
///
/// The payload stays the bytes that came in, checked but not parsed into a tree; binary attachments stay apart from it,
/// and the payload refers to them by placeholders (`{"_placeholder":true,"num":0}`).
///
/// Source: Socket.IO protocol v5, "Packet encoding"; Socket.IO protocol v4, "Packet format".
public struct SocketIOPacket: Sendable, Equatable {
    /// The type of a packet; the raw value is the digit on the wire.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// Asks for, or grants, access to a namespace: `0`.
        case connect = 0
        /// Leaves a namespace, or is thrown out of it: `1`.
        case disconnect = 1
        /// An event without attachments: `2`.
        case event = 2
        /// The answer to an event, without attachments: `3`.
        case ack = 3
        /// Refuses access to a namespace: `4` (called ERROR in Socket.IO protocol v4).
        case connectError = 4
        /// An event with attachments: `5`.
        case binaryEvent = 5
        /// The answer to an event, with attachments: `6`.
        case binaryAck = 6

        /// Whether attachments follow a packet of this type.
        public var isBinary: Bool { self == .binaryEvent || self == .binaryAck }
    }

    /// The namespace that a packet without one belongs to.
    public static var mainNamespace: String { "/" }

    /// The type.
    public var kind: Kind
    /// The namespace, beginning with a slash; `/` when the wire names none.
    public var namespace: String
    /// What follows the `?` of the namespace in a CONNECT of Engine.IO 3 (`token=abc&uid=1`), not yet percent-decoded;
    /// `nil` without `?`.
    public var connectQuery: String?
    /// The number that the receiver of an event answers with, or that an acknowledgement answers.
    public var ackID: UInt64?
    /// The JSON payload: `["name", …]` of an event, `[…]` of an acknowledgement, the object of a CONNECT or
    /// CONNECT_ERROR.
    public var payload: JSONValue?
    /// The binary attachments, in the order of their placeholders' numbers.
    public var attachments: [ByteBuffer]

    /// Makes a packet of its parts; nothing is checked.
    public init(
        kind: Kind,
        namespace: String = SocketIOPacket.mainNamespace,
        connectQuery: String? = nil,
        ackID: UInt64? = nil,
        payload: JSONValue? = nil,
        attachments: [ByteBuffer] = []
    ) {
        self.kind = kind
        self.namespace = namespace
        self.connectQuery = connectQuery
        self.ackID = ackID
        self.payload = payload
        self.attachments = attachments
    }
}
