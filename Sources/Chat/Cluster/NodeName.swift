// Licensed under the MIT licence.

/// One node among those that share the chat, for as long as its lease lasts.
package struct NodeName: Hashable, Sendable {
    /// What the others call it; never used twice.
    package let string: String

    /// Names a node.
    package init(_ string: String) {
        self.string = string
    }
}
