// Licensed under the MIT licence.

import EngineIOCore

extension CORSOrigins {
    /// Reads `*`, or origins separated by commas: `https://chat.example, http://localhost:3000`.
    ///
    /// Origins are put into the form that browsers send: lower case, no port that is the scheme's own, no slash at the end.
    /// - Parameter list: The list; it has at least one entry.
    init?(list: String) {
        let entries = list.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        if entries == ["*"] {
            self = .any
            return
        }
        var origins: Set<String> = []
        for entry in entries {
            guard let origin = Self.origin(entry) else { return nil }
            origins.insert(origin)
        }
        guard !origins.isEmpty else { return nil }
        self = .only(origins)
    }

    private static func origin(_ entry: Substring) -> String? {
        var text = entry.lowercased()[...]
        if text.last == "/" { text.removeLast() }
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound]
        let authority = text[separator.upperBound...]
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        guard isPlain, scheme.first?.isLetter == true, scheme.utf8.allSatisfy(\.isSchemeByte) else { return nil }
        guard !authority.isEmpty, !authority.contains(where: { "/?#@*\\".contains($0) }) else { return nil }
        guard let colon = authority.lastIndex(of: ":"), authority.last != "]" else { return String(text) }
        let host = authority[..<colon]
        // More colons than one belong to an IPv6 address, which has brackets.
        guard !host.isEmpty, !host.contains(":") || host.first == "[" && host.last == "]" else { return nil }
        guard let port = UInt16(authority[authority.index(after: colon)...]) else { return nil }
        let isDefault = scheme == "https" && port == 443 || scheme == "http" && port == 80
        return isDefault ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }
}

extension UInt8 {
    /// RFC 3986 §3.1, in lower case.
    fileprivate var isSchemeByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}

extension Substring {
    /// The text without spaces and tabs around it.
    func trimmingSpaces() -> Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
