// Licensed under the MIT licence.

import Chat
import ChatStores
import EngineIO
import EngineIOCore
import Logging
import NIOCore
import NIOPosix
import SocketIO
import SocketIOCore
import SocketIOHummingbird
import Tracing

/// Builds the application that `martlet` runs, and that tests run too.
///
/// - Parameters:
///   - configuration: What to do.
///   - logger: Where to log.
///   - tracer: Makes spans; that of the process if it has one.
/// - Returns: The application, not yet running.
/// - Throws: What this machine cannot do of it.
func buildApplication(
    configuration: ChatServerConfiguration,
    logger: Logger,
    tracer: (any Tracer)? = BootstrappedTracer.tracer
) throws(StartError) -> ChatApplication {
    let sendPath = try SendPath(configuration.transport.sendPath)
    let threads = configuration.listening.threads ?? min(System.coreCount, SessionID.maximumShards)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    // First of all: it holds the directory.
    let metrics = ServerMetrics()
    let redis = configuration.redis.map {
        RedisNode(
            $0,
            recovers: configuration.chat.recovery != .off,
            eventLoopGroup: group,
            observer: RedisLatency(metrics.registry, tracer: tracer),
            logger: logger
        )
    }
    let store = try metrics.observe(configuration.storage.kind, tracer: tracer) { onCommit throws(StartError) in
        try makeStore(configuration.storage, redis: redis, shards: threads, onCommit: onCommit, logger: logger)
    }
    let journal = try configuration.makeRecoveryJournal()
    let nodeRecovery = redis?.recovery.map(NodeRecovery.init)
    let settings = ChatSettings(configuration)
    let tokens = configuration.access.tokens.map { TokenVerifier($0.rules, limits: settings.limits) }
    let certificate = try configuration.listening.tls.map { files throws(StartError) in
        try ServerCertificate(files, logger: logger)
    }
    let access = ChatAccess(tokens: tokens, limits: settings.limits)
    let mount = SocketIOMount(
        configuration: SocketIOConfiguration(
            server: ServerOptions(configuration, access, recoveryLog: recoveryLogFactory(journal, nodeRecovery)),
            engine: EngineIOOptions(configuration, HandshakeLog(logger: logger)),
            maximumConnections: configuration.listening.maximumConnections,
            addressLimits: AddressLimits(configuration.access),
            proxyProtocolPeers: configuration.access.proxyProtocolPeers,
            tls: certificate?.tls,
            sendPath: sendPath,
            drainDuration: configuration.drainTimeout
        ),
        eventLoopGroup: group,
        adapter: redis?.adapter,
        forwarding: redis?.forwarding(logger: logger),
        logger: logger
    )
    let chat = ChatService(
        io: mount.io,
        store: store,
        cluster: redis?.cluster,
        access: access,
        settings: settings,
        logger: logger,
        tracer: tracer
    )
    nodeRecovery?.serve(chat)
    chat.register()
    let shardMetrics = metrics.addServer(mount: mount, chat: chat, redis: redis)
    if let certificate { metrics.add(CertificateMetrics(tls: certificate.tls)) }
    let readiness = Readiness(
        storeKind: configuration.storage.kind,
        store: store,
        bus: redis.map { redis in { @Sendable in await redis.busState } },
        openness: configuration.access.openness
    )
    let apiKeys = configuration.access.apiKeys.map(APIKeyring.init)
    let responder = ChatAPI.responder(
        chat: chat,
        limits: settings.limits,
        readiness: readiness,
        configuration: configuration,
        keys: apiKeys,
        metrics: metrics,
        tracer: tracer
    )
    return ChatApplication(
        configuration: configuration,
        eventLoopGroup: group,
        mount: mount,
        readiness: readiness,
        chat: chat,
        store: store,
        redis: redis,
        journal: journal,
        shardMetrics: shardMetrics,
        responder: responder,
        tokenKeys: configuration.access.tokens.flatMap { settings in
            tokens.map { TokenKeyFiles(verifier: $0, tokens: settings, logger: logger) }
        },
        apiKeyFile: configuration.access.apiKeysFile.flatMap { path in
            apiKeys.map { APIKeyFile(path, keyring: $0, logger: logger) }
        },
        certificate: certificate,
        logger: logger
    )
}

extension SendPath {
    /// - Throws: That this machine cannot do it.
    init(_ choice: ChatServerConfiguration.Transport.SendPathChoice) throws(StartError) {
        switch choice {
        case .auto: self = .best
        case .direct: self = .direct
        case .nio: self = .nio
        case .ioUring:
            guard SendPath.best == .ioUring else {
                throw StartError("SEND_PATH is io_uring, but this system does not allow it; set it to auto.")
            }
            self = .ioUring
        }
    }
}

extension ChatServerConfiguration.Access {
    /// Whose connections begin with the header of the PROXY protocol; nothing if nobody's do.
    var proxyProtocolPeers: TrustedProxies? { self.takesProxyProtocol ? self.trustedProxies : nil }
}

extension EngineIOOptions {
    fileprivate init(_ configuration: ChatServerConfiguration, _ log: HandshakeLog) {
        var limits = EngineIOLimits()
        limits.maximumOutboundBytes = configuration.transport.outboundBufferBytes
        self.init(
            pingInterval: configuration.transport.pingInterval,
            pingTimeout: configuration.transport.pingTimeout,
            upgradeTimeout: configuration.transport.upgradeTimeout,
            maxHTTPBufferSize: configuration.transport.maxPayloadBytes,
            allowEIO3: configuration.access.allowEIO3,
            cors: CORS(origins: configuration.access.corsOrigins),
            initialHeaders: log.fields,
            trustedProxies: configuration.access.trustedProxies,
            limits: limits
        )
    }
}

extension ServerOptions {
    fileprivate init(
        _ configuration: ChatServerConfiguration,
        _ access: ChatAccess,
        recoveryLog: @escaping RecoveryLogFactory
    ) {
        self.init(connectTimeout: configuration.transport.connectTimeout, recoveryLog: recoveryLog)
        self.limits.maximumAttachmentBytes = configuration.transport.maxPayloadBytes
        let clients = configuration.chat.recovery
        guard clients != .off else { return }
        self.connectionStateRecovery = ConnectionStateRecovery(
            maxDisconnectionDuration: configuration.chat.recoveryWindow,
            maximumReplayBytes: min(2 * 1_024 * 1_024, configuration.transport.outboundBufferBytes / 2),
            takesPart: { clients.include($0, $1) },
            mayResume: { access.mayResume($0, $1, $2) }
        )
    }
}

extension ChatSettings {
    init(_ configuration: ChatServerConfiguration) {
        self.init()
        self.limits.maximumMessageLength = configuration.chat.maxMessageLength
        self.maximumWaitingBytes = configuration.transport.maxPayloadBytes
        self.rateLimits = configuration.access.limitsRates ? RateLimits() : nil
        // A session is kept from when its connection has closed, which the room may hear of earlier.
        self.recoveryWindow = TimeAmount(configuration.chat.recoveryWindow) + .seconds(10)
        self.presenceGrace = TimeAmount(configuration.chat.presenceGrace)
    }
}
