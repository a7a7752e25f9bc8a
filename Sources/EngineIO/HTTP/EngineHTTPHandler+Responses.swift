// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

// The way back: answers of sessions, refusals, and what closes the connection afterwards.
extension EngineHTTPHandler {
    /// The session's answer to the request that waits here.
    func answer(_ exchange: HTTPExchange, with answer: HTTPExchange.Answer) {
        guard let context else { return }
        switch self.state {
        case .waiting(let request, let waiting) where waiting === exchange:
            var response = EngineResponse.answer(answer, jsonp: exchange.jsonp, to: request)
            var opened: SessionID?
            if case .payload = answer {
                response = response.compressed(for: request, by: self.loop.compression.content)
                opened = exchange.opens
                self.answeredPoll = AnsweredPoll(request: request, exchange: exchange, answeredAt: self.loop.now)
            }
            self.write(response, for: request, opening: opened, context: context)
        case .receiving(let request, let announced) where announced === exchange:
            // The rest of the body is of no use to anybody.
            var response = EngineResponse.answer(answer, jsonp: exchange.jsonp, to: request)
            response.headers.addApplicationFields(request.applicationFields(opening: nil))
            self.finish(response, version: request.head.version, context: context)
        case .idle, .receiving, .deciding, .waiting, .application, .closing, .upgrading:
            // Legal: the session ended while its answer was on the way, or the other way round.
            break
        }
    }

    /// `id`: the session that the answer opens.
    func write(
        _ response: EngineResponse,
        for request: EngineRequest,
        opening id: SessionID? = nil,
        context: ChannelHandlerContext
    ) {
        var response = response
        response.headers.addApplicationFields(request.applicationFields(opening: id))
        // Of a server that is about to end, whoever keeps connections for the next request is to open that at another one.
        let keepsAlive = request.head.isKeepAlive && !request.isUpgrade && !self.loop.isDraining
        self.state = keepsAlive ? .idle : .closing
        self.deadline = self.loop.now + self.server.keepAliveTimeout
        self.writeParts(response, version: request.head.version, keepsAlive: keepsAlive, context: context)
    }

    private func writeParts(
        _ response: EngineResponse,
        version: HTTPVersion,
        keepsAlive: Bool,
        context: ChannelHandlerContext
    ) {
        var head = HTTPResponseHead(version: version, status: response.status, headers: response.headers)
        if !keepsAlive {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if version.minor == 0 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        // Whoever asks on without reading is not given the next request's answer before this one is on the way: requests that were sent ahead
        // wait for the end of the response, and what their sessions have to say counts for these meanwhile.
        let isBehind = keepsAlive && !context.channel.isWritable
        let written = isBehind ? context.eventLoop.makePromise(of: Void.self) : nil
        context.write(self.wrapOutboundOut(.head(head)), promise: response.body == nil ? written : nil)
        if let body = response.body {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: written)
        }
        if let written {
            context.flush()
            written.futureResult.assumeIsolated().whenComplete { _ in
                context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
            }
            return
        }
        let end = context.writeAndFlush(self.wrapOutboundOut(.end(nil)))
        if !keepsAlive {
            let channel = context.channel
            end.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Answers a request that cannot be read to its end, and closes the connection.
    func refuse(_ status: HTTPResponseStatus, context: ChannelHandlerContext) {
        if case .receiving(let request, let exchange?) = self.state { self.abandoned(exchange, of: request) }
        self.finish(.refusal(status), version: .http1_1, context: context)
    }

    /// Writes the connection's last response.
    private func finish(_ response: EngineResponse, version: HTTPVersion, context: ChannelHandlerContext) {
        self.state = .closing
        self.deadline = self.loop.now + .seconds(1)
        self.writeParts(response, version: version, keepsAlive: false, context: context)
    }
}

/// A poll whose answer was written, and may yet be lost.
struct AnsweredPoll {
    /// Connections that are reset later were idle, and their answer has long arrived.
    private static let doubt = TimeAmount.seconds(5)

    let request: EngineRequest
    let exchange: HTTPExchange
    let answeredAt: NIODeadline

    /// The connection was reset.
    ///
    /// Browsers then send the request again by themselves, if they got no answer: the session would go on without what was in it, and
    /// nobody would know. So it ends, and its client begins anew or has its state restored.
    func lost(on handler: EngineHTTPHandler) {
        guard handler.loop.now - self.answeredAt < Self.doubt else { return }
        if self.exchange.visitNumber != nil { return handler.abandoned(self.exchange, of: self.request) }
        handler.onSession(of: self.request) { $0.pollAnswerLost() }
    }
}
