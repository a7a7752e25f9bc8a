// Licensed under the MIT licence.

/// A way of compressing an HTTP body (RFC 9110 §8.4.1).
package enum ContentCoding: String, Sendable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// The zlib format (RFC 1950), whatever the name says.
    case deflate

    /// What a client likes best, or `nil` if nothing is to be compressed (RFC 9110 §12.5.3).
    ///
    /// Of two that it likes equally it gets gzip. An element that is against the grammar counts for nothing.
    /// - Parameter accepted: The values of all `Accept-Encoding` fields, joined by commas.
    package init?(accepted: String) {
        var weights: [Self: Int] = [:]
        var anyWeight: Int?
        var identityWeight = 0
        for element in accepted.utf8.split(separator: UInt8(ascii: ",")) {
            guard let (name, weight) = Self.read(element) else { continue }
            switch name {
            case "gzip", "x-gzip": weights[.gzip] = weight
            case "deflate": weights[.deflate] = weight
            case "*": anyWeight = weight
            case "identity": identityWeight = weight
            default: break
            }
        }
        var best: (coding: Self, weight: Int)?
        for coding in Self.allCases {
            let weight = weights[coding] ?? anyWeight ?? 0
            if weight > best?.weight ?? 0 { best = (coding, weight) }
        }
        guard let best, best.weight >= identityWeight else { return nil }
        self = best.coding
    }

    /// A name in lower case, and its weight in thousandths.
    private static func read(_ element: Substring.UTF8View) -> (name: String, weight: Int)? {
        let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(self.trimmed)
        guard let name = parts.first, !name.isEmpty, name.allSatisfy(\.isTokenByte) else { return nil }
        let lowercased = String(Substring(name)).lowercased()
        guard parts.count > 1 else { return (lowercased, 1000) }
        guard parts.count == 2, let weight = self.weight(parts[1]) else { return nil }
        return (lowercased, weight)
    }

    /// `q=0.5` in thousandths (RFC 9110 §12.4.2).
    private static func weight(_ text: Substring.UTF8View) -> Int? {
        let pair = text.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false).map(self.trimmed)
        guard pair.count == 2, pair[0].elementsEqual("q".utf8) || pair[0].elementsEqual("Q".utf8) else { return nil }
        let digits = pair[1]
        guard let whole = digits.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1") else { return nil }
        guard digits.count > 1 else { return whole == UInt8(ascii: "1") ? 1000 : 0 }
        let fraction = digits.dropFirst(2)
        guard digits.dropFirst().first == UInt8(ascii: "."), fraction.count <= 3 else { return nil }
        var weight = whole == UInt8(ascii: "1") ? 1000 : 0
        var place = 100
        for digit in fraction {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            weight += Int(digit - UInt8(ascii: "0")) * place
            place /= 10
        }
        return weight <= 1000 ? weight : nil
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while text.last == UInt8(ascii: " ") || text.last == UInt8(ascii: "\t") { text = text.dropLast() }
        return text
    }
}
