// Licensed under the MIT licence.

/// What tells one request from another in logs: a client's own (`X-Request-Id`), or one that the server makes.
package struct CorrelationID: Equatable, Sendable {
    /// The header field that has it, in requests and in answers.
    package static let fieldName = "X-Request-Id"
    private static let maximumLength = 64

    package let text: String

    /// One of the server's own: sixteen hexadecimal digits.
    package init(number: UInt64) {
        let digits = String(number, radix: 16)
        self.text = String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A client's own: 1 to 64 letters, digits, and `.`, `_`, `-`; nothing if the text is none, and may hold anything.
    package init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy(\.isIDByte) else { return nil }
        self.text = text
    }

    /// The client's own that is among header fields.
    package init?(_ headers: HeaderBlock) {
        guard let text = headers[Self.fieldName] else { return nil }
        self.init(text)
    }
}

extension UInt8 {
    fileprivate var isIDByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
