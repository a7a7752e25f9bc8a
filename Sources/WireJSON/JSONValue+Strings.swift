// Licensed under the MIT licence.

import NIOCore

extension JSONValue {
    /// The text of a string with its escapes decoded; nil if this is not a string.
    ///
    /// An escaped half of a surrogate pair without its other half becomes U+FFFD.
    public var stringValue: String? {
        self.withText { text in
            if let literal = text.literal { return String(decoding: literal.buffer, as: UTF8.self) }
            var text = text
            var result = ""
            while let piece = text.next() {
                switch piece {
                case .run(let run): result += String(decoding: run.buffer, as: UTF8.self)
                case .scalar(let scalar): result.unicodeScalars.append(scalar)
                }
            }
            return result
        }
    }

    /// Whether this is a string whose text, decoded, has the bytes of `expected`.
    ///
    /// Allocates nothing.
    public func isString(_ expected: String) -> Bool {
        self.withText { $0.equals(expected) } ?? false
    }

    /// How many Unicode scalars the decoded text has, counted without building it; nil if this is not a string.
    ///
    /// `"é"`, `"\u00e9"` and `"\ud83d\ude00"` have one each.
    public var unicodeScalarCount: Int? { self.withText { $0.scalarCount } }

    /// How many bytes the decoded text takes as UTF-8, counted without building it; nil if this is not a string.
    public var stringUTF8Count: Int? {
        self.withText { text in
            if let literal = text.literal { return literal.count }
            var text = text
            var count = 0
            while let piece = text.next() {
                switch piece {
                case .run(let run): count &+= run.count
                case .scalar(let scalar): count &+= UTF8.width(scalar)
                }
            }
            return count
        }
    }

    /// Whether this is a string of at most so many Unicode scalars, decoded.
    ///
    /// Counts only when its bytes are more.
    public func isString(maximumUnicodeScalars maximum: Int) -> Bool {
        self.kind == .string && (self.bytes.readableBytes &- 2 <= maximum || self.unicodeScalarCount ?? 0 <= maximum)
    }

    /// Whether this is a string of at most so many bytes of UTF-8, decoded.
    ///
    /// Counts only when its own bytes are more.
    public func isString(maximumUTF8Bytes maximum: Int) -> Bool {
        self.kind == .string && (self.bytes.readableBytes &- 2 <= maximum || self.stringUTF8Count ?? 0 <= maximum)
    }

    /// Whether this is a string whose decoded text is empty or all white space (Unicode's White_Space property).
    ///
    /// U+200B ZERO WIDTH SPACE and U+FEFF are not white space by that property.
    public var isBlankString: Bool { self.withText { $0.isBlank } ?? false }

    /// Calls `body` with the text if this is a string.
    @inline(__always)
    private func withText<Result>(_ body: (JSONText) -> Result) -> Result? {
        guard self.kind == .string else { return nil }
        return self.bytes.withUnsafeReadableBytes { body(JSONText(RawBytes($0), quoted: 0..<$0.count)) }
    }
}
