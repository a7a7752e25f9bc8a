// Licensed under the MIT licence.

/// The name of a chat room: 1 to 128 bytes without control characters, otherwise anything.
///
/// `status:x`, `a#b`, `{slot}` and `../` are rooms like any other: what the server keeps for itself lives in another realm
/// and cannot be named by a client, so no spelling needs to be forbidden.
package struct RoomID: Hashable, Comparable, Sendable {
    private let text: IdentifierText

    /// The name as text.
    package var string: String { self.text.string }

    /// Takes a name that keeps to the rule above.
    package init(_ string: String) throws(IdentifierText.Flaw) {
        self.text = try IdentifierText(string)
    }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
