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

/// Builds the application that `martlet` runs, and that tests run too.
///
/// - Parameters:
///   - configuration: What to do.
///   - logger: Where to log.
/// - Returns: The application, not yet running.
/// - Throws: What this machine cannot do of it.
func buildApplication(configuration: ChatServerConfiguration, logger: Logger) throws(StartError) -> ChatApplication {
    let sendPath = try SendPath(configuration.transport.sendPath)
    let threads = configuration.listening.threads ?? min(System.coreCount, SessionID.maximumShards)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    // First of all: it holds the directory.
    let redis = configuration.redis.map { RedisNode($0, eventLoopGroup: group, logger: logger) }
    let store = try makeStore(
        configuration.storage,
        redis: redis,
        shards: threads,
        logger: logger
    )
    let journal = try configuration.makeRecoveryJournal()
    let mount = SocketIOMount(
        configuration: SocketIOConfiguration(
            server: ServerOptions(configuration, recoveryLog: recoveryLogFactory(journal)),
            engine: EngineIOOptions(configuration),
            maximumConnections: configuration.listening.maximumConnections,
            sendPath: sendPath
        ),
        eventLoopGroup: group,
        adapter: redis?.adapter,
        logger: logger
    )
    let settings = ChatSettings(configuration)
    let chat = ChatService(io: mount.io, store: store, cluster: redis?.cluster, settings: settings)
    chat.register()
    let readiness = Readiness(storeKind: configuration.storage.kind, store: store)
    let responder = ChatAPI.responder(
        chat: chat,
        limits: settings.limits,
        readiness: readiness,
        configuration: configuration
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
        responder: responder,
        logger: logger
    )
}

extension SendPath {
    fileprivate init(_ choice: ChatServerConfiguration.Transport.SendPathChoice) throws(StartError) {
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

extension EngineIOOptions {
    fileprivate init(_ configuration: ChatServerConfiguration) {
        var limits = EngineIOLimits()
        limits.maximumOutboundBytes = configuration.transport.outboundBufferBytes
        self.init(
            pingInterval: configuration.transport.pingInterval,
            pingTimeout: configuration.transport.pingTimeout,
            upgradeTimeout: configuration.transport.upgradeTimeout,
            maxHTTPBufferSize: configuration.transport.maxPayloadBytes,
            allowEIO3: configuration.access.allowEIO3,
            cors: CORS(origins: configuration.access.corsOrigins),
            limits: limits
        )
    }
}

extension ServerOptions {
    fileprivate init(_ configuration: ChatServerConfiguration, recoveryLog: @escaping RecoveryLogFactory) {
        self.init(connectTimeout: configuration.transport.connectTimeout, recoveryLog: recoveryLog)
        self.limits.maximumAttachmentBytes = configuration.transport.maxPayloadBytes
        let clients = configuration.chat.recovery
        guard clients != .off else { return }
        self.connectionStateRecovery = ConnectionStateRecovery(
            maxDisconnectionDuration: configuration.chat.recoveryWindow,
            maximumReplayBytes: min(2 * 1_024 * 1_024, configuration.transport.outboundBufferBytes / 2),
            takesPart: { clients.include($0, $1) }
        )
    }
}

extension ChatSettings {
    init(_ configuration: ChatServerConfiguration) {
        self.init()
        self.limits.maximumMessageLength = configuration.chat.maxMessageLength
        self.rateLimits = configuration.access.limitsRates ? RateLimits() : nil
        // A session is kept from when its connection has closed, which the room may hear of earlier.
        self.recoveryWindow = TimeAmount(configuration.chat.recoveryWindow) + .seconds(10)
        self.presenceGrace = TimeAmount(configuration.chat.presenceGrace)
    }
}
