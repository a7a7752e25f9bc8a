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
    let responder: RouterResponder<APIContext>
    let logger: Logger

    /// Serves until a signal comes or the surrounding service group shuts down; then stops to accept, ends every session, and
    /// returns when all connections are closed.
    ///
    /// - Parameters:
    ///   - signals: Which signals stop it.
    ///   - onListening: Called once it serves, with a line that says where and what is on.
    ///   - onDraining: Called when it begins to stop.
    /// - Throws: ``StartError`` if it cannot listen where it was told to.
    func run(
        signals: [UnixSignal] = [],
        onListening: @escaping @Sendable (String) -> Void,
        onDraining: @escaping @Sendable () -> Void = {}
    ) async throws {
        let socketIO = self.socketIO { channel in onListening(self.readyLine(port: channel.localAddress?.port)) }
        let service = ServingService(readiness: self.readiness, socketIO: socketIO, drains: onDraining)
        let services = ServiceGroup(services: [service], gracefulShutdownSignals: signals, logger: self.logger)
        try self.redis?.start(logger: self.logger)
        await self.chat.expectClients()
        do {
            try await services.run()
        } catch {
            await self.end()
            throw StartError(listening: self.configuration.listening, failure: error) ?? error
        }
        await self.end()
    }

    /// What was sent is stored before the process ends, and nothing of it needs the event loops any more.
    private func end() async {
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
        if request.headers[.connection]?.lowercased() == "close" { response.headers[.connection] = "close" }
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
        let auth = self.configuration.access.apiKeys == nil ? "open" : "API keys over HTTP"
        return """
            listening on http://\(host):\(port ?? listening.port) \
            (store: \(store), auth: \(auth), send path: \(self.mount.engine.activeSendPath.rawValue))
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
