// Licensed under the MIT licence.

import NIOCore

/// Where a WebSocket's connection takes what does not go through the outbox.
enum WebSocketOutlet {
    /// A channel that has nothing but the WebSocket.
    case channel(ChannelHandlerContext)
    /// A connection by TLS, which may live on another loop.
    case secure(SecureRelay)

    func write(_ bytes: ByteBuffer, of home: LoopShard) {
        switch self {
        case .channel(let context): context.writeAndFlush(NIOAny(bytes), promise: nil)
        case .secure(let relay): relay.write(bytes, of: home)
        }
    }

    /// Writes and tells when the bytes have left.
    func write(_ bytes: ByteBuffer, of home: LoopShard, whenWritten: @escaping () -> Void) {
        switch self {
        case .channel(let context):
            context.writeAndFlush(NIOAny(bytes)).assumeIsolated().whenSuccess { whenWritten() }
        case .secure(let relay):
            relay.write(bytes, of: home, whenWritten: whenWritten)
        }
    }

    func setReading(_ isReading: Bool) {
        switch self {
        case .channel(let context):
            _ = try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
            if isReading { context.read() }
        case .secure(let relay):
            relay.setReading(isReading)
        }
    }

    func close() {
        switch self {
        case .channel(let context): context.close(promise: nil)
        case .secure(let relay): relay.close()
        }
    }
}
