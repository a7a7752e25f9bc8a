// Licensed under the MIT licence.

/// What ids of rooms and users have in common: 1 to 128 bytes without control characters, otherwise anything.
package protocol Identifier: Hashable, Comparable, Sendable {
    /// The id as text.
    var text: ExactText { get }
    /// A hash of the text, made once: an id is looked up several times on its way. The seed is the process's own.
    var hash: UInt32 { get }

    /// Takes text that is known to keep to the rule.
    init(unchecked text: ExactText)
}

/// What keeps a text from being an identifier.
package enum IdentifierFlaw: Error, Equatable, Sendable {
    /// There is no text.
    case empty
    /// More than 128 bytes.
    case tooLong
    /// A control character: U+0000 to U+001F, or U+007F to U+009F.
    case control
}

/// The rule.
enum IdentifierRule {
    static let maximumBytes = 128

    static func check(_ string: String, maximumBytes: Int) throws(IdentifierFlaw) -> ExactText {
        var string = string
        guard !string.isEmpty else { throw .empty }
        guard string.utf8.count <= maximumBytes else { throw .tooLong }
        let (hasControl, isPlain) = string.withUTF8 { utf8 in
            let scan = TextScan(utf8)
            return (scan.hasControl, scan.isPlain)
        }
        if hasControl { throw .control }
        return ExactText(string, isPlain: isPlain)
    }
}

extension Identifier {
    /// Takes text if it keeps to the rule.
    package init(_ string: String) throws(IdentifierFlaw) {
        self.init(unchecked: try IdentifierRule.check(string, maximumBytes: IdentifierRule.maximumBytes))
    }

    /// The id as text.
    package var string: String { self.text.string }

    package static func == (left: Self, right: Self) -> Bool {
        left.hash == right.hash && left.text == right.text
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.hash) }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
