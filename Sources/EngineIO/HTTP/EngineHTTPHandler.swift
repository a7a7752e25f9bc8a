// Licensed under the MIT licence.

import EngineIOCore
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sorts the requests of one connection: those on an Engine.IO path are answered here, on the loop; all others go on to the
/// application.
///
/// Requests arrive one at a time: NIO's pipelining handler in front holds the next back until the response has been written.
final class EngineHTTPHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        case idle
        /// An Engine.IO request is being received; a POST has been announced to its session.
        case receiving(EngineRequest, HTTPExchange?)
        /// The application is asked whether a client may open a session.
        case deciding(SessionOpening, Task<Void, Never>)
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
    /// Called before the first request for the application, once; with nothing when the handler leaves before there is one.
    private let prepareApplication: ((any Channel)?) throws -> Void
    private var isApplicationPrepared = false
    /// The request that is with the application came by HTTP/1.0, without a wish to keep the connection.
    private var closesAfterApplication = false
    var deadline: NIODeadline?
    var state = State.idle
    var context: ChannelHandlerContext?
    /// Where the connection comes from, if a proxy has said so by the PROXY protocol.
    private var proxiedPeer: String?
    /// The address that this connection counts for.
    private var countedNetwork: NetworkRange?
    /// The poll that was answered last, until something shows that the answer has arrived.
    var answeredPoll: AnsweredPoll?

    init(server: EngineServer, loop: LoopShard, prepareApplication: @escaping ((any Channel)?) throws -> Void) {
        self.server = server
        self.loop = loop
        self.prepareApplication = prepareApplication
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.deadline = self.loop.now + server.requestDeadline
        self.loop.requestDeadlines.insert(self)
        self.count(context.remoteAddress?.ipAddress, context: context)
    }

    /// Counts the connection for its address, and closes it if that has enough of them.
    private func count(_ address: String?, context: ChannelHandlerContext) {
        // What a proxy passes on is many clients', who are counted by what they open.
        guard let addresses = self.loop.addresses, let address = address.flatMap({ IPAddress($0) }),
            !self.server.isProxy(address)
        else { return }
        guard addresses.admitConnection(address.assignedNetwork, now: self.loop.now) else {
            self.loop.counters.hit(.addressConnections)
            self.state = .closing
            return context.close(promise: nil)
        }
        self.countedNetwork = address.assignedNetwork
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.answeredPoll = nil
        self.loop.requestDeadlines.remove(self)
        if !self.isApplicationPrepared { try? self.prepareApplication(nil) }
        if let network = self.countedNetwork.take() { self.loop.addresses?.closed(.connection, network) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        switch (part, self.state) {
        case (.head(let head), .idle):
            // Who asks again on the same connection has the answer to what was asked before.
            self.answeredPoll = nil
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
        case (_, .closing), (_, .upgrading), (.body, .idle), (.end, .idle), (_, .deciding), (_, .waiting),
            (.head, .receiving):
            // After a refusal the rest of the request may still arrive; nobody wants it.
            break
        }
    }

    private func headReceived(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        self.deadline = self.loop.now + self.server.requestDeadline
        guard EngineRequest.namesHost(head) else { return self.refuse(.badRequest, context: context) }
        guard let settings = self.server.settings(forTarget: head.uri) else {
            return self.passToApplication(head, context: context)
        }
        let peer = self.proxiedPeer ?? context.remoteAddress?.ipAddress ?? ""
        let request = EngineRequest(head: head, settings: settings, peer: peer)
        guard request.hasAcceptableLength else {
            self.loop.counters.hit(.payloadBytes)
            return self.refuse(.payloadTooLarge, context: context)
        }
        self.state = .receiving(request, nil)
        if request.head.method == .POST { self.announcePost(request, context: context) }
    }

    /// Tells a session of a POST as soon as it begins: a second one meanwhile, or the client's going away, ends the session.
    private func announcePost(_ request: EngineRequest, context: ChannelHandlerContext) {
        // Whatever is wrong with the request is found again, and answered, once all of it is there. A session in another
        // process hears of it then.
        guard let query = try? HandshakeQuery(target: request.head.uri, limits: request.settings.options.limits),
            case .post(let id, let jsonp)? = try? self.decide(request, query), self.server.owner(of: id) == nil
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
        case .deciding(_, let task):
            task.cancel()
            self.refuse(.serviceUnavailable, context: context)
        case .idle, .application, .closing, .upgrading, .waiting: context.close(promise: nil)
        }
    }

    /// The peer has closed its side.
    ///
    /// An application's answer under way still goes out; whoever polls is taken to be gone, since browsers abort
    /// requests this way.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let peer = event as? ProxiedPeer {
            self.proxiedPeer = peer.address
            return self.count(peer.address, context: context)
        }
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        switch self.state {
        case .application:
            self.closesAfterApplication = true
            context.fireUserInboundEventTriggered(event)
        case .closing:
            // The last answer is on its way.
            break
        case .idle, .receiving, .deciding, .waiting, .upgrading:
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch self.state {
        case .waiting(let request, let exchange), .receiving(let request, let exchange?):
            self.abandoned(exchange, of: request)
        case .deciding(_, let task):
            task.cancel()
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
        case NIOSSLError.uncleanShutdown:
            // An end without TLS's goodbye, which many clients leave out; HTTP tells by itself what is whole.
            context.close(promise: nil)
        case NIOSSLError.handshakeFailed(let reason):
            self.loop.counters.tlsHandshakesFailed += 1
            self.loop.logger.debug("TLS handshake failed", metadata: ["error": "\(reason)"])
            context.close(promise: nil)
        default:
            if let poll = self.answeredPoll.take() { poll.lost(on: self) }
            context.close(promise: nil)
        }
    }
}
