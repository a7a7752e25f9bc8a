// Licensed under the MIT licence.

import NIOCore
import NIOHTTP1

/// Takes over behind the HTTP decoder when a connection becomes a WebSocket: what the client sent together with its opening
/// handshake is a frame already.
///
/// A client should wait for the answer (RFC 6455 §4.1), but not all do, and the reference server takes what came early. Takes
/// messages of any type, since a decoder that is being removed may still hand over HTTP.
final class EarlyBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let maximumCount: Int
    private(set) var bytes = ByteBuffer()
    /// More came than one message may hold.
    private(set) var isOverLimit = false

    init(maximumCount: Int) {
        self.maximumCount = maximumCount
    }

    /// Puts the handler in the place of a pipeline's decoder; the future succeeds once the decoder has handed over all it had.
    func takeOver(_ pipeline: ChannelPipeline) throws -> EventLoopFuture<Void> {
        let operations = pipeline.syncOperations
        let decoder = try operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try operations.addHandler(self, position: .after(decoder))
        return operations.removeHandler(decoder)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let early: ByteBuffer
        switch self.unwrapInboundIn(data) {
        case let buffer as ByteBuffer:
            early = buffer
        case let data as IOData:
            guard case .byteBuffer(let buffer) = data else { return }
            early = buffer
        default:
            return
        }
        guard self.bytes.readableBytes + early.readableBytes <= self.maximumCount else {
            self.isOverLimit = true
            return
        }
        self.bytes.writeImmutableBuffer(early)
    }
}
