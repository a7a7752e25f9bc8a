// Licensed under the MIT licence.

/// Which names a ``ParentNamespace`` stands for: `/tenant-*` stands for `/tenant-1` and `/tenant-north`, not for `/tenant-1/x`.
///
/// A star stands for one or more characters other than a slash. Matching takes time in proportion to the name, whatever a client
/// makes of it; what stars cannot say, a predicate can.
public struct NamespacePattern: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The pattern as it was written, a slash in front.
    public let text: String
    private let bytes: [UInt8]

    /// Creates a pattern.
    public init(_ text: String) {
        let text = text.hasPrefix("/") ? text : "/" + text
        self.text = text
        self.bytes = Array(text.utf8)
    }

    /// Creates a pattern.
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// Whether a name matches as a whole.
    public func matches(_ name: String) -> Bool {
        // The states are the places in the pattern, all of them tried at once: no backtracking, so no bad names.
        let star = UInt8(ascii: "*")
        let slash = UInt8(ascii: "/")
        var states: Set<Int> = [0]
        for byte in name.utf8 {
            var next: Set<Int> = []
            for state in states {
                // A star that has its first character may take more.
                if state > 0, self.bytes[state - 1] == star, byte != slash { next.insert(state) }
                guard state < self.bytes.count else { continue }
                let isTaken = self.bytes[state] == star ? byte != slash : byte == self.bytes[state]
                if isTaken { next.insert(state + 1) }
            }
            states = next
            if states.isEmpty { return false }
        }
        return states.contains(self.bytes.count)
    }
}
