// Licensed under the MIT licence.

import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import EngineIO

@Suite struct EarlyBytesTests {
    private static let upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"

    /// What is early when these bytes came in one read, and these after the handler took over.
    private static func early(_ first: String, then later: String = "", maximumCount: Int = 100) throws -> EarlyBytes {
        let channel = EmbeddedChannel()
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/early")).wait()
        try channel.writeInbound(ByteBuffer(string: first))
        let early = EarlyBytes(maximumCount: maximumCount)
        let takenOver = try early.takeOver(channel.pipeline)
        channel.embeddedEventLoop.run()
        try takenOver.wait()
        if !later.isEmpty { try channel.writeInbound(ByteBuffer(string: later)) }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return early
    }

    @Test func `what follows the request in one read, and later`() throws {
        #expect(try Self.early(Self.upgrade).bytes == ByteBuffer())
        #expect(try Self.early(Self.upgrade + "frame").bytes == ByteBuffer(string: "frame"))
        #expect(try Self.early(Self.upgrade + "fra", then: "me").bytes == ByteBuffer(string: "frame"))
        #expect(try Self.early(Self.upgrade, then: "frame").bytes == ByteBuffer(string: "frame"))
    }

    @Test func `no more than a message`() throws {
        let early = try Self.early(Self.upgrade + "12345", then: "678", maximumCount: 7)
        #expect(early.isOverLimit)
        #expect(early.bytes == ByteBuffer(string: "12345"))
        #expect(try !Self.early(Self.upgrade + "1234567", maximumCount: 7).isOverLimit)
    }

    @Test func `a decoder that did not see an upgrade does no harm`() throws {
        #expect(try Self.early("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n").bytes.readableBytes <= 100)
    }
}
