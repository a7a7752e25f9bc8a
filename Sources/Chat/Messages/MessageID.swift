// Licensed under the MIT licence.

/// The id of a message: opaque to everyone; ours are 9 letters and digits or more.
package struct MessageID: Hashable, Sendable {
    /// The id as text.
    package let string: String

    /// An id made by ``MessageIDGenerator``, or read from a store.
    package init(_ string: String) {
        self.string = string
    }
}
