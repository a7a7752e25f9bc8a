// Licensed under the MIT licence.

/// Where a node of a cluster sends a command (`MOVED 3999 host:port`, `ASK 3999 host:port`).
struct ClusterRedirection: Equatable {
    enum Kind: Equatable {
        /// The slot is served there from now on.
        case moved
        /// The slot is on its way there; this command alone goes there, behind `ASKING`.
        case ask
    }

    let kind: Kind
    let slot: HashSlot
    let endpoint: RedisEndpoint

    /// Reads a server's error; `nil` comes of what is no redirection, or one that leads nowhere.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - origin: The node that said so; it stands for its own host where that is empty.
    init?(_ error: RedisServerReply, from origin: RedisEndpoint?) {
        switch error.code {
        case "MOVED": self.kind = .moved
        case "ASK": self.kind = .ask
        default: return nil
        }
        let words = error.message.split(separator: " ")
        // The last colon parts host and port, since an IPv6 address has colons too.
        guard words.count >= 2, let slot = Int(words[0]).flatMap({ HashSlot(number: $0) }),
            let colon = words[1].lastIndex(of: ":"), let port = Int(words[1][words[1].index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        let host = words[1][..<colon]
        guard let host = host.isEmpty || host == "?" ? origin?.host : String(host) else { return nil }
        self.slot = slot
        self.endpoint = .tcp(host: host, port: port)
    }
}
