// Licensed under the MIT licence.

import NIOCore
import SocketIOTesting
import Testing

@testable import ChatServer

@Suite struct LoopLagTests {
    private let loop = TestLoop()

    @Test func measuresFourTimesASecondUntilItIsStopped() {
        let lag = LoopLag(self.loop.shards[0])
        lag.start()
        self.loop.advance(by: .seconds(2))
        #expect(lag.lateness.count == 8)
        #expect(lag.lateness.sum == 0)
        lag.stop {}
        self.loop.advance(by: .seconds(2))
        #expect(lag.lateness.count == 8)
    }
}
