// Licensed under the MIT licence.

internal import NIOCore

/// The server that is to be measured: `http://127.0.0.1:8080/socket.io/`.
struct TargetURL: Sendable, Equatable {
    var host: String
    var port: Int
    /// With a slash at both ends; `/socket.io/` when the URL has no path.
    var path: String

    /// Reads an `http` or `ws` URL without user, query or fragment; anything else is `nil`.
    init?(_ text: String) {
        guard let scheme = ["http://", "ws://"].first(where: { text.lowercased().hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let path = rest[slash...]
        guard !text.contains(where: { " ?#@\r\n".contains($0) }) else { return nil }
        guard let (host, port) = Self.split(authority), !host.isEmpty, (1...65_535).contains(port) else { return nil }
        self.host = host
        self.port = port
        self.path = path.count <= 1 ? "/socket.io/" : (path.hasSuffix("/") ? String(path) : "\(path)/")
    }

    /// What goes into the `Host` header.
    var authority: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    /// The first address of the host.
    ///
    /// Blocks for a look-up of names.
    func resolve() throws -> SocketAddress {
        try SocketAddress.makeAddressResolvingHost(self.host, port: self.port)
    }

    private static func split(_ authority: Substring) -> (String, Int)? {
        let defaultPort = 80
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            let host = String(authority[authority.index(after: authority.startIndex)..<bracket])
            let rest = authority[authority.index(after: bracket)...]
            if rest.isEmpty { return (host, defaultPort) }
            guard rest.hasPrefix(":"), let port = Int(rest.dropFirst()) else { return nil }
            return (host, port)
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (String(parts[0]), defaultPort)
        case 2: return Int(parts[1]).map { (String(parts[0]), $0) }
        default: return nil
        }
    }
}

extension SocketAddress {
    /// 127.0.0.0/8 or ::1.
    ///
    /// The load tool goes nowhere else unless told so.
    var isLoopback: Bool {
        guard let text = self.ipAddress else { return false }
        return text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.")
    }
}
