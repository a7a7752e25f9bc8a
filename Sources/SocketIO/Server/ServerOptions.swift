// Licensed under the MIT licence.

public import SocketIOCore

/// What a Socket.IO server allows its clients.
public struct ServerOptions: Sendable {
    /// How long a client may stay without joining any namespace; 45 s by default, as in the reference server.
    public var connectTimeout: Duration
    /// How long the attachments of a binary packet may take to arrive; 10 s by default.
    public var attachmentTimeout: Duration
    /// How long to wait for an acknowledgement when the caller does not say; 20 s by default.
    public var acknowledgementTimeout: Duration
    /// The most namespaces of one connection; 32 by default.
    public var maximumNamespaces: Int
    /// How many namespaces of groups may stay without clients, for those who may come back
    /// (``Server/of(pattern:removesEmpty:)``), the oldest gone first; 1,000 by default.
    public var maximumEmptyNamespaces: Int
    /// How often one connection may ask for namespaces it does not get; 32 by default.
    public var maximumRefusals: Int
    /// The most acknowledgements that one socket may owe; 1,000 by default.
    public var maximumPendingAcknowledgements: Int
    /// How many events of a socket may wait for its asynchronous handlers before it is no longer read; 64 by default.
    public var maximumWaitingEvents: Int
    /// Bounds of single packets.
    public var limits: SocketIOLimits
    /// How packets are written on the wire, which all clients of the server must share; ``/SocketIOCore/Parser/json`` by
    /// default.
    public var parser: Parser
    /// Whether clients that lose their connection can pick up where they left; not, by default.
    ///
    /// With it every event has one more argument at its end, by which the official clients from v4.6 on tell what they have got;
    /// clients of v2 are spared it.
    public var connectionStateRecovery: ConnectionStateRecovery?
    /// Keeps what clients may come back for; in this process's memory by default.
    public var recoveryLog: RecoveryLogFactory

    /// Creates options; every one has a default.
    public init(
        connectTimeout: Duration = .seconds(45),
        attachmentTimeout: Duration = .seconds(10),
        acknowledgementTimeout: Duration = .seconds(20),
        maximumNamespaces: Int = 32,
        maximumEmptyNamespaces: Int = 1_000,
        maximumRefusals: Int = 32,
        maximumPendingAcknowledgements: Int = 1_000,
        maximumWaitingEvents: Int = 64,
        limits: SocketIOLimits = SocketIOLimits(),
        parser: Parser = .json,
        connectionStateRecovery: ConnectionStateRecovery? = nil,
        recoveryLog: @escaping RecoveryLogFactory = { InMemoryRecoveryLog(options: $1, receiptWindow: $2) }
    ) {
        self.connectTimeout = connectTimeout
        self.attachmentTimeout = attachmentTimeout
        self.acknowledgementTimeout = acknowledgementTimeout
        self.maximumNamespaces = maximumNamespaces
        self.maximumEmptyNamespaces = maximumEmptyNamespaces
        self.maximumRefusals = maximumRefusals
        self.maximumPendingAcknowledgements = maximumPendingAcknowledgements
        self.maximumWaitingEvents = maximumWaitingEvents
        self.limits = limits
        self.parser = parser
        self.connectionStateRecovery = connectionStateRecovery
        self.recoveryLog = recoveryLog
    }
}
