// Licensed under the MIT licence.

internal import NIOCore
internal import NIOHTTP1

/// One keep-alive HTTP/1.1 connection that carries one request at a time; polling uses one for GET and one for POST.
final class HTTPLane: ChannelInboundHandler, @unchecked Sendable {
    // Sendable because every member is used on one event loop only; bootstrap closures merely carry the reference
    // there.
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Request {
        var method: HTTPMethod
        var target: String
        var contentType: String?
        var body: ByteBuffer?
    }

    struct Answer {
        var status: Int
        var contentType: String
        var body: ByteBuffer
    }

    private let options: EngineClientOptions
    private let eventLoop: any EventLoop
    private var channel: (any Channel)?
    private var waiting: Request?
    private var answer: Answer?
    private var closesAfterAnswer = false
    private var completion: ((Result<Answer, EngineClientCloseReason>) -> Void)?
    private var isClosed = false

    init(options: EngineClientOptions, eventLoop: any EventLoop) {
        self.options = options
        self.eventLoop = eventLoop
    }

    /// Sends a request, connecting first where needed.
    ///
    /// The completion is called exactly once, unless the lane is closed before.
    func send(_ request: Request, completion: @escaping (Result<Answer, EngineClientCloseReason>) -> Void) {
        guard !self.isClosed, self.completion == nil else {
            // A second request on a busy lane would be this client's own mistake; refusing it keeps the first one's
            // answer apart.
            return completion(.failure(.protocolViolation("a request on a busy lane")))
        }
        self.completion = completion
        if let channel = self.channel {
            self.write(request, to: channel)
            return
        }
        self.waiting = request
        ClientConnector.connect(
            self.options,
            on: self.eventLoop,
            handlers: { [self] in
                [
                    HTTPRequestEncoder() as any ChannelHandler,
                    ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
                    self,
                ]
            },
            failed: { [self] in self.complete(.failure($0)) }
        )
    }

    /// Drops the connection; a request under way is forgotten.
    func close() {
        self.isClosed = true
        self.completion = nil
        self.channel.take()?.close(promise: nil)
    }

    private func write(_ request: Request, to channel: any Channel) {
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.target)
        head.headers.add(name: "Host", value: self.options.hostHeader)
        for header in self.options.headers { head.headers.add(name: header.name, value: header.value) }
        if let contentType = request.contentType { head.headers.add(name: "Content-Type", value: contentType) }
        if let body = request.body { head.headers.add(name: "Content-Length", value: "\(body.readableBytes)") }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body = request.body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    private func complete(_ result: Result<Answer, EngineClientCloseReason>) {
        self.answer = nil
        self.closesAfterAnswer = false
        self.waiting = nil
        self.completion.take()?(result)
    }

    // MARK: Channel

    func channelActive(context: ChannelHandlerContext) {
        guard !self.isClosed else { return context.close(promise: nil) }
        self.channel = context.channel
        if let request = self.waiting.take() { self.write(request, to: context.channel) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return }  // 100 Continue and its like are not the answer.
            let contentType = head.headers.first(name: "content-type") ?? ""
            self.answer = Answer(status: Int(head.status.code), contentType: contentType, body: ByteBuffer())
            self.closesAfterAnswer = !head.isKeepAlive
        case .body(var part):
            self.answer?.body.writeBuffer(&part)
            if let count = self.answer?.body.readableBytes, count > self.options.maximumMessageBytes {
                self.complete(.failure(.protocolViolation("an HTTP body above the limit")))
                context.close(promise: nil)
            }
        case .end:
            if self.closesAfterAnswer {
                // Answered once the connection is gone, so that the next request finds the lane free.
                context.close(promise: nil)
            } else if let answer = self.answer {
                self.complete(.success(answer))
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.channel = nil
        if self.closesAfterAnswer, let answer = self.answer {
            self.complete(.success(answer))
        } else {
            self.complete(.failure(.connectionLost(closeCode: nil)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
