// Licensed under the MIT licence.

/// Why received bytes are not RESP, or more than the limits allow.
///
/// The connection is closed then, since nobody can tell where the next reply begins.
public enum RESPDecodingError: Error, Sendable, Hashable {
    /// The first byte of a value is none of RESP2 or RESP3.
    case unknownType(UInt8)
    /// A line does not end in CR LF, or a string is not followed by it.
    case missingTerminator
    /// An integer or a length is no number, or one that does not fit.
    case malformedInteger
    /// A length is negative where no null may be.
    case negativeLength
    /// A floating point number is none.
    case malformedDouble
    /// A truth value is neither `t` nor `f`.
    case malformedBoolean
    /// A null is not empty.
    case malformedNull
    /// A big number has other signs than digits.
    case malformedBigNumber
    /// A verbatim string has no format of three letters.
    case malformedVerbatimString
    /// A string or aggregate of unknown length (`$?`, `*?`), which Redis does not send.
    case streamedValue
    /// Longer than ``RESPLimits/maximumLineBytes``.
    case lineTooLong
    /// More bytes than ``RESPLimits/maximumReplyBytes``.
    case replyTooLarge
    /// More nesting than ``RESPLimits/maximumDepth``.
    case tooDeep
    /// More values than ``RESPLimits/maximumElements``.
    case tooManyElements
}
