// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import EngineIO

@Suite struct ShardEndTests {
    /// Has another shard do something when its session ends.
    private final class Farewell: EngineConnectionHandler {
        private let other: LoopShard
        private let job: @Sendable () -> Void

        init(to other: LoopShard, _ job: @escaping @Sendable () -> Void) {
            self.other = other
            self.job = job
        }

        func textReceived(_ text: ByteBuffer) {}
        func binaryReceived(_ bytes: ByteBuffer) {}
        func closed(_ reason: EngineCloseReason) { self.other.execute(self.job) }
    }

    @Test func `work for another shard that comes up in the last turn is done`() throws {
        let fixture = ShardFixture()
        let otherLoop = EmbeddedEventLoop()
        let other = LoopShard(
            index: 1,
            eventLoop: otherLoop,
            sendPath: .direct,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        _ = fixture.shard.start(peers: [fixture.shard, other], timerResolution: .seconds(1))
        fixture.eventLoop.run()
        let session = try fixture.connect()
        let isDone = Mutex(false)
        session.handler = Farewell(to: other) { isDone.withLock { $0 = true } }
        // Only sending finds out that the peer is gone, and what is due is sent last.
        try #require(fixture.sockets[session.slot]).breakTheirs()
        _ = fixture.shard.stop()
        fixture.send(EngineMessage(text: ByteBuffer(string: "a")), to: [session])
        fixture.eventLoop.run()
        otherLoop.run()
        #expect(isDone.withLock { $0 })
    }
}
