// Licensed under the MIT licence.

/// One extension that a client offers in `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
package struct WebSocketExtension: Equatable, Sendable {
    /// A parameter; `value` is `nil` when it has none, and without quotes otherwise.
    package struct Parameter: Equatable, Sendable {
        package var name: String
        package var value: String?
    }

    package var name: String
    package var parameters: [Parameter] = []

    /// Reads the values of all fields of that name, joined by commas.
    ///
    /// Returns `nil` if they do not follow the grammar, in which case the connection must fail (RFC 6455 §9.1). Empty elements
    /// of the list are passed over (RFC 9110 §5.6.1).
    package static func parse(_ text: String) -> [WebSocketExtension]? {
        var scanner = Scanner(rest: Substring(text).utf8)
        var extensions: [WebSocketExtension] = []
        while true {
            scanner.skipSpaces()
            if scanner.isAtEnd { return extensions }
            if scanner.take(",") { continue }
            guard let offered = scanner.takeExtension() else { return nil }
            extensions.append(offered)
            guard scanner.isAtEnd || scanner.take(",") else { return nil }
        }
    }
}

/// Takes tokens from the front of a header field's value.
private struct Scanner {
    var rest: Substring.UTF8View

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func skipSpaces() {
        self.rest = self.rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: character) else { return false }
        self.rest = self.rest.dropFirst()
        return true
    }

    mutating func takeToken() -> String? {
        let token = self.rest.prefix(while: \.isTokenByte)
        guard !token.isEmpty else { return nil }
        self.rest = self.rest[token.endIndex...]
        return String(Substring(token))
    }

    /// A quoted string whose content, unescaped, is a token.
    mutating func takeQuotedToken() -> String? {
        var bytes: [UInt8] = []
        while let byte = self.rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = self.rest.popFirst(), escaped.isTokenByte else { return nil }
                bytes.append(escaped)
            default:
                guard byte.isTokenByte else { return nil }
                bytes.append(byte)
            }
        }
        return nil
    }

    mutating func takeExtension() -> WebSocketExtension? {
        guard let name = self.takeToken() else { return nil }
        var offered = WebSocketExtension(name: name)
        self.skipSpaces()
        while self.take(";") {
            self.skipSpaces()
            guard let name = self.takeToken() else { return nil }
            var parameter = WebSocketExtension.Parameter(name: name)
            self.skipSpaces()
            if self.take("=") {
                self.skipSpaces()
                guard let value = self.take("\"") ? self.takeQuotedToken() : self.takeToken() else { return nil }
                parameter.value = value
                self.skipSpaces()
            }
            offered.parameters.append(parameter)
        }
        return offered
    }
}

extension UInt8 {
    /// Whether a byte may stand in a token (RFC 9110 §5.6.2).
    package var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
