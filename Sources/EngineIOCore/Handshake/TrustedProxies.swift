// Licensed under the MIT licence.

/// The proxies whose word on where a request came from counts.
///
/// Each proxy adds the address it was connected from at the end of a header field. As long as that is the address of a
/// proxy in ``networks`` the one before it is believed, and the first that is none is the client's: whatever stands further to the left
/// was written by the client itself. A value that is no address ends the walk at the proxy that passed it on.
///
/// ```swift
/// options.trustedProxies = TrustedProxies([NetworkRange("10.0.0.0/8"), NetworkRange("::1")].compactMap(\.self))
/// ```
public struct TrustedProxies: Sendable, Hashable {
    /// The header fields that the proxies write.
    ///
    /// Only these are read: a client may send the others, and a proxy that does not know them lets them pass.
    public enum Fields: Sendable, Hashable {
        /// `X-Forwarded-For` and `X-Forwarded-Proto`, which most proxies write.
        case xForwarded
        /// `Forwarded` (RFC 7239).
        case forwarded
    }

    /// The networks that the proxies' addresses are in.
    public var networks: [NetworkRange]
    /// The header fields that the proxies write.
    public var fields: Fields

    /// Creates a list.
    public init(_ networks: [NetworkRange], fields: Fields = .xForwarded) {
        self.networks = networks
        self.fields = fields
    }

    /// None: the address is the direct peer's, and header fields are not read.
    public static let none = TrustedProxies([])

    /// Proxies on this machine and in private networks: loopback, link-local (RFC 3927, RFC 4291 §2.5.6), private (RFC
    /// 1918) and unique local addresses (RFC 4193).
    public static let privateNetworks = TrustedProxies(
        [
            "127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
            "fc00::/7",
        ].compactMap(NetworkRange.init)
    )

    /// Where a request came from.
    package struct Origin: Equatable, Sendable {
        /// The client's address, without port or brackets.
        package var address: String
        /// Whether the client's connection was encrypted.
        package var isSecure: Bool

        package init(address: String, isSecure: Bool) {
            self.address = address
            self.isSecure = isSecure
        }
    }

    /// Works out where a request came from.
    ///
    /// `peer`: the direct peer's address, empty if it has none. `isSecure`: whether its connection is encrypted, which counts unless a proxy
    /// says what the client's is. `values`: gives all values of a header field, whose name is in lower
    /// case, in the order of the request.
    package func origin(peer: String, isSecure: Bool = false, values: (String) -> [String]) -> Origin {
        guard !self.networks.isEmpty, let address = IPAddress(peer), self.trusts(address) else {
            return Origin(address: peer, isSecure: isSecure)
        }
        switch self.fields {
        case .xForwarded:
            let hops = Self.elements(values("x-forwarded-for")).map { Hop(address: Self.address($0)) }
            let (client, index) = self.client(address, hops)
            let protocols = Self.elements(values("x-forwarded-proto"))
            // One for each hop, or one that the nearest proxy vouches for.
            let isAligned = protocols.count == hops.count && index != nil
            let said = isAligned ? index.map { protocols[$0] } : protocols.last
            return Origin(address: client.description, isSecure: said.map { $0.lowercased() == "https" } ?? isSecure)
        case .forwarded:
            let hops = values("forwarded").flatMap(Self.forwardedElements)
            let (client, index) = self.client(address, hops)
            // A client that is hidden has told its proxy all the same.
            let said = (index ?? hops.indices.last).flatMap { hops[$0].isSecure }
            return Origin(address: client.description, isSecure: said ?? isSecure)
        }
    }

    private struct Hop {
        var address: IPAddress?
        /// Nothing if it was not said.
        var isSecure: Bool?
    }

    /// Whether an address is that of a proxy.
    package func trusts(_ address: IPAddress) -> Bool {
        self.networks.contains { $0.contains(address) }
    }

    /// The nearest address that is no proxy's, or the farthest that is known; and the hop that named it.
    private func client(_ peer: IPAddress, _ hops: [Hop]) -> (IPAddress, Int?) {
        var client = peer
        var index: Int?
        for position in hops.indices.reversed() {
            guard let address = hops[position].address else { break }
            (client, index) = (address, position)
            guard self.trusts(address) else { break }
        }
        return (client, index)
    }
}

extension TrustedProxies {
    /// The elements of a list, empty ones included: each stands for a hop.
    private static func elements(_ values: [String]) -> [Substring] {
        values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map(self.trimmed)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
    private static func address(_ text: Substring) -> IPAddress? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" && Self.isPort(rest.dropFirst()) else { return nil }
            let inside = text[text.index(after: text.startIndex)..<end]
            return inside.contains(":") ? IPAddress(inside) : nil
        }
        if let address = IPAddress(text) { return address }
        guard let colon = text.lastIndex(of: ":"), Self.isPort(text[text.index(after: colon)...]) else { return nil }
        let host = text[..<colon]
        return host.contains(":") ? nil : IPAddress(host)
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// RFC 7239 §4: elements of `name=value` pairs, whose values may be quoted.
    private static func forwardedElements(_ value: String) -> [Hop] {
        self.split(value[...], at: ",").map { element in
            var hop = Hop()
            for pair in self.split(element, at: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(self.trimmed)
                guard parts.count == 2 else { continue }
                let value = self.unquoted(parts[1])
                switch parts[0].lowercased() {
                case "for": hop.address = self.address(value[...])
                case "proto": hop.isSecure = value.lowercased() == "https"
                default: break
                }
            }
            return hop
        }
    }

    /// Splits outside of quotes.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            switch text[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case separator where !isQuoted:
                parts.append(self.trimmed(text[start..<index]))
                start = text.index(after: index)
            default: break
            }
        }
        return parts + [self.trimmed(text[start...])]
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                isEscaped = false
                result.append(character)
            }
        }
        return result
    }
}
