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
        /// How many replicas must have a message before anybody is told of it.
        var replicas = 0
        /// The channel of python-socketio's write-only managers; nothing if they have none.
        var pythonChannel: String?
        /// How long a node may be silent before the others take its users away.
        var nodeTTL = Duration.seconds(15)
        /// Whether a request that reaches another node than its session's goes on to that one.
        var forwardsSessions = true
    }
}

extension ChatServerConfiguration.Redis {
    /// Reads `REDIS_HOST` and the others; nil without a host.
    ///
    /// An empty host is no host, as in a compose file that passes on a variable that is not set.
    init?(_ variables: VariableReader) throws(StartError) {
        guard let hosts = variables.text(.redisHost), !hosts.isEmpty else { return nil }
        let port = try variables.integer(.redisPort)
        let mode: Mode? = try variables.choice(.redisMode)
        self.mode = mode ?? .standalone
        let defaultPort = self.mode == .sentinel ? 26_379 : 6_379
        guard let endpoints = Self.endpoints(hosts, port: port ?? defaultPort) else {
            guard hosts.contains("@") || hosts.contains("//") else { throw variables.refusal(.redisHost) }
            // Not shown, since there may be a password in it.
            throw StartError("REDIS_HOST does not do: it takes no URL, but \(Setting.redisHost.values.allowed).")
        }
        self.endpoints = endpoints
        if let name = variables.text(.redisSentinelMaster) {
            guard Self.isWord(name) else { throw variables.refusal(.redisSentinelMaster) }
            self.masterName = name
        }
        self.username = variables.textIfAny(.redisUsername)
        self.password = try variables.secret(.redisPassword, orFile: .redisPasswordFile).flatMap {
            $0.isEmpty ? nil : $0
        }
        self.sentinelPassword = variables.textIfAny(.redisSentinelPassword)
        self.database = try variables.integer(.redisDatabase) ?? self.database
        guard self.database == 0 || self.mode != .cluster else {
            throw variables.refusal(.redisDatabase, "0 where REDIS_MODE is cluster")
        }
        self.tls = try Self.tls(variables)
        if let prefix = variables.text(.redisPrefix) {
            guard Self.isWord(prefix), !prefix.utf8.contains(where: { $0 == UInt8(ascii: "{") }) else {
                throw variables.refusal(.redisPrefix)
            }
            self.prefix = prefix
        }
        if let channel = variables.textIfAny(.socketIORedisChannel) {
            guard Self.isWord(channel, upTo: 256) else { throw variables.refusal(.socketIORedisChannel) }
            self.pythonChannel = channel
        }
        // Where there may be a failover, what the primary alone has may be lost by it.
        let usualReplicas = self.mode == .standalone ? 0 : 1
        self.replicas = try variables.integer(.redisReplicas) ?? usualReplicas
        self.nodeTTL = try variables.duration(.nodeTTL) ?? self.nodeTTL
        self.forwardsSessions = try variables.toggle(.sessionForwarding) ?? self.forwardsSessions
    }

    /// Says that this server is on its own, though settings tell how to reach Redis; nothing if none does.
    static func warning(aboutUnused sources: [[String: String]]) -> String? {
        let settings: [Setting] = [.redisPort, .redisUsername, .redisPassword, .redisPasswordFile, .redisTLS]
        let set = Set(sources.flatMap { $0.filter { !$0.value.isEmpty }.keys })
        let names = set.intersection(settings.map(\.name) + [SettingSpelling.redisURL])
        guard !names.isEmpty else { return nil }
        let list = names.sorted().joined(separator: ", ")
        return "set without REDIS_HOST, so in vain: \(list); this server is on its own"
    }

    private static func isWord(_ text: String, upTo maximum: Int = 64) -> Bool {
        (1...maximum).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
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
            guard let endpoint = Self.endpoint(text, port: port), case .tcp(let host, _) = endpoint,
                HostSyntax.isValid(host)
            else { return nil }
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
        let files = [Setting.redisTLSCAFile, .redisTLSCertFile, .redisTLSKeyFile].map { variables.textIfAny($0) }
        let isOn = try variables.toggle(.redisTLS) ?? files.contains { $0 != nil }
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
