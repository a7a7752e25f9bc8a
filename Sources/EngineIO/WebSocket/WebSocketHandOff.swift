// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

// From HTTP to WebSocket. The connection's descriptor is duplicated once the 101 response has left, the HTTP channel with all
// its handlers is closed, and a fresh channel with one handler is made around the duplicate, on the loop where the session
// lives. So a WebSocket is always at home on its session's shard, and holds nothing that HTTP needed. A connection by TLS keeps its
// channel instead, without HTTP's handlers, and a `SecureRelay` goes between the loops.
extension EngineHTTPHandler {
    /// Opens a new session on a WebSocket, here on this loop.
    func acceptWebSocket(_ opening: SessionOpening, context: ChannelHandlerContext) {
        let loop = self.loop
        self.switchProtocols(opening.request, opening: opening.id, context) { taken in
            guard let taken else { return }
            loop.openWebSocketSession(opening, connection: taken)
        }
    }

    /// Brings a WebSocket to a session that began on polling, wherever it lives.
    func acceptUpgrade(_ request: EngineRequest, _ id: SessionID, context: ChannelHandlerContext) {
        guard let home = self.server.shard(of: id) else {
            return self.write(.error(.unknownSession, to: request), for: request, context: context)
        }
        self.state = .upgrading
        let here = self.loop
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        home.run {
            let session = home.session(id, of: request.settings)
            let error: HandshakeError? =
                if let session, session.isOpen {
                    session.upgradeRequested() ? nil : .badRequest
                } else {
                    .unknownSession
                }
            let bringer = UpgradeBringer(
                fellThrough: { home.run { home.sessionsByID[id]?.upgradeFellThrough() } },
                opened: { taken in home.run { home.openUpgradingWebSocket(id, connection: taken) } }
            )
            here.run { handler.value.upgradeDecided(request, bringer, error: error) }
        }
    }

    /// The session's word on a WebSocket that asked to be let in.
    func upgradeDecided(_ request: EngineRequest, _ bringer: UpgradeBringer, error: HandshakeError?) {
        guard let context else {
            if error == nil { bringer.fellThrough() }
            return
        }
        if let error {
            return self.write(.error(error, to: request), for: request, context: context)
        }
        self.switchProtocols(request, opening: nil, context) { taken in
            if let taken { bringer.opened(taken) } else { bringer.fellThrough() }
        }
    }

    /// The way of a WebSocket to a session that lets it in.
    struct UpgradeBringer: Sendable {
        let fellThrough: @Sendable () -> Void
        let opened: @Sendable (TakenConnection) -> Void
    }

    /// A connection that leaves HTTP.
    struct TakenConnection: Sendable {
        var socket: TakenSocket
        /// What the client sent before it had the answer.
        var earlyBytes: ByteBuffer
        /// How messages are compressed, if they are.
        var deflate: DeflateAgreement?
    }

    /// Answers 101 and gives the connection away, or nothing if that fails.
    private func switchProtocols(
        _ request: EngineRequest,
        opening id: SessionID?,
        _ context: ChannelHandlerContext,
        _ handOver: @escaping (TakenConnection?) -> Void
    ) {
        self.state = .upgrading
        let channel = context.channel
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        var isAnswered = false
        let early = EarlyBytes(maximumCount: request.settings.options.maxHTTPBufferSize)
        Self.accept
            .buildUpgradeResponse(channel: channel, upgradeRequest: request.head, initialResponseHeaders: HTTPHeaders())
            .assumeIsolated()
            .flatMap { headers -> EventLoopFuture<HTTPHeaders> in
                do {
                    return try early.takeOver(channel.pipeline).map { headers }
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
            }
            .flatMap { headers -> EventLoopFuture<Void> in
                guard !early.isOverLimit, let context = me.value.context else {
                    return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }
                var headers = headers
                headers.addApplicationFields(request.applicationFields(opening: id))
                if let deflate = request.deflate {
                    headers.add(name: "sec-websocket-extensions", value: deflate.headerValue)
                }
                let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
                isAnswered = true
                context.write(me.value.wrapOutboundOut(.head(head)), promise: nil)
                return context.writeAndFlush(me.value.wrapOutboundOut(.end(nil)))
            }
            .whenComplete { result in
                switch result {
                case .success:
                    let taken = me.value.leaveHTTP(channel).map {
                        TakenConnection(socket: $0, earlyBytes: early.bytes, deflate: request.deflate)
                    }
                    handOver(taken)
                case .failure:
                    handOver(nil)
                    // The connection broke under the answer, and may not be closed yet.
                    guard !isAnswered else { return channel.close(promise: nil) }
                    guard let context = me.value.context else { return }
                    me.value.write(.error(.badRequest, to: request), for: request, context: context)
                }
            }
    }

    private func leaveHTTP(_ channel: any Channel) -> TakenSocket? {
        guard self.server.tls != nil else {
            // Closing deregisters and closes NIO's descriptor only; the connection lives on in the duplicate.
            defer { channel.close(promise: nil) }
            return OwnedDescriptor(duplicating: channel).map { .descriptor($0) }
        }
        guard let relay = try? SecureRelay.takeOver(channel, of: self.loop) else {
            channel.close(promise: nil)
            return nil
        }
        return .secure(relay)
    }

    /// Checks the client's opening handshake and works out `Sec-WebSocket-Accept` (RFC 6455 §4.2); nothing else of it is used.
    private static let accept = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    )
}

extension LoopShard {
    /// Brings a WebSocket to a session that has let it in.
    func openUpgradingWebSocket(_ id: SessionID, connection: EngineHTTPHandler.TakenConnection) {
        guard let session = self.sessionsByID[id], session.isOpen else { return connection.socket.close() }
        let webSocket = WebSocketHandler(session: session, connection: connection)
        session.upgradingWebSocket = webSocket
        self.adopt(connection.socket, by: webSocket, of: session)
    }

    /// Gives a WebSocket its connection, for a session of this shard.
    func adopt(_ socket: TakenSocket, by handler: WebSocketHandler, of session: Session) {
        switch socket {
        case .descriptor(let descriptor):
            self.makeChannel(of: descriptor, by: handler, of: session)
        case .secure(let relay):
            handler.use(relay)
            // In this order: what came early is read first.
            session.webSocketReady(handler)
            relay.attach(handler, of: self)
        }
    }

    /// Makes the channel of a WebSocket around a descriptor.
    private func makeChannel(of descriptor: OwnedDescriptor, by handler: WebSocketHandler, of session: Session) {
        let bound = NIOLoopBound((handler, session), eventLoop: self.eventLoop)
        ClientBootstrap(group: self.eventLoop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: SharedReceiveAllocator(self.receiveBuffer))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value.0)
                }
            }
            .withConnectedSocket(descriptor.release())
            .whenComplete { result in
                let (handler, session) = bound.value
                switch result {
                case .success: session.webSocketReady(handler)
                case .failure: session.webSocketClosed(handler, reason: .transportError)
                }
            }
    }
}
