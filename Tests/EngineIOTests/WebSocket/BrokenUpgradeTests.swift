// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import EngineIO

@Suite struct BrokenUpgradeTests {
    @Test func `a connection that breaks under the answer gets no second one`() throws {
        let loop = EmbeddedEventLoop()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = EngineServer(eventLoopGroup: loop, sendPath: .nio, logger: logger)
        server.mount("/engine.io/") { _ in SilentHandler() }
        let channel = EmbeddedChannel(loop: loop)
        let child = EngineChildChannel(server: server) { _, _, _ in throw CancellationError() }
        _ = child.setup(channel: channel, logger: logger)
        let line = BrokenLine()
        try channel.pipeline.syncOperations.addHandler(line, position: .first)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let request = """
            GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
            """
        try channel.writeInbound(ByteBuffer(string: request))
        loop.run()
        #expect(line.writes == 1)
        #expect(!channel.isActive)
        _ = try? channel.finish()
    }
}

/// Every write fails, as on a connection that was reset.
private final class BrokenLine: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var writes = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = self.unwrapOutboundIn(data)
        if bytes.readableBytes > 0 { self.writes += 1 }
        promise?.fail(IOError(errnoCode: 104, reason: "write"))
    }
}
