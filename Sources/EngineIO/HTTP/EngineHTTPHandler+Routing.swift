// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import NIOHTTP1

// What a complete request asks for, and who answers it.
extension EngineHTTPHandler {
    func decide(_ request: EngineRequest, _ query: HandshakeQuery) throws(HandshakeError) -> RequestRoute {
        try RequestRoute.decide(
            method: .init(request.head.method.rawValue),
            query: query,
            isUpgrade: request.isUpgrade,
            origin: request.origin,
            options: request.settings.options
        )
    }

    func route(_ request: EngineRequest, announced: HTTPExchange?, context: ChannelHandlerContext) {
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
            self.note(error, request)
        }
    }

    /// Says that a request was refused before it reached a session.
    func note(_ error: HandshakeError, _ request: EngineRequest) {
        self.loop.logger.debug("Engine.IO request refused", metadata: Self.metadata(error, request))
    }

    private static func metadata(_ error: HandshakeError, _ request: EngineRequest) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["http.status": "\(error.httpStatus)", "eio.error": "\(error.message)"]
        if let id = request.head.headers.first(name: CorrelationID.fieldName).flatMap(CorrelationID.init(_:)) {
            metadata["http.request_id"] = "\(id.text)"
        }
        return metadata
    }

    private func follow(
        _ route: RequestRoute,
        _ query: HandshakeQuery,
        _ request: EngineRequest,
        _ announced: HTTPExchange?,
        _ context: ChannelHandlerContext
    ) throws(HandshakeError) {
        if let id = route.sessionID, let owner = self.server.owner(of: id) {
            return try self.forward(route, of: id, to: owner, request, context)
        }
        switch route {
        case .handshake(let revision, let transport, let jsonp):
            try request.checkJSONP(jsonp)
            let opening = SessionOpening(
                request,
                id: self.loop.makeSessionID(node: self.server.forwarding?.address),
                revision: revision,
                transport: transport,
                jsonp: jsonp,
                query: query
            )
            try self.open(opening, context: context)
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

    func makeExchange(
        _ request: EngineRequest,
        _ id: SessionID?,
        _ jsonp: JSONP.Index?,
        _ context: ChannelHandlerContext,
        _ announced: HTTPExchange? = nil,
        visitNumber: UInt64? = nil
    ) -> HTTPExchange {
        let exchange =
            announced
            ?? HTTPExchange(jsonp: jsonp, visitNumber: visitNumber, eventLoop: context.eventLoop, handler: self)
        var waiting = request
        waiting.body = ByteBuffer()
        waiting.sessionID = id
        self.state = .waiting(waiting, exchange)
        return exchange
    }

    /// The exchange of a request that opens a session.
    func makeExchange(_ opening: SessionOpening, _ context: ChannelHandlerContext) -> HTTPExchange {
        let exchange = HTTPExchange(
            jsonp: opening.jsonp,
            opens: opening.id,
            eventLoop: context.eventLoop,
            handler: self
        )
        self.state = .waiting(opening.request, exchange)
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

    /// The client of a request went away before it was answered, or before the answer can have reached it.
    func abandoned(_ exchange: HTTPExchange, of request: EngineRequest) {
        if let number = exchange.visitNumber, let id = request.sessionID {
            self.server.forwarding?.clientLeft(number, ForwardedVisit(id: id, path: request.settings.path))
        } else {
            self.onSession(of: request) { $0.requestAborted(exchange) }
        }
    }

    /// Does something with the session that a request visits, should it still be there.
    func onSession(of request: EngineRequest, _ body: @escaping @Sendable (Session) -> Void) {
        guard let id = request.sessionID, let home = self.server.shard(of: id) else { return }
        let settings = request.settings
        home.run { home.session(id, of: settings).map(body) }
    }
}
