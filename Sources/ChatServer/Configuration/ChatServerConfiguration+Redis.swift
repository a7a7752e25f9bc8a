// Licensed under the MIT licence.

import RedisNIO

extension ChatServerConfiguration {
    /// How to reach Redis, on which several nodes become one chat.
    struct Redis: Equatable, Sendable {
        /// What ``endpoints`` are.
        enum Mode: String, CaseIterable, Sendable {
            /// One server.
            case standalone
            /// Sentinels, which tell where the server is.
            case sentinel
            /// Some nodes of a Redis Cluster.
            case cluster
        }

        /// Where, at least one.
        var endpoints: [RedisEndpoint]
        var mode = Mode.standalone
        /// What sentinels call the server.
        var masterName = "mymaster"
        var username: String?
        var password: String?
        var sentinelPassword: String?
        var database = 0
        /// How connections are kept private; nothing for plain TCP.
        var tls: RedisTLS?
        /// What all keys and channels begin with.
        var prefix = "martlet:"
        /// How long a node may be silent before the others take its users away.
        var nodeTTL = Duration.seconds(15)
    }
}

extension ChatServerConfiguration.Redis {
    /// Reads `REDIS_HOST` and the others; nil without a host.
    ///
    /// An empty host is no host, as in a compose file that passes on a variable that is not set.
    init?(_ variables: VariableReader) throws(StartError) {
        guard let hosts = variables.text("REDIS_HOST"), !hosts.isEmpty else { return nil }
        let port = try variables.integer("REDIS_PORT", in: 1...65_535)
        let mode: Mode? = try variables.choice("REDIS_MODE")
        self.mode = mode ?? .standalone
        let defaultPort = self.mode == .sentinel ? 26_379 : 6_379
        guard let endpoints = Self.endpoints(hosts, port: port ?? defaultPort) else {
            throw variables.refusal("REDIS_HOST", "a host, or hosts with or without ports separated by commas")
        }
        self.endpoints = endpoints
        if let name = variables.text("REDIS_SENTINEL_MASTER") {
            guard Self.isWord(name) else { throw variables.refusal("REDIS_SENTINEL_MASTER", "a name without spaces") }
            self.masterName = name
        }
        self.username = variables.text("REDIS_USERNAME").flatMap { $0.isEmpty ? nil : $0 }
        self.password = variables.text("REDIS_PASSWORD", isSecret: true).flatMap { $0.isEmpty ? nil : $0 }
        self.sentinelPassword =
            variables.text("REDIS_SENTINEL_PASSWORD", isSecret: true).flatMap { $0.isEmpty ? nil : $0 }
        self.database = try variables.integer("REDIS_DATABASE", in: 0...1_000_000) ?? self.database
        guard self.database == 0 || self.mode != .cluster else {
            throw variables.refusal("REDIS_DATABASE", "0 where REDIS_MODE is cluster")
        }
        self.tls = try Self.tls(variables)
        if let prefix = variables.text("REDIS_PREFIX") {
            guard Self.isWord(prefix), !prefix.utf8.contains(where: { $0 == UInt8(ascii: "{") }) else {
                throw variables.refusal("REDIS_PREFIX", "up to 64 characters without spaces and braces")
            }
            self.prefix = prefix
        }
        self.nodeTTL = try variables.milliseconds("NODE_TTL", in: 1_000...600_000) ?? self.nodeTTL
    }

    private static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// `host`, `host:port`, `[::1]:port` or `/path`, separated by commas.
    private static func endpoints(_ list: String, port: Int) -> [RedisEndpoint]? {
        var endpoints: [RedisEndpoint] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let text = String(part[...].trimmingSpaces())
            guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                return nil
            }
            guard !text.hasPrefix("/") else {
                endpoints.append(.unix(path: text))
                continue
            }
            guard let endpoint = Self.endpoint(text, port: port) else { return nil }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    private static func endpoint(_ text: String, port: Int) -> RedisEndpoint? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard !rest.isEmpty else { return .tcp(host: host, port: port) }
            return rest.first == ":" ? Self.port(rest.dropFirst()).map { .tcp(host: host, port: $0) } : nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        // More than one colon: an IPv6 address without a port.
        guard parts.count == 2 else { return .tcp(host: text, port: port) }
        guard !parts[0].isEmpty else { return nil }
        return Self.port(parts[1]).map { .tcp(host: String(parts[0]), port: $0) }
    }

    private static func port(_ text: Substring) -> Int? {
        Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    private static func tls(_ variables: VariableReader) throws(StartError) -> RedisTLS? {
        let files = ["REDIS_TLS_CA_FILE", "REDIS_TLS_CERT_FILE", "REDIS_TLS_KEY_FILE"]
            .map { variables.text($0).flatMap { $0.isEmpty ? nil : $0 } }
        let isOn = try variables.toggle("REDIS_TLS") ?? files.contains { $0 != nil }
        guard isOn else { return nil }
        guard (files[1] == nil) == (files[2] == nil) else {
            throw StartError("REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE belong together; set both or none.")
        }
        return RedisTLS(authoritiesFile: files[0], certificateFile: files[1], keyFile: files[2])
    }
}

extension RedisConfiguration {
    /// What the client must know.
    init(_ redis: ChatServerConfiguration.Redis) {
        let mode: Mode =
            switch redis.mode {
            case .standalone: .standalone
            case .sentinel: .sentinel(masterName: redis.masterName, password: redis.sentinelPassword)
            case .cluster: .cluster
            }
        self.init(endpoints: redis.endpoints, mode: mode)
        self.username = redis.username
        self.password = redis.password
        self.database = redis.database
        self.tls = redis.tls
        self.clientName = "martlet"
    }
}
