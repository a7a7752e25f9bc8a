// Licensed under the MIT licence.

/// The id of a user: 1 to 128 bytes without control characters, otherwise anything.
package struct UserID: Hashable, Comparable, Sendable {
    private let text: IdentifierText

    /// The id as text.
    package var string: String { self.text.string }

    /// Takes an id that keeps to the rule above.
    package init(_ string: String) throws(IdentifierText.Flaw) {
        self.text = try IdentifierText(string)
    }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
