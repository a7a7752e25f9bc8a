// Licensed under the MIT licence.

/// Makes socket ids: 20 characters of base64url, 120 random bits.
enum SocketIdentifier {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

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
