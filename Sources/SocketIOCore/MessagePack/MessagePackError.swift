// Licensed under the MIT licence.

/// Why bytes are not MessagePack that we take, and where.
///
/// It names no byte of the input, so it may be logged or sent to the peer.
public struct MessagePackError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Code: UInt8, Equatable, Sendable {
        /// The bytes end inside a value, or a length or count is greater than what is left can hold.
        case end
        /// The byte 0xc1, which starts no value.
        case reserved
        /// A string that is not well-formed UTF-8 (RFC 3629 §3).
        case utf8
        /// Arrays and maps nested deeper than the caller allows.
        case depth
        /// A map's key that is neither a string nor an integer.
        case key
        /// A timestamp of a length that timestamps do not have, or of a billion nanoseconds and more.
        case timestamp
        /// A value of a kind that the caller does not take here.
        case kind
        /// Anything after the value.
        case trailing
    }

    /// What is wrong.
    public var code: Code

    /// The first byte of the value in which it shows, counted from the first readable byte.
    public var offset: Int

    /// Makes an error of `code` at `offset`.
    public init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }
}

extension MessagePackError: CustomStringConvertible {
    /// The code and the offset, such as `depth at byte 64`.
    public var description: String { "\(self.code) at byte \(self.offset)" }
}
