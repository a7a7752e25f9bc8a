// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

/// One Engine.IO request that waits for its answer, and the way back to its connection.
///
/// The request's connection may live on another shard than its session; the answer finds its way.
final class HTTPExchange: Sendable {
    /// What a session answers.
    enum Answer: Sendable {
        /// A payload of packets, to a GET.
        case payload(ByteBuffer, contentType: String)
        /// `ok`, to a POST.
        case ok
        /// Code 3 of the error table.
        case badRequest
        /// One of the error table.
        case error(HandshakeError)
    }

    let jsonp: JSONP.Index?
    /// The session that the request opens.
    let opens: SessionID?
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<EngineHTTPHandler>

    init(jsonp: JSONP.Index?, opens: SessionID? = nil, eventLoop: any EventLoop, handler: EngineHTTPHandler) {
        self.jsonp = jsonp
        self.opens = opens
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    /// Answers the request.
    ///
    /// Only the first answer counts.
    func respond(_ answer: Answer) {
        if self.eventLoop.inEventLoop {
            self.handler.value.answer(self, with: answer)
        } else {
            self.eventLoop.execute { self.handler.value.answer(self, with: answer) }
        }
    }
}
