// Licensed under the MIT licence.

/// Why bytes are not one JSON value, and where.
///
/// It names no byte of the input, so it may be logged or sent to the peer.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Code: UInt8, Equatable, Sendable {
        /// The bytes end inside a value, or hold none.
        case end
        /// A byte that cannot start a value, a key, or follow one (RFC 8259 §2).
        case syntax
        /// A word that is not `true`, `false` or `null` (RFC 8259 §3).
        case literal
        /// A number with a leading zero, or without a digit where one is due (RFC 8259 §6).
        case number
        /// A backslash followed by anything RFC 8259 §7 does not list.
        case escape
        /// A bare byte below 0x20 inside a string (RFC 8259 §7).
        case control
        /// Ill-formed UTF-8, overlong forms, surrogates and code points over U+10FFFF included (RFC 3629 §3).
        case utf8
        /// Arrays and objects nested deeper than the caller allows.
        case depth
        /// Anything but white space after the value.
        case trailing
    }

    /// What is wrong.
    public var code: Code

    /// The byte at which it shows, counted from the first readable byte; for ``Code/end`` the number of bytes given.
    public var offset: Int

    /// Makes an error of `code` at `offset`.
    public init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// The code and the offset, such as `depth at byte 64`.
    public var description: String { "\(self.code) at byte \(self.offset)" }
}
