// Licensed under the MIT licence.

/// How a server shows itself to Socket.IO's Admin UI.
public struct AdminOptions: Sendable {
    /// Who may look.
    public enum Authentication: Sendable {
        /// Whoever knows a name and a password.
        ///
        /// - `username`: compared byte by byte.
        /// - `passwordHash`: of bcrypt (`$2a$`, `$2b$`, `$2y$`; cost 4 to 16), scrypt (`$7$`; at most 256 MiB) or yescrypt (`$y$`),
        ///   as `htpasswd -nB` and `mkpasswd` print it. Passwords have at most 512 bytes and no NUL, with bcrypt at most 72
        ///   bytes: longer ones are refused, where other servers look at their beginning only.
        case basic(username: String, passwordHash: String)
        /// Everybody who reaches the server, which is right on a developer's own machine and nowhere else.
        case none
    }

    /// How much is shown.
    public enum Mode: String, Sendable, CaseIterable {
        /// Every socket, room and event.
        ///
        /// As long as there is an admin, each event in or out of each socket costs another one to every admin, and a broadcast looks at
        /// each receiver on its own.
        case development
        /// Numbers alone: servers, connections, namespaces, traffic.
        ///
        /// Costs nothing for each receiver of a message.
        case production
    }

    /// Who may look; there is no default.
    public var authentication: Authentication
    /// How much is shown; numbers alone by default.
    public var mode: Mode
    /// Whether admins may look only; otherwise, and by default, they may emit events, change rooms and disconnect sockets.
    public var isReadOnly: Bool
    /// What tells this server from others, in the UI; the host's name and the process's number by default: `web1#4711`.
    public var serverID: String?
    /// The namespace that admins join; `/admin` by default, which is what the UI proposes.
    public var namespaceName: String
    /// What is kept and shown at most.
    public var limits: Limits

    /// Creates options.
    ///
    /// - Parameters:
    ///   - authentication: Who may look.
    ///   - mode: How much is shown.
    ///   - isReadOnly: Whether admins may look only.
    ///   - serverID: What tells this server from others.
    ///   - namespaceName: The namespace that admins join.
    ///   - limits: What is kept and shown at most.
    public init(
        authentication: Authentication,
        mode: Mode = .production,
        isReadOnly: Bool = false,
        serverID: String? = nil,
        namespaceName: String = "/admin",
        limits: Limits = Limits()
    ) {
        self.authentication = authentication
        self.mode = mode
        self.isReadOnly = isReadOnly
        self.serverID = serverID
        self.namespaceName = namespaceName
        self.limits = limits
    }

    /// What is kept and shown at most.
    public struct Limits: Sendable {
        /// How long an admin may come back without the password; 24 hours by default.
        public var sessionLifetime: Duration = .seconds(86_400)
        /// The most sessions that are remembered, the oldest forgotten first; 1,000 by default.
        public var maximumSessions = 1_000
        /// How often one address (IPv6: one /64) may fail in a minute before it is refused unheard; 5 by default.
        public var maximumFailures = 5
        /// The most sockets that a new admin is told of; 10,000 by default, and all that come later.
        public var maximumListedSockets = 10_000
        /// The most bytes of an event's arguments, or of a socket's data, that are shown; 16 KiB by default.
        public var maximumShownBytes = 16_384

        /// Creates limits; every one has a default.
        public init() {}
    }
}
