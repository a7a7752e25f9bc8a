// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOPosix

/// One end of a WebSocket that goes on in another process: what comes out of the socket goes into messages, and the other way round.
///
/// Knows nothing of frames. In the visitor the socket is the client's, in the owner it is one of a pair whose other one the session has.
///
/// `@unchecked Sendable`: every stored `var` is touched only on `eventLoop`; the members that may be called from elsewhere say so, and hand
/// over what they are told.
final class Tunnel: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How many bytes of the socket go into one message.
    private static let chunkBytes = 16 * 1024
    /// How long the other side has to take what the socket still said before it was closed.
    private static let lingerTime = TimeAmount.seconds(5)

    private let eventLoop: any EventLoop
    private let send: @Sendable (ForwardedContent) -> Void
    private var whenFinished: (@Sendable () -> Void)?
    private var window: TunnelWindow
    private var context: ChannelHandlerContext?
    /// What came before the socket was there.
    private var early: [ByteBuffer] = []
    /// What the socket said, as long as there is no room for it on the way.
    private var held = ByteBuffer()
    private var isReadHeld = false
    private var isSocketClosed = false
    private var isPeerDone = false
    private var unwritten = 0

    /// Creates an end that has no socket yet.
    ///
    /// - Parameters:
    ///   - eventLoop: Where the socket will be.
    ///   - window: How many bytes may be under way.
    ///   - send: Tells the other end; called on the loop.
    ///   - whenFinished: Called once, on the loop, when nothing more is sent or taken.
    init(
        eventLoop: any EventLoop,
        window: Int,
        send: @escaping @Sendable (ForwardedContent) -> Void,
        whenFinished: @escaping @Sendable () -> Void
    ) {
        self.eventLoop = eventLoop
        self.window = TunnelWindow(size: max(1, window))
        self.send = send
        self.whenFinished = whenFinished
    }

    /// Takes a socket over; nothing means that there is none after all.
    ///
    /// May be called from anywhere; with a connection by TLS on its loop, which is the tunnel's.
    func adopt(_ socket: TakenSocket?) {
        switch socket {
        case nil: self.abort()
        case .secure(let relay)?: relay.handOver(to: self)
        case .descriptor(let descriptor)?: self.makeChannel(of: descriptor)
        }
    }

    private func makeChannel(of descriptor: OwnedDescriptor) {
        ClientBootstrap(group: self.eventLoop)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.chunkBytes))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
            }
            .withConnectedSocket(descriptor.release())
            .whenFailure { _ in self.abort() }
    }

    /// Takes what the other end said.
    ///
    /// May be called from anywhere; calls of one thread keep their order.
    func receive(_ content: ForwardedContent) {
        self.eventLoop.execute {
            switch content {
            case .data(let sequence, let bytes): self.received(sequence, bytes)
            case .taken(let count):
                guard self.window.credited(count) else { return self.fail() }
                self.drain()
            case .ended:
                self.isPeerDone = true
                self.closeIfWritten()
                // A client that does not read is not waited for longer than at home.
                self.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { self.fail() }
            case .poll, .post, .misfit, .upgrade, .opened, .fellThrough, .left, .release, .answer, .probe:
                // Not of a tunnel; whoever says so is not of our kind.
                self.fail()
            }
        }
    }

    /// Ends the tunnel, because bytes may be missing in it or nobody is at the other end.
    ///
    /// May be called from anywhere.
    func abort() {
        self.eventLoop.execute { self.fail() }
    }

    private func received(_ sequence: UInt32, _ bytes: ByteBuffer) {
        guard self.whenFinished != nil else { return }
        guard self.window.received(sequence, bytes.readableBytes), !self.isPeerDone else { return self.fail() }
        if self.context == nil { self.early.append(bytes) } else { self.write(bytes) }
    }

    private func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        let count = bytes.readableBytes
        self.unwritten += count
        context.writeAndFlush(self.wrapOutboundOut(bytes)).assumeIsolated().whenSuccess {
            self.unwritten -= count
            if let total = self.window.tookOut(count), self.whenFinished != nil { self.send(.taken(total)) }
            self.closeIfWritten()
        }
    }

    /// Closes the socket once it has got all that the other end had to say.
    private func closeIfWritten() {
        guard self.isPeerDone, self.unwritten == 0, let context else { return }
        context.close(promise: nil)
    }

    /// Sends what the socket said, as far as there is room for it.
    private func drain() {
        guard self.whenFinished != nil else { return }
        while self.window.credit > 0, self.held.readableBytes > 0 {
            let count = min(self.held.readableBytes, self.window.credit, Self.chunkBytes)
            guard let bytes = self.held.readSlice(length: count) else { break }
            self.send(.data(sequence: self.window.sent(count), bytes))
        }
        guard self.held.readableBytes == 0 else { return }
        self.held = ByteBuffer()
        if self.isSocketClosed { return self.finish() }
        guard self.isReadHeld, self.window.credit > 0 else { return }
        self.isReadHeld = false
        self.context?.read()
    }

    private func fail() {
        self.finish()
        self.context?.close(promise: nil)
    }

    private func finish() {
        guard let whenFinished = self.whenFinished.take() else { return }
        self.held = ByteBuffer()
        if !self.isPeerDone { self.send(.ended) }
        whenFinished()
    }

    // MARK: The socket

    func handlerAdded(context: ChannelHandlerContext) {
        // The channel of a connection by TLS was there before.
        guard context.channel.isActive else { return }
        self.channelActive(context: context)
        self.read(context: context)
    }

    func channelActive(context: ChannelHandlerContext) {
        // Given up while the channel was being made.
        guard self.whenFinished != nil else { return context.close(promise: nil) }
        self.context = context
        for bytes in self.early { self.write(bytes) }
        self.early = []
        self.closeIfWritten()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func read(context: ChannelHandlerContext) {
        if self.held.readableBytes == 0, self.window.credit > 0 {
            context.read()
        } else {
            self.isReadHeld = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if self.held.readableBytes == 0 { self.held = bytes } else { self.held.writeBuffer(&bytes) }
        self.drain()
    }

    func channelInactive(context: ChannelHandlerContext) {
        context.fireChannelInactive()
        self.isSocketClosed = true
        if self.isPeerDone { return self.finish() }
        self.drain()
        guard self.whenFinished != nil else { return }
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { self.finish() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
