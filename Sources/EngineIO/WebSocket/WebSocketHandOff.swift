// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

// From HTTP to WebSocket. The connection's descriptor is duplicated once the 101 response has left, the HTTP channel with all
// its handlers is closed, and a fresh channel with one handler is made around the duplicate, on the loop where the session
// lives. So a WebSocket is always at home on its session's shard, and holds nothing that HTTP needed.
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
            here.run { handler.value.upgradeDecided(request, id, home: home, error: error) }
        }
    }

    private func upgradeDecided(_ request: EngineRequest, _ id: SessionID, home: LoopShard, error: HandshakeError?) {
        guard let context else {
            return home.run { home.sessionsByID[id]?.upgradeFellThrough() }
        }
        if let error {
            return self.write(.error(error, to: request), for: request, context: context)
        }
        self.switchProtocols(request, opening: nil, context) { taken in
            home.run {
                guard let taken else {
                    home.sessionsByID[id]?.upgradeFellThrough()
                    return
                }
                guard let session = home.sessionsByID[id], session.isOpen else { return taken.descriptor.close() }
                let webSocket = WebSocketHandler(session: session, connection: taken)
                session.upgradingWebSocket = webSocket
                home.adopt(taken.descriptor, by: webSocket, of: session)
            }
        }
    }

    /// A connection that leaves HTTP.
    struct TakenConnection: Sendable {
        var descriptor: OwnedDescriptor
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
                context.write(me.value.wrapOutboundOut(.head(head)), promise: nil)
                return context.writeAndFlush(me.value.wrapOutboundOut(.end(nil)))
            }
            .whenComplete { result in
                switch result {
                case .success:
                    let taken = OwnedDescriptor(duplicating: channel).map {
                        TakenConnection(
                            descriptor: $0,
                            earlyBytes: early.bytes,
                            deflate: request.deflate
                        )
                    }
                    // Closing deregisters and closes NIO's descriptor only; the connection lives on in the duplicate.
                    channel.close(promise: nil)
                    handOver(taken)
                case .failure:
                    handOver(nil)
                    guard let context = me.value.context else { return }
                    me.value.write(.error(.badRequest, to: request), for: request, context: context)
                }
            }
    }

    /// Checks the client's opening handshake and works out `Sec-WebSocket-Accept` (RFC 6455 §4.2); nothing else of it is used.
    private static let accept = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    )
}

extension LoopShard {
    /// Makes the channel of a WebSocket around a descriptor, for a session of this shard.
    func adopt(_ descriptor: OwnedDescriptor, by handler: WebSocketHandler, of session: Session) {
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
