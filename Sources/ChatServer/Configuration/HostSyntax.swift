// Licensed under the MIT licence.

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What may name a machine, in settings.
enum HostSyntax {
    /// Whether a text is an address, or could be the name of a machine; nobody is asked whether there is one of that name.
    static func isValid(_ text: String) -> Bool {
        guard (1...255).contains(text.utf8.count) else { return false }
        // A dot at the end says that the name is whole (RFC 1034 §3.1).
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isNumeric = labels.last?.utf8.allSatisfy { self.digits.contains($0) } ?? false
        // What ends in a number is an address or nothing (RFC 1123 §2.1).
        if isNumeric || text.utf8.contains(UInt8(ascii: ":")) { return self.isAddress(text) }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.allSatisfy(self.isOfName) && label.utf8.first != self.dash
        }
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    private static let dash = UInt8(ascii: "-")

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case self.digits, UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case self.dash, UInt8(ascii: "_"): true
        default: false
        }
    }

    /// By the resolver that will be asked in the end, told not to ask others.
    private static func isAddress(_ text: String) -> Bool {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(text, nil, &hints, &found) == 0 else { return false }
        freeaddrinfo(found)
        return true
    }
}
