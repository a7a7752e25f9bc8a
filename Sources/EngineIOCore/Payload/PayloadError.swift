// Licensed under the MIT licence.

/// Why the body of a polling request is not a payload.
///
/// Each of these is the peer's fault and ends the session.
public enum PayloadError: Error, Sendable, Hashable {
    /// There is nothing in the body.
    case empty
    /// The body has more bytes than a payload may have.
    case tooLong(maximumBytes: Int)
    /// The body has more packets than a payload may have.
    case tooManyPackets(maximum: Int)
    /// Text is not UTF-8.
    case invalidUTF8
    /// A length has other bytes than digits, no digit at all, or too many digits (Engine.IO 3).
    case invalidLength
    /// A length is not followed by `:`, or by 0xff in a binary payload (Engine.IO 3).
    case lengthNotTerminated
    /// A packet is shorter than its length says (Engine.IO 3).
    case lengthBeyondBody
    /// A length ends between the two UTF-16 code units of one character (Engine.IO 3).
    case lengthCutsCharacter
    /// A packet of a binary payload begins with this byte instead of 0x00 or 0x01 (Engine.IO 3).
    case unknownPacketKind(UInt8)
    /// An `application/octet-stream` body, which Engine.IO 4 does not have.
    case binaryBodyNotAllowed
    /// One of the packets is none.
    case packet(PacketError)
}
