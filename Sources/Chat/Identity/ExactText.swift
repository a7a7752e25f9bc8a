// Licensed under the MIT licence.

/// Text that is compared by its bytes, and knows whether JSON can have it as it is.
///
/// Swift's `String` calls two Unicode spellings of `é` equal. Identifiers that differ on the wire must differ here too, or
/// one user could be taken for another; so equality, hash and order look at UTF-8 bytes alone (which is also the order of
/// Unicode scalars).
package struct ExactText: Hashable, Comparable, Sendable {
    /// The text.
    package let string: String
    /// Whether nothing in it has to be escaped in JSON.
    let isPlain: Bool

    /// Any text.
    package init(_ string: String) {
        var string = string
        self.isPlain = string.withUTF8 { TextScan($0).isPlain }
        self.string = string
    }

    /// Text that has been looked at.
    init(_ string: String, isPlain: Bool) {
        self.string = string
        self.isPlain = isPlain
    }

    /// A hash that is the same as long as the process lives.
    var hash32: UInt32 { UInt32(truncatingIfNeeded: self.hashValue) }

    /// The length in UTF-8 bytes.
    package var utf8Count: Int { self.string.utf8.count }

    package static func == (left: Self, right: Self) -> Bool {
        if left.isSameStorage(as: right) { return true }
        guard left.utf8Count == right.utf8Count else { return false }
        var left = left.string
        var right = right.string
        return left.withUTF8 { left in right.withUTF8 { right in TextScan.areEqual(left, right) } }
    }

    package static func < (left: Self, right: Self) -> Bool {
        var left = left.string
        var right = right.string
        return left.withUTF8 { left in right.withUTF8 { right in left.lexicographicallyPrecedes(right) } }
    }

    /// Whether both are copies of one string, which is what nearly all that are equal are.
    ///
    /// Sound because a `String` is two words without padding: equal words are the same short text or the same storage read
    /// from the same place for the same length. Unequal words say nothing.
    private func isSameStorage(as other: Self) -> Bool {
        unsafeBitCast(self.string, to: SIMD2<UInt>.self) == unsafeBitCast(other.string, to: SIMD2<UInt>.self)
    }

    package func hash(into hasher: inout Hasher) {
        var string = self.string
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
