// Licensed under the MIT licence.

/// The id of a user: 1 to 128 bytes without control characters, otherwise anything.
package struct UserID: Identifier {
    package let text: ExactText
    package let hash: UInt32

    package init(unchecked text: ExactText) {
        self.text = text
        self.hash = text.hash32
    }

    /// Who speaks when the server posts in its own name.
    package static let system = UserID(unchecked: ExactText("system"))
}
