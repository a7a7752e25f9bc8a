// Licensed under the MIT licence.

/// The text of an identifier, compared by its bytes.
///
/// Swift's `String` calls two Unicode spellings of `é` equal. Identifiers that differ on the wire must differ here too, or
/// one user could be taken for another; so equality, hash and order look at UTF-8 bytes alone (which is also the order of
/// Unicode scalars).
package struct IdentifierText: Hashable, Comparable, Sendable {
    /// The longest identifier, in UTF-8 bytes.
    package static let maximumBytes = 128

    /// What keeps a text from being an identifier.
    package enum Flaw: Error, Equatable, Sendable {
        /// There is no text.
        case empty
        /// More than ``IdentifierText/maximumBytes``.
        case tooLong
        /// A control character: U+0000 to U+001F, or U+007F to U+009F.
        case control
    }

    /// The text.
    package let string: String

    /// Takes any text that is not empty, not too long and free of control characters.
    package init(_ string: String) throws(Flaw) {
        var string = string
        if let flaw = string.withUTF8({ Self.flaw(in: $0, maximumBytes: Self.maximumBytes) }) { throw flaw }
        self.string = string
    }

    package static func == (left: Self, right: Self) -> Bool {
        var left = left.string
        var right = right.string
        return left.withUTF8 { left in right.withUTF8 { right in left.elementsEqual(right) } }
    }

    package static func < (left: Self, right: Self) -> Bool {
        var left = left.string
        var right = right.string
        return left.withUTF8 { left in right.withUTF8 { right in left.lexicographicallyPrecedes(right) } }
    }

    package func hash(into hasher: inout Hasher) {
        var string = self.string
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// The first thing that is wrong with well-formed UTF-8 as an identifier or name of at most `maximumBytes`.
    static func flaw(in bytes: UnsafeBufferPointer<UInt8>, maximumBytes: Int) -> Flaw? {
        guard !bytes.isEmpty else { return .empty }
        guard bytes.count <= maximumBytes else { return .tooLong }
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7f { return .control }
            // U+0080 to U+009F are C2 80 to C2 9F; C2 starts no other sequence with such a second byte.
            if previous == 0xc2, byte < 0xa0 { return .control }
            previous = byte
        }
        return nil
    }
}
