// Licensed under the MIT licence.

internal import NIOCore
internal import NIOPosix

/// What a ``WebSocketTransport`` tells the session it belongs to.
protocol WebSocketTransportOwner: AnyObject {
    func webSocketOpened(_ transport: WebSocketTransport)
    /// Called once before the messages of each read.
    func webSocketWillDeliver(_ transport: WebSocketTransport)
    func webSocketText(_ transport: WebSocketTransport, _ bytes: UnsafeRawBufferPointer)
    func webSocketBinary(_ transport: WebSocketTransport, _ bytes: UnsafeRawBufferPointer)
    /// The last call.
    func webSocketClosed(_ transport: WebSocketTransport, _ reason: EngineClientCloseReason)
}

/// One WebSocket connection to a server: the opening handshake, then frames.
///
/// One channel handler does everything, with no HTTP or WebSocket handlers beside it: a load of tens of thousands of
/// connections on one core leaves no room for a longer pipeline.
final class WebSocketTransport: ChannelInboundHandler, @unchecked Sendable {
    // Sendable because every member is used on the channel's event loop only; bootstrap closures merely carry the
    // reference there.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case connecting
        case awaitingAnswer(ByteBuffer)
        case open
        case closed
    }

    private let options: EngineClientOptions
    private let sid: String?
    /// Set to `nil` at the end, which breaks the cycle of session and transport.
    private var owner: (any WebSocketTransportOwner)?
    private var state = State.connecting
    private var channel: (any Channel)?
    private var reader: WebSocketMessageReader
    private var writer: WebSocketFrameWriter

    init(options: EngineClientOptions, sid: String?, owner: any WebSocketTransportOwner) {
        self.options = options
        self.sid = sid
        self.owner = owner
        self.reader = WebSocketMessageReader(maximumMessageBytes: options.maximumMessageBytes)
        self.writer = WebSocketFrameWriter(seed: UInt64.random(in: .min ... .max))
    }

    func connect(on eventLoop: any EventLoop) {
        ClientConnector.connect(
            self.options,
            on: eventLoop,
            handlers: { [self] in [self] },
            failed: { [self] in self.finish($0) }
        )
    }

    // MARK: Sending

    var isWritable: Bool { self.channel?.isWritable ?? false }

    /// Writes one message; `prefix` is put before the payload without a copy by the caller.
    func send(_ opcode: WebSocketFrame.Opcode, prefix: UInt8?, payload: UnsafeRawBufferPointer, flush: Bool = true) {
        guard case .open = self.state, let channel = self.channel else { return }
        var frame = channel.allocator.buffer(capacity: payload.count + 15)
        self.writer.write(opcode, prefix: prefix, payload: payload, into: &frame)
        if flush {
            channel.writeAndFlush(frame, promise: nil)
        } else {
            channel.write(frame, promise: nil)
        }
    }

    func flush() {
        self.channel?.flush()
    }

    /// Says goodbye (RFC 6455 §5.5.1) and ends the connection without waiting for the answer.
    func close(_ reason: EngineClientCloseReason) {
        if case .open = self.state {
            let normalClosure: [UInt8] = [0x03, 0xE8]
            normalClosure.withUnsafeBytes { self.send(.close, prefix: nil, payload: $0) }
        }
        self.finish(reason)
    }

    /// Ends the connection without a close frame, as a lost client does.
    func abort(_ reason: EngineClientCloseReason) {
        self.finish(reason)
    }

    private func finish(_ reason: EngineClientCloseReason) {
        if case .closed = self.state { return }
        self.state = .closed
        let owner = self.owner.take()
        self.channel.take()?.close(promise: nil)
        owner?.webSocketClosed(self, reason)
    }

    // MARK: Receiving

    func channelActive(context: ChannelHandlerContext) {
        guard case .connecting = self.state else {
            // Closed while the connect was under way.
            context.close(promise: nil)
            return
        }
        self.channel = context.channel
        self.state = .awaitingAnswer(ByteBuffer())
        var request = context.channel.allocator.buffer(capacity: 512)
        WebSocketOpening.writeRequest(self.options, sid: self.sid, into: &request)
        context.writeAndFlush(self.wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        switch self.state {
        case .open:
            self.deliver(buffer)
        case .awaitingAnswer(var answer):
            self.state = .connecting
            answer.writeImmutableBuffer(buffer)
            self.answerReceived(answer)
        case .connecting, .closed:
            break  // Bytes that were on their way when this side closed.
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(.connectionLost(closeCode: nil))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish(.connectionLost(closeCode: nil))
    }

    private func answerReceived(_ answer: ByteBuffer) {
        switch WebSocketOpening.readAnswer(answer) {
        case .incomplete:
            self.state = .awaitingAnswer(answer)
        case .refused(let reason):
            self.finish(reason)
        case .accepted(let rest):
            self.state = .open
            self.owner?.webSocketOpened(self)
            if rest.readableBytes > 0 { self.deliver(rest) }
        }
    }

    private func deliver(_ buffer: ByteBuffer) {
        guard let owner = self.owner else { return }
        owner.webSocketWillDeliver(self)
        do throws(WebSocketViolation) {
            try self.reader.read(buffer) { message in
                switch message {
                case .text(let bytes): owner.webSocketText(self, bytes)
                case .binary(let bytes): owner.webSocketBinary(self, bytes)
                case .ping(let bytes): self.send(.pong, prefix: nil, payload: bytes)
                case .pong: break
                case .close(let code): self.close(.connectionLost(closeCode: code))
                }
                return self.owner != nil
            }
        } catch {
            self.close(.protocolViolation(error.rawValue))
        }
    }
}
