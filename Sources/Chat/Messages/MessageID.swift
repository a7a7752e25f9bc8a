// Licensed under the MIT licence.

/// The id of a message: opaque to everyone; ours are 9 letters and digits or more.
package struct MessageID: Hashable, Sendable {
    let text: ExactText

    /// The id as text.
    package var string: String { self.text.string }

    /// An id as a store kept it.
    package init(_ string: String) {
        self.text = ExactText(string)
    }

    /// An id without anything to escape.
    init(plain string: String) {
        self.text = ExactText(string, isPlain: true)
    }
}
