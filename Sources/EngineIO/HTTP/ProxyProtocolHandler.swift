// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// Where a connection comes from, as the proxy in between has said.
struct ProxiedPeer {
    let address: String
}

/// Takes the PROXY protocol's header off the beginning of a connection, tells the handlers behind it whose it is, and leaves.
///
/// Until the header is there nothing else is let through; a connection that begins with anything else is closed.
final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let loop: LoopShard
    private var received = ByteBuffer()
    private var isDone = false

    init(loop: LoopShard) {
        self.loop = loop
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDone else { return context.fireChannelRead(data) }
        self.received.writeImmutableBuffer(self.unwrapInboundIn(data))
        switch ProxyProtocol.read(self.received.readableBytesView) {
        case .incomplete:
            break
        case .malformed:
            self.loop.counters.hit(.proxyProtocol)
            self.isDone = true
            context.close(promise: nil)
        case .header(let byteCount, let client):
            self.isDone = true
            self.received.moveReaderIndex(forwardBy: byteCount)
            if let client { context.fireUserInboundEventTriggered(ProxiedPeer(address: client)) }
            if self.received.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(self.received)) }
            self.received = ByteBuffer()
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }
}
