// Licensed under the MIT licence.

import EngineIOCore
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Sorts the requests of one connection: those on an Engine.IO path are answered here, on the loop; all others go on to the
/// application.
///
/// Requests arrive one at a time: NIO's pipelining handler in front holds the next back until the response has been written.
final class EngineHTTPHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        case idle
        /// An Engine.IO request is being received; a POST has been announced to its session.
        case receiving(EngineRequest, HTTPExchange?)
        /// An Engine.IO request is with its session.
        case waiting(EngineRequest, HTTPExchange)
        /// A request is with the application.
        case application
        /// The last response was written or is on its way; everything else that arrives is thrown away.
        case closing
        /// The connection belongs to a WebSocket from here on.
        case upgrading
    }

    let server: EngineServer
    let loop: LoopShard
    /// Called before the first request for the application, once.
    private let prepareApplication: (any Channel) throws -> Void
    private var isApplicationPrepared = false
    /// The request that is with the application came by HTTP/1.0, without a wish to keep the connection.
    private var closesAfterApplication = false
    var deadline: NIODeadline?
    var state = State.idle
    var context: ChannelHandlerContext?

    init(server: EngineServer, loop: LoopShard, prepareApplication: @escaping (any Channel) throws -> Void) {
        self.server = server
        self.loop = loop
        self.prepareApplication = prepareApplication
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.deadline = self.loop.now + server.requestDeadline
        self.loop.requestDeadlines.insert(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.loop.requestDeadlines.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        switch (part, self.state) {
        case (.head(let head), .idle):
            self.headReceived(head, context: context)
        case (.body(let bytes), .receiving(var request, let exchange)):
            self.state = .idle  // Keeps the request's body uniquely referenced while it grows.
            let isWithinLimit = request.append(bytes)
            self.state = .receiving(request, exchange)
            if !isWithinLimit {
                self.loop.counters.hit(.payloadBytes)
                if let exchange { self.onSession(of: request) { $0.postDropped(exchange) } }
                self.refuse(.payloadTooLarge, context: context)
            }
        case (.end, .receiving(let request, let exchange)):
            self.deadline = nil
            self.route(request, announced: exchange, context: context)
        case (_, .application):
            if case .end = part { self.deadline = nil }
            context.fireChannelRead(data)
        case (_, .closing), (_, .upgrading), (.body, .idle), (.end, .idle), (_, .waiting), (.head, .receiving):
            // After a refusal the rest of the request may still arrive; nobody wants it.
            break
        }
    }

    private func headReceived(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        self.deadline = self.loop.now + self.server.requestDeadline
        guard let settings = self.server.settings(forTarget: head.uri) else {
            return self.passToApplication(head, context: context)
        }
        let request = EngineRequest(head: head, settings: settings)
        guard request.hasAcceptableLength else {
            self.loop.counters.hit(.payloadBytes)
            return self.refuse(.payloadTooLarge, context: context)
        }
        self.state = .receiving(request, nil)
        if request.head.method == .POST { self.announcePost(request, context: context) }
    }

    /// Tells a session of a POST as soon as it begins: a second one meanwhile, or the client's going away, ends the session.
    private func announcePost(_ request: EngineRequest, context: ChannelHandlerContext) {
        // Whatever is wrong with the request is found again, and answered, once all of it is there.
        guard let query = try? HandshakeQuery(target: request.head.uri, limits: request.settings.options.limits),
            case .post(let id, let jsonp)? = try? self.decide(request, query)
        else { return }
        let exchange = HTTPExchange(jsonp: jsonp, eventLoop: context.eventLoop, handler: self)
        var request = request
        request.sessionID = id
        self.state = .receiving(request, exchange)
        self.onSession(of: request) { $0.postBegan(exchange) }
    }

    private func passToApplication(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        self.state = .application
        self.closesAfterApplication = head.version.minor == 0 && !head.isKeepAlive
        if !self.isApplicationPrepared {
            self.isApplicationPrepared = true
            do {
                try self.prepareApplication(context.channel)
            } catch {
                return self.refuse(.internalServerError, context: context)
            }
        }
        context.fireChannelRead(self.wrapInboundOut(.head(head)))
    }

    private func decide(_ request: EngineRequest, _ query: HandshakeQuery) throws(HandshakeError) -> RequestRoute {
        try RequestRoute.decide(
            method: .init(request.head.method.rawValue),
            query: query,
            isUpgrade: request.isUpgrade,
            origin: request.origin,
            options: request.settings.options
        )
    }

    private func route(_ request: EngineRequest, announced: HTTPExchange?, context: ChannelHandlerContext) {
        if request.head.method == .OPTIONS {
            return self.write(.preflight(request), for: request, context: context)
        }
        do throws(HandshakeError) {
            let query = try HandshakeQuery(target: request.head.uri, limits: request.settings.options.limits)
            let route = try self.decide(request, query)
            var request = request
            if request.isUpgrade {
                guard request.hasWebSocketKey else { throw .badRequest }
                try request.agreeOnExtensions()
            }
            try self.follow(route, query, request, announced, context)
        } catch {
            self.write(.error(error, to: request), for: request, context: context)
        }
    }

    private func follow(
        _ route: RequestRoute,
        _ query: HandshakeQuery,
        _ request: EngineRequest,
        _ announced: HTTPExchange?,
        _ context: ChannelHandlerContext
    ) throws(HandshakeError) {
        switch route {
        case .handshake(let revision, .polling, let jsonp):
            try request.checkJSONP(jsonp)
            try self.server.checkCapacity(of: self.loop)
            let exchange = self.makeExchange(request, nil, jsonp, context)
            self.loop.openPollingSession(
                request,
                revision: revision,
                query: query,
                exchange: exchange,
                channel: context.channel
            )
        case .handshake(let revision, .websocket, _):
            try self.server.checkCapacity(of: self.loop)
            self.acceptWebSocket(request, revision: revision, query: query, context: context)
        case .upgrade(let id):
            self.acceptUpgrade(request, id, context: context)
        case .poll(let id, let jsonp):
            try request.checkJSONP(jsonp)
            let exchange = self.makeExchange(request, id, jsonp, context)
            try self.onSession(id, exchange, request) { $0.pollReceived(exchange) }
        case .post(let id, let jsonp):
            try request.checkJSONP(jsonp)
            let body = jsonp == nil ? request.body : try? JSONP.payload(ofPost: request.body)
            let isBinary = request.isBinary
            let exchange = self.makeExchange(request, id, jsonp, context, announced)
            try self.onSession(id, exchange, request) { $0.postReceived(exchange, body: body, isBinary: isBinary) }
        case .misfit(let id):
            let exchange = self.makeExchange(request, id, nil, context)
            try self.onSession(id, exchange, request) { _ in exchange.respond(.badRequest) }
        }
    }

    private func makeExchange(
        _ request: EngineRequest,
        _ id: SessionID?,
        _ jsonp: JSONP.Index?,
        _ context: ChannelHandlerContext,
        _ announced: HTTPExchange? = nil
    ) -> HTTPExchange {
        let exchange = announced ?? HTTPExchange(jsonp: jsonp, eventLoop: context.eventLoop, handler: self)
        var waiting = request
        waiting.body = ByteBuffer()
        waiting.sessionID = id
        self.state = .waiting(waiting, exchange)
        return exchange
    }

    /// Does something with a session wherever it lives, or answers that there is none.
    private func onSession(
        _ id: SessionID,
        _ exchange: HTTPExchange,
        _ request: EngineRequest,
        _ body: @escaping @Sendable (Session) -> Void
    ) throws(HandshakeError) {
        guard let home = self.server.shard(of: id) else { throw .unknownSession }
        let settings = request.settings
        home.run {
            if let session = home.session(id, of: settings) {
                body(session)
            } else {
                exchange.respond(.error(.unknownSession))
            }
        }
    }

    /// Does something with the session that a request visits, should it still be there.
    func onSession(of request: EngineRequest, _ body: @escaping @Sendable (Session) -> Void) {
        guard let id = request.sessionID, let home = self.server.shard(of: id) else { return }
        let settings = request.settings
        home.run { home.session(id, of: settings).map(body) }
    }

    /// Passes the application's responses on, and notices their end.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = self.unwrapOutboundIn(data), case .application = self.state else {
            return context.write(data, promise: promise)
        }
        self.deadline = self.loop.now + self.server.keepAliveTimeout
        guard self.closesAfterApplication else {
            self.state = .idle
            return context.write(data, promise: promise)
        }
        self.state = .closing
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.write(data, promise: written)
    }

    func deadlineReached(now: NIODeadline) {
        guard let deadline, now >= deadline, let context else { return }
        self.loop.counters.hit(.requestDeadline)
        switch self.state {
        case .receiving: self.refuse(.requestTimeout, context: context)
        case .idle, .application, .closing, .upgrading, .waiting: context.close(promise: nil)
        }
    }

    /// The peer has closed its side.
    ///
    /// An application's answer under way still goes out; whoever polls is taken to be gone, since browsers abort
    /// requests this way.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        switch self.state {
        case .application:
            self.closesAfterApplication = true
            context.fireUserInboundEventTriggered(event)
        case .closing:
            // The last answer is on its way.
            break
        case .idle, .receiving, .waiting, .upgrading:
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch self.state {
        case .waiting(let request, let exchange), .receiving(let request, let exchange?):
            self.onSession(of: request) { $0.requestAborted(exchange) }
        case .idle, .receiving, .application, .closing, .upgrading:
            break
        }
        self.state = .closing
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError:
            let isTooLarge = error == .headerOverflow
            if isTooLarge { self.loop.counters.hit(.headerFields) }
            if case .idle = self.state {
                self.refuse(isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest, context: context)
            } else {
                context.close(promise: nil)
            }
        default:
            context.close(promise: nil)
        }
    }
}
