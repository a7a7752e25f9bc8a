// Licensed under the MIT licence.

/// The private id of a recoverable session, the `pid` on the wire: 20 characters of base64url, 120 random bits.
///
/// Where logs share their sessions it begins with the name of the log that gave it out (`LogName`); 84 bits are random then.
/// Whoever knows it can take the session over, so descriptions and mirrors do not show it; ``encoded`` does.
public struct PrivateSessionID: Sendable, Hashable {
    /// How many characters an id has.
    public static let length = 20

    /// The characters as they stand on the wire.
    ///
    /// A credential: never log it.
    public let encoded: String

    /// Makes an id out of random bits.
    ///
    /// `random`: 128 bits from a cryptographically secure source; 120 of them are used.
    public init(random: (UInt64, UInt64)) {
        var (first, second) = random
        self.encoded = String(unsafeUninitializedCapacity: Self.length) { characters in
            for position in 0..<Self.length {
                if position < Self.length / 2 {
                    characters[position] = Self.alphabet[Int(first & 0x3f)]
                    first >>= 6
                } else {
                    characters[position] = Self.alphabet[Int(second & 0x3f)]
                    second >>= 6
                }
            }
            return Self.length
        }
    }

    /// Reads an id: exactly 20 characters of the base64url alphabet, anything else is `nil`.
    ///
    /// That it reads well does not mean that such a session exists.
    public init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
        self.encoded = text
    }

    /// For what is known to be one.
    init(unchecked text: String) {
        self.encoded = text
    }

    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}

extension PrivateSessionID: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `<private session id>`, whatever the id is.
    public var description: String { "<private session id>" }
    /// `<private session id>`, whatever the id is.
    public var debugDescription: String { self.description }
    /// Shows nothing, so that `dump` and test failures do not tell the id either.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
