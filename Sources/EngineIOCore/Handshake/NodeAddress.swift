// Licensed under the MIT licence.

public import NIOCore

/// Where one of several processes that serve the same clients can be reached: 8 characters of base64url (RFC 4648 §5).
///
/// A process chooses a new one each time it starts, so an address never leads to another process. It stands in the ids of the sessions that
/// live there, hence clients know it; it opens nothing.
public struct NodeAddress: Sendable, Hashable {
    /// How many characters an address has.
    public static let length = 8

    /// The ASCII characters, the first one in the lowest byte.
    let characters: UInt64

    /// Makes an address out of random bits.
    ///
    /// - Parameter random: 48 of its bits are used.
    public init(random: UInt64) {
        var (random, characters) = (random, UInt64(0))
        for position in 0..<Self.length {
            characters |= UInt64(Base64URL.character(of: random)) << (position * 8)
            random >>= 6
        }
        self.characters = characters
    }

    /// Reads an address: exactly 8 characters of the base64url alphabet, anything else is `nil`.
    ///
    /// - Parameter text: The characters.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, let characters = Self.characters(text.utf8) else { return nil }
        self.characters = characters
    }

    /// Reads the characters of an address; nothing if one of them is no base64url.
    static func characters(_ bytes: some Sequence<UInt8>) -> UInt64? {
        var characters = UInt64(0)
        for (position, byte) in bytes.enumerated() {
            guard Base64URL.value(of: byte) != nil else { return nil }
            characters |= UInt64(byte) << (position * 8)
        }
        return characters
    }

    init(characters: UInt64) {
        self.characters = characters
    }

    /// The 8 characters.
    public var encoded: String {
        var buffer = ByteBuffer()
        self.write(into: &buffer)
        return String(buffer: buffer)
    }

    /// Appends the 8 characters.
    ///
    /// - Parameter buffer: Where to.
    public func write(into buffer: inout ByteBuffer) {
        buffer.writeInteger(self.characters, endianness: .little)
    }
}
