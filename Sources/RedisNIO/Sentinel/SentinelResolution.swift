// Licensed under the MIT licence.

/// Asks one sentinel after the other where the master is.
///
/// Theory: the sentinels are asked in order, one at a time, until one names a master. One that does not answer, does not know the
/// name, or answers with anything else is passed over. When none is left the resolution has failed, and the next one begins
/// anew (Redis documentation, "Guidelines for Redis clients with support for Redis Sentinel").
struct SentinelResolution {
    enum Action: Equatable {
        case ask(RedisEndpoint)
        case found(RedisEndpoint, sentinel: RedisEndpoint)
        case failed
    }

    private var remaining: ArraySlice<RedisEndpoint>
    private var asked: RedisEndpoint?

    init(sentinels: [RedisEndpoint]) {
        self.remaining = sentinels[...]
    }

    mutating func started() -> Action {
        self.next()
    }

    /// Takes a sentinel's answer to `SENTINEL GET-MASTER-ADDR-BY-NAME`.
    mutating func answered(_ reply: RESPValue) -> Action {
        guard let asked, let master = Self.address(reply) else { return self.next() }
        return .found(master, sentinel: asked)
    }

    mutating func failed() -> Action {
        self.next()
    }

    private mutating func next() -> Action {
        self.asked = self.remaining.popFirst()
        return self.asked.map { .ask($0) } ?? .failed
    }

    private static func address(_ reply: RESPValue) -> RedisEndpoint? {
        guard let parts = reply.elements, parts.count == 2, let host = parts[0].text, !host.isEmpty,
            let port = parts[1].number, (1...65_535).contains(port)
        else { return nil }
        return .tcp(host: host, port: port)
    }
}
