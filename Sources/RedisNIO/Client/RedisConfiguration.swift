// Licensed under the MIT licence.

public import NIOCore

/// All that a client must know.
///
/// ```swift
/// var configuration = RedisConfiguration(endpoints: [.tcp(host: "redis.internal", port: 6379)])
/// configuration.password = password
/// ```
public struct RedisConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What the endpoints are.
    public enum Mode: Sendable, Hashable {
        /// One server; several endpoints are tried in turn until one answers.
        case standalone
        /// Sentinels, which tell where the master of that name is. They may have a user and password of their own; TLS is
        /// used for them as for servers.
        case sentinel(masterName: String, username: String? = nil, password: String? = nil)
        /// Some nodes of a Redis Cluster; the others are learned from them.
        case cluster
    }

    /// Which protocol is spoken.
    public enum ProtocolVersion: Sendable, Hashable {
        /// RESP2 alone.
        case resp2
        /// RESP3, or RESP2 with servers that do not know it.
        case resp3
    }

    /// Where servers, sentinels or nodes listen; at least one.
    public var endpoints: [RedisEndpoint]
    /// What the endpoints are; ``Mode/standalone`` unless told.
    public var mode: Mode
    /// How connections are kept private; plain TCP if `nil`.
    public var tls: RedisTLS?
    /// The ACL user; the server's `default` user if `nil`.
    public var username: String?
    /// The password; none is sent if `nil`.
    public var password: String?
    /// The number of the database, 0 unless told; a cluster has 0 alone.
    public var database = 0
    /// What connections are called in `CLIENT LIST`; without spaces.
    public var clientName: String?
    /// Which protocol is spoken; ``ProtocolVersion/resp3`` unless told.
    public var protocolVersion = ProtocolVersion.resp3

    /// How long it may take until a connection is ready, TLS and credentials included; 3 s unless told.
    public var connectTimeout = TimeAmount.seconds(3)
    /// How long a command has until it is answered, unless it says otherwise; 5 s unless told.
    public var commandTimeout = TimeAmount.seconds(5)
    /// How long a connection may be silent while it owes an answer, before it is taken for dead and closed; 10 s unless told.
    public var stallTimeout = TimeAmount.seconds(10)
    /// How long a connection may be silent before the server is asked for a sign of life (`PING`); 5 s unless told.
    public var pingInterval = TimeAmount.seconds(5)
    /// How long to wait before the next try to connect.
    public var backoff = Backoff()
    /// How long closing waits for answers that are owed; 2 s unless told.
    public var closeTimeout = TimeAmount.seconds(2)

    /// How many commands may wait for one server, sent or not; 100,000 unless told.
    public var maximumPendingCommands = 100_000
    /// How many bytes of commands may wait for one server, sent or not; 128 MiB unless told.
    public var maximumPendingBytes = 128 << 20
    /// Whether answers are given only once replicas have what was written; at once if `nil`.
    public var confirmation: ReplicaConfirmation?
    /// What replies may cost.
    public var replyLimits = RESPLimits()

    /// How often a command may be sent on to another node of a cluster; 8 unless told.
    public var maximumRedirections = 8
    /// The least time between two questions to a cluster for its topology; 250 ms unless told.
    public var topologyRefreshSpacing = TimeAmount.milliseconds(250)
    /// How often a cluster is asked for its topology though nothing suggests a change; every 30 s unless told.
    public var topologyRefreshInterval = TimeAmount.seconds(30)

    /// Makes a configuration; the rest is set through the properties.
    ///
    /// - Parameters:
    ///   - endpoints: Where servers, sentinels or nodes listen; at least one.
    ///   - mode: What they are.
    public init(endpoints: [RedisEndpoint], mode: Mode = .standalone) {
        self.endpoints = endpoints
        self.mode = mode
    }

    /// The endpoints, the mode, and whether there are TLS and credentials; never the credentials.
    public var description: String {
        let mode =
            switch self.mode {
            case .standalone: "standalone"
            case .sentinel(let masterName, _, let password):
                "sentinel(\(masterName), \(password == nil ? "no password" : "password"))"
            case .cluster: "cluster"
            }
        return "RedisConfiguration(\(mode), endpoints: \(self.endpoints), database: \(self.database), "
            + "TLS: \(self.tls != nil), username: \(self.username != nil), password: \(self.password != nil))"
    }

    /// The same as ``description``.
    public var debugDescription: String {
        self.description
    }

    /// Nothing but the description, so that `dump` shows no password either.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": self.description])
    }

    /// How a server or node of the data is greeted.
    ///
    /// - Parameter verifiesRole: Whether the server must be a master.
    /// - Returns: What a connection says first.
    func handshake(verifiesRole: Bool) -> HandshakeSettings {
        HandshakeSettings(
            protocolVersion: self.protocolVersion,
            username: self.username,
            password: self.password,
            clientName: self.clientName,
            database: self.mode == .cluster ? 0 : self.database,
            verifiesRole: verifiesRole
        )
    }
}
