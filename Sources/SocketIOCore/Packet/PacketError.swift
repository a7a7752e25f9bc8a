// Licensed under the MIT licence.

public import WireJSON

/// Why bytes are not a packet.
///
/// Each is a violation of the protocol by the peer, after which its connection must end.
///
/// Source: Socket.IO protocol v5, "Exchange protocol"; what the text leaves open follows socket.io-parser 4.2.6 or is
/// stricter, as said.
public enum PacketError: Error, Equatable, Sendable {
    /// A packet without any byte.
    case empty
    /// The first byte is none of the digits `0` to `6`.
    case unknownType(UInt8)

    /// A binary packet whose attachment count is missing, not followed by `-`, zero, or anything but digits.
    case invalidAttachmentCount
    /// More attachments announced than ``SocketIOLimits/maximumAttachments``.
    case tooManyAttachments
    /// The attachments together exceed ``SocketIOLimits/maximumAttachmentBytes``.
    case attachmentsTooLarge
    /// A placeholder without a number, or with one that no announced attachment has.
    case invalidPlaceholder
    /// Two placeholders for one attachment; stricter than the reference, which lets one attachment be repeated without
    /// end.
    case repeatedPlaceholder
    /// A text, while attachments are still due.
    case textInsteadOfAttachment
    /// Binary data that no packet announced.
    case unexpectedBinary

    /// A namespace that is not UTF-8, or in MessagePack, where it could be anything, not a text that begins with a slash
    /// and has no comma.
    case invalidNamespace
    /// A namespace beyond ``SocketIOLimits/maximumNamespaceBytes``.
    case namespaceTooLong

    /// An acknowledgement id of more digits than ``SocketIOLimits/maximumAckDigits``.
    case ackIDTooLong
    /// An acknowledgement that does not say what it answers; the reference ignores these.
    case missingAckID
    /// An id on a packet that nobody can acknowledge; the reference ignores these.
    case unexpectedAckID

    /// An acknowledgement id that is no whole number, or negative; in JSON such a thing is part of the payload.
    case invalidAckID

    /// A packet that is not one MessagePack map, or holds anything that has no place in JSON.
    case invalidMessagePack(MessagePackError)
    /// A MessagePack packet without a whole number for its type.
    case invalidType
    /// A text where packets are binary: see ``Parser/messagePack``.
    case unexpectedText

    /// A payload that is not JSON, or nests beyond ``SocketIOLimits/maximumDepth``.
    case invalidJSON(JSONError)
    /// An event, acknowledgement or refusal without payload.
    case missingPayload
    /// A payload where none belongs.
    case unexpectedPayload
    /// A payload of the wrong kind: an array belongs to events and acknowledgements, an object to CONNECT, an object or
    /// string to CONNECT_ERROR.
    case invalidPayload

    /// An event whose array is empty or begins with anything but a string or a number.
    case invalidEventName
    /// An event name beyond ``SocketIOLimits/maximumEventNameBytes``.
    case eventNameTooLong
    /// An event named as only the libraries themselves may name one: see ``EventPayload/reservedNames``.
    case reservedEventName

    /// Whether this is a limit of ours that was reached, rather than a broken packet: for counting how often limits
    /// bite.
    public var isLimit: Bool {
        switch self {
        case .tooManyAttachments, .attachmentsTooLarge, .namespaceTooLong, .ackIDTooLong, .eventNameTooLong:
            true
        case .invalidJSON(let error):
            error.code == .depth
        case .invalidMessagePack(let error):
            error.code == .depth
        case .empty, .unknownType, .invalidType, .unexpectedText, .invalidAckID, .invalidAttachmentCount,
            .invalidPlaceholder, .repeatedPlaceholder,
            .textInsteadOfAttachment, .unexpectedBinary, .invalidNamespace, .missingAckID, .unexpectedAckID,
            .missingPayload, .unexpectedPayload, .invalidPayload, .invalidEventName, .reservedEventName:
            false
        }
    }
}
