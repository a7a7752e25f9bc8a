// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOHTTP1
import NIOSSL

/// A connection that came by TLS and has left HTTP: stands behind the TLS handler, and carries bytes between it and a WebSocket on
/// whatever loop its session lives.
///
/// The state of TLS belongs to one pipeline, so such a connection cannot move as a descriptor does. One read at a time is under way to the
/// WebSocket's loop; what is written is counted there until it has left here.
///
/// `@unchecked Sendable`: every stored `var` is touched only on `loop`; the members that may be called from elsewhere say so, and hand over
/// what they are told.
final class SecureRelay: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Who has the connection now.
    private struct Reader: Sendable {
        let home: LoopShard
        let webSocket: NIOLoopBound<WebSocketHandler>
    }

    private let loop: LoopShard
    private var context: ChannelHandlerContext?
    private var reader: Reader?
    /// What came before there was a reader: of one read at most.
    private var held = ByteBuffer()
    /// How many bytes are under way to the reader.
    private var untaken = 0
    /// How many bytes have not left yet.
    private var unwritten = 0
    private var isPaused = false
    private var isClosing = false
    private var isOver = false

    private init(loop: LoopShard) {
        self.loop = loop
    }

    /// Takes a connection out of HTTP's hands.
    ///
    /// To be called on its loop.
    /// - Throws: If it has none of the handlers, because it was closed.
    static func takeOver(_ channel: any Channel, of loop: LoopShard) throws -> SecureRelay {
        let relay = SecureRelay(loop: loop)
        let operations = channel.pipeline.syncOperations
        let security = try operations.handler(type: NIOSSLServerHandler.self)
        try operations.addHandler(relay, position: .after(security))
        try channel.syncOptions?.setOption(.autoRead, value: false)
        // Not at once: the answer that has just been written may still be on its way back through these very handlers.
        channel.eventLoop.execute { Self.removeHTTP(from: channel) }
        return relay
    }

    /// What an application's requests may have added behind these stays; it hears of the connection's end and of nothing else.
    private static func removeHTTP(from channel: any Channel) {
        let operations = channel.pipeline.syncOperations
        func remove<Handler: RemovableChannelHandler>(_ type: Handler.Type) {
            // Legal: a connection that was closed meanwhile has none.
            guard let handler = try? operations.handler(type: type) else { return }
            operations.removeHandler(handler, promise: nil)
        }
        remove(EngineHTTPHandler.self)
        remove(NIOHTTPResponseHeadersValidator.self)
        remove(HTTPServerPipelineHandler.self)
        remove(EarlyBytes.self)
        remove(HTTPResponseEncoder.self)
    }

    // MARK: The WebSocket's side

    /// Reads for a WebSocket from now on.
    ///
    /// To be called on the loop of its session.
    func attach(_ webSocket: WebSocketHandler, of home: LoopShard) {
        let reader = Reader(home: home, webSocket: NIOLoopBound(webSocket, eventLoop: home.eventLoop))
        self.loop.run {
            guard !self.isOver else { return self.end(.transportClose, reader) }
            guard !self.isClosing else { return }
            self.reader = reader
            let held = self.held
            self.held = ByteBuffer()
            if held.readableBytes > 0 { self.pass(held, to: reader) }
            self.readIfWanted()
        }
    }

    /// Gives the connection to a tunnel, and leaves.
    ///
    /// To be called on the connection's loop.
    func handOver(to tunnel: Tunnel) {
        guard let context, !self.isOver else { return tunnel.abort() }
        do {
            try context.pipeline.syncOperations.addHandler(tunnel, position: .after(self))
            if self.held.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(self.held)) }
            self.held = ByteBuffer()
            try context.channel.syncOptions?.setOption(.autoRead, value: true)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            tunnel.abort()
            self.close()
        }
    }

    /// Writes, and tells `home` when the bytes have left.
    ///
    /// May be called from anywhere, `whenWritten` is called on `home`; the writes of one thread keep their order.
    func write(_ bytes: ByteBuffer, of home: LoopShard, whenWritten: (() -> Void)? = nil) {
        let whenWritten = whenWritten.map { NIOLoopBound($0, eventLoop: home.eventLoop) }
        self.loop.run {
            guard let context = self.context else { return }
            let count = bytes.readableBytes
            self.unwritten += count
            context.writeAndFlush(self.wrapOutboundOut(bytes)).assumeIsolated().whenSuccess {
                self.unwritten -= count
                if let whenWritten { home.run { whenWritten.value() } }
            }
        }
    }

    /// Stops or starts to read.
    ///
    /// May be called from anywhere.
    func setReading(_ isReading: Bool) {
        self.loop.run {
            self.isPaused = !isReading
            self.readIfWanted()
        }
    }

    /// Closes the connection.
    ///
    /// May be called from anywhere. Behind what the peer does not take there is no room for TLS's own goodbye, so it is left out.
    func close() {
        self.loop.run {
            self.reader = nil
            self.held = ByteBuffer()
            guard let context = self.context, !self.isClosing else { return }
            self.isClosing = true
            if self.unwritten > 0,
                let security = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            {
                return security.close(promise: nil)
            }
            // The peer's goodbye is to be heard.
            context.read()
            context.close(promise: nil)
        }
    }

    // MARK: The connection's side

    private func pass(_ bytes: ByteBuffer, to reader: Reader) {
        let count = bytes.readableBytes
        self.untaken += count
        reader.home.run {
            reader.webSocket.value.relayed(bytes)
            self.loop.run { self.taken(count) }
        }
    }

    private func taken(_ count: Int) {
        self.untaken -= count
        self.readIfWanted()
    }

    private func readIfWanted() {
        guard self.isClosing || self.reader != nil && !self.isPaused && self.untaken == 0 else { return }
        self.context?.read()
    }

    private func end(_ reason: EngineCloseReason, _ reader: Reader?) {
        guard let reader else { return }
        reader.home.run { reader.webSocket.value.connectionEnded(reason) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.reader = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if let reader {
            self.pass(bytes, to: reader)
        } else if !self.isClosing {
            self.held.writeBuffer(&bytes)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.readIfWanted()
    }

    /// Reading is decided on here, whatever the handlers behind want.
    func read(context: ChannelHandlerContext) {}

    func channelInactive(context: ChannelHandlerContext) {
        self.isOver = true
        self.end(.transportClose, self.reader.take())
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The end of a connection without TLS's goodbye is an end like any other: frames tell where they end.
        if case .uncleanShutdown? = error as? NIOSSLError { return }
        self.isOver = true
        self.end(.transportError, self.reader.take())
        context.close(promise: nil)
    }
}
