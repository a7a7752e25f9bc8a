// Licensed under the MIT licence.

/// Random names of nodes.
enum RandomName {
    private static let characters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    /// Letters and digits, as the reference makes them (`uid2`).
    static func make(_ count: Int) -> String {
        String((0..<count).compactMap { _ in self.characters.randomElement() })
    }

    /// Hexadecimal digits, as the reference makes them (`randomId`).
    static func makeHexadecimal(_ count: Int) -> String {
        String((0..<count).compactMap { _ in "0123456789abcdef".randomElement() })
    }
}
