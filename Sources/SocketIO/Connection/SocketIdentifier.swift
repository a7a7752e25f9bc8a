// Licensed under the MIT licence.

import SocketIOCore

/// Makes socket ids: 20 characters of base64url, 120 random bits.
enum SocketIdentifier {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// A private id, with which a client asks for its state.
    static func randomPrivate() -> PrivateSessionID {
        var generator = SystemRandomNumberGenerator()
        return PrivateSessionID(random: (generator.next(), generator.next()))
    }

    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        var (first, second): (UInt64, UInt64) = (generator.next(), generator.next())
        return String(unsafeUninitializedCapacity: 20) { characters in
            for position in 0..<20 {
                if position < 10 {
                    characters[position] = Self.alphabet[Int(first & 63)]
                    first >>= 6
                } else {
                    characters[position] = Self.alphabet[Int(second & 63)]
                    second >>= 6
                }
            }
            return 20
        }
    }
}
