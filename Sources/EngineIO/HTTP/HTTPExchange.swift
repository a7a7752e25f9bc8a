// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1

/// One Engine.IO request that waits for its answer, and the way back to its connection.
///
/// The request's connection may live on another shard than its session, or in another process; the answer finds its way.
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
        /// Too much is under way.
        case busy
    }

    private enum WayBack: Sendable {
        case handler(any EventLoop, NIOLoopBound<EngineHTTPHandler>)
        /// Takes every answer; the first one counts.
        case visitor(@Sendable (Answer) -> Void)
    }

    let jsonp: JSONP.Index?
    /// The session that the request opens.
    let opens: SessionID?
    /// Whether packets must be answered as text.
    let wantsText: Bool
    /// The request's number, if its session is in another process.
    let visitNumber: UInt64?
    private let wayBack: WayBack

    init(
        jsonp: JSONP.Index?,
        opens: SessionID? = nil,
        visitNumber: UInt64? = nil,
        eventLoop: any EventLoop,
        handler: EngineHTTPHandler
    ) {
        self.jsonp = jsonp
        self.opens = opens
        self.wantsText = jsonp != nil
        self.visitNumber = visitNumber
        self.wayBack = .handler(eventLoop, NIOLoopBound(handler, eventLoop: eventLoop))
    }

    /// The request of a client in another process.
    init(visitorWantingText wantsText: Bool, answer: @escaping @Sendable (Answer) -> Void) {
        self.jsonp = nil
        self.opens = nil
        self.wantsText = wantsText
        self.visitNumber = nil
        self.wayBack = .visitor(answer)
    }

    /// Answers the request.
    ///
    /// Only the first answer counts.
    func respond(_ answer: Answer) {
        switch self.wayBack {
        case .handler(let eventLoop, let handler):
            if eventLoop.inEventLoop {
                handler.value.answer(self, with: answer)
            } else {
                eventLoop.execute { handler.value.answer(self, with: answer) }
            }
        case .visitor(let take):
            take(answer)
        }
    }
}
