// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import EngineIO

@Suite struct PipelinedRequestTests {
    @Test(
        "Whoever asks on without reading gets the next answer once the one before is on the way",
        arguments: [
            "OPTIONS /engine.io/ HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n",
            "GET /engine.io/?EIO=4&transport=polling&sid=nobody HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func unread(_ request: String) throws {
        let loop = EmbeddedEventLoop()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = EngineServer(eventLoopGroup: loop, sendPath: .nio, logger: logger)
        server.mount("/engine.io/") { _ in SilentHandler() }
        let channel = EmbeddedChannel(loop: loop)
        let child = EngineChildChannel(server: server) { _, _, _ in throw CancellationError() }
        _ = child.setup(channel: channel, logger: logger)
        let line = StuckLine()
        try channel.pipeline.syncOperations.addHandler(line, position: .first)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.isWritable = false
        try channel.writeInbound(ByteBuffer(string: String(repeating: request, count: 3)))
        for count in 1...3 {
            loop.run()
            #expect(line.answers == count)
            line.release()
        }
        loop.run()
        #expect(line.answers == 3)
        #expect(channel.isActive)
        _ = try? channel.finish()
    }
}

/// Nothing that is written goes on before it is let go.
private final class StuckLine: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    /// How many responses have begun.
    private(set) var answers = 0
    private var promises: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if String(buffer: self.unwrapOutboundIn(data)).hasPrefix("HTTP/1.1 ") { self.answers += 1 }
        if let promise { self.promises.append(promise) }
    }

    func release() {
        let promises = self.promises
        self.promises = []
        for promise in promises { promise.succeed() }
    }
}
