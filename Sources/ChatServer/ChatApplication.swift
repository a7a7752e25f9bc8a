// Licensed under the MIT licence.

import Chat
import ChatStores
import EngineIO
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SocketIOHummingbird
import UnixSignals

/// The server, ready to run once: Engine.IO and the HTTP interface on one port.
struct ChatApplication: Sendable {
    let configuration: ChatServerConfiguration
    let eventLoopGroup: MultiThreadedEventLoopGroup
    let mount: SocketIOMount
    let readiness: Readiness
    let chat: ChatService
    let store: any MessageStore
    /// Where the nodes meet; nothing if there is one.
    let redis: RedisNode?
    /// What clients may come back for after a restart; nothing where nothing is kept.
    let journal: SQLiteRecoveryJournal?
    let shardMetrics: ShardMetrics
    let responder: RouterResponder<APIContext>
    /// What keeps the keys of tokens; nothing where there are none.
    let tokenKeys: TokenKeyFiles?
    /// What keeps the keys of the HTTP interface; nothing where they are in no file.
    let apiKeyFile: APIKeyFile?
    /// What clients are shown by TLS; nothing in clear text.
    let certificate: ServerCertificate?
    let logger: Logger

    /// Serves until a signal comes or the surrounding service group shuts down; then ends every session, without taking new ones,
    /// stops to accept, and returns when all connections are closed.
    ///
    /// - Parameters:
    ///   - signals: Which signals stop it.
    ///   - requests: Each one has it read the files of keys and certificates again.
    ///   - onListening: Called once it serves, with a line that says where and what is on.
    ///   - onDraining: Called when it begins to stop.
    /// - Throws: ``StartError`` if it cannot listen where it was told to.
    func run(
        signals: [UnixSignal] = [],
        rereading requests: AsyncStream<Void> = AsyncStream { $0.finish() },
        onListening: @escaping @Sendable (String) -> Void,
        onDraining: @escaping @Sendable () -> Void = {}
    ) async throws {
        let socketIO = self.socketIO { channel in onListening(self.readyLine(port: channel.localAddress?.port)) }
        let service = ServingService(readiness: self.readiness, socketIO: socketIO, drains: onDraining)
        let files: [(any ReloadableFiles)?] = [self.tokenKeys, self.apiKeyFile, self.certificate]
        // Looks at the files of keys before they are read, so that no change is missed.
        let keyFiles = KeyFileWatch(files.compactMap { $0 }, requests: requests, logger: self.logger)
        let services = ServiceGroup(
            services: [keyFiles, service],
            gracefulShutdownSignals: signals,
            logger: self.logger
        )
        do {
            try await self.tokenKeys?.load()
            try self.redis?.start(logger: self.logger)
        } catch {
            await self.end()
            throw error
        }
        self.shardMetrics.start()
        await self.chat.expectClients()
        self.certificate?.remind()
        do {
            try await services.run()
        } catch {
            await self.end()
            throw StartError(listening: self.configuration.listening, failure: error) ?? error
        }
        await self.end()
    }

    /// What keeps it from ending, for the log; told when that takes too long.
    var hindrance: String {
        guard self.mount.haveConnectionsClosed else { return "not every connection closed within SHUTDOWN_TIMEOUT" }
        guard self.redis?.isAway == true else {
            return "the connections are closed, but the store was not within SHUTDOWN_TIMEOUT"
        }
        return "Redis is not there to be told who has gone; the other nodes take this one's users away after NODE_TTL"
    }

    /// What was sent is stored before the process ends, and nothing of it needs the event loops any more.
    private func end() async {
        await self.shardMetrics.stop()
        await self.store.closeAndWait()
        await self.redis?.close()
        if let journal { await withCheckedContinuation { continuation in journal.close { continuation.resume() } } }
        try? await self.eventLoopGroup.shutdownGracefully()
    }

    private func socketIO(onRunning: @escaping @Sendable (any Channel) async -> Void) -> SocketIOService {
        // Its word that it listens would double ours.
        var logger = self.logger
        if logger.logLevel == .info { logger.logLevel = .notice }
        let listening = self.configuration.listening
        return SocketIOService(
            mount: self.mount,
            // A whole audience may come back at once.
            listener: .init(address: .hostname(listening.host, port: listening.port), backlog: 4096),
            onServerRunning: onRunning,
            logger: logger
        ) { request, writer, channel in
            try await self.respond(to: request, writer, channel)
        }
    }

    /// Answers a request that is none of Engine.IO's.
    private func respond(
        to request: Request,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        let length = request.headers[.contentLength].flatMap(Int.init) ?? 0
        let isWelcome = length <= self.configuration.transport.maxPayloadBytes
        if isWelcome, request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        var response = try await self.responder.respond(
            to: request,
            context: APIContext(source: .init(logger: self.logger))
        )
        // Who keeps connections for the next request is to open that at another node.
        if self.readiness.isDraining || request.headers[.connection]?.lowercased() == "close" {
            response.headers[.connection] = "close"
        }
        try await writer.write(response: response.head, body: response.body)
        if response.headers[.connection] == "close" {
            // Our direction first: were the other one closed too while the client still sends, its system would throw the
            // response away.
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
    }

    private func readyLine(port: Int?) -> String {
        let listening = self.configuration.listening
        let host = listening.host.contains(":") ? "[\(listening.host)]" : listening.host
        let store = self.configuration.storage.kind.rawValue
        return """
            listening on \(listening.tls == nil ? "http" : "https")://\(host):\(port ?? listening.port) \
            (store: \(store), access: \(self.configuration.access.summary), send path: \(self.mount.engine.activeSendPath.rawValue))
            """
    }
}

/// The server, whose readiness goes first.
private struct ServingService: Service {
    let readiness: Readiness
    let socketIO: SocketIOService
    let drains: @Sendable () -> Void

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await self.socketIO.run()
        } onGracefulShutdown: {
            self.readiness.drain()
            self.drains()
        }
    }
}

extension StartError {
    /// What to do about an error of the listener; nothing if it is none.
    fileprivate init?(listening: ChatServerConfiguration.Listening, failure: any Error) {
        let address = "\(listening.host) port \(listening.port)"
        switch failure {
        case let error as IOError:
            self.init(address: address, host: listening.host, code: error.errnoCode)
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            self.init("SERVER_HOST is \(listening.host), which is neither an address nor a name that resolves to one.")
        default:
            return nil
        }
    }

    private init(address: String, host: String, code: CInt) {
        switch code {
        case EADDRINUSE:
            self.init("\(address) is taken by another program; stop that or set SERVER_PORT to a free port.")
        case EACCES:
            self.init("\(address) is not for this user to listen on; set SERVER_PORT to 1024 or more.")
        case EADDRNOTAVAIL:
            self.init("SERVER_HOST is \(host), which is no address of this machine; 0.0.0.0 is all of them.")
        default:
            let reason = String(cString: strerror(code))
            self.init("\(address) cannot be listened on (\(reason)); see SERVER_HOST and SERVER_PORT.")
        }
    }
}
