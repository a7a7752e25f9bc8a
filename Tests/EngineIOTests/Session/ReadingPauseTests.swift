// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOEmbedded
import Testing

@testable import EngineIO

@Suite struct ReadingPauseTests {
    private let fixture = ShardFixture()
    private static let options = EngineIOOptions(pingInterval: .seconds(1), pingTimeout: .seconds(1))
    private static let ping: [UInt8] = [0x81, 1, UInt8(ascii: "2")]

    private func pass(_ time: TimeAmount) {
        self.fixture.eventLoop.advanceTime(by: time)
        self.fixture.shard.sweep()
    }

    @Test func `a peer that is not read cannot miss a heartbeat`() throws {
        let session = try self.fixture.connect(options: Self.options)
        self.pass(.seconds(1))
        #expect(self.fixture.received(by: session) == Self.ping)
        session.pauseReading()
        self.pass(.seconds(60))
        #expect(session.isOpen)
        session.resumeReading()
        self.pass(.milliseconds(900))
        #expect(session.isOpen, "it has its full time once it is read again")
        self.pass(.milliseconds(100))
        #expect(!session.isOpen)
        self.fixture.tearDown()
    }

    @Test func `who answers after the pause lives on`() throws {
        let session = try self.fixture.connect(options: Self.options)
        self.pass(.seconds(1))
        session.pauseReading()
        self.pass(.seconds(60))
        session.resumeReading()
        session.packetReceived(.pong(ByteBuffer()))
        #expect(self.fixture.received(by: session) == Self.ping)
        self.pass(.milliseconds(999))
        #expect(self.fixture.received(by: session) == [])
        self.pass(.milliseconds(1))
        #expect(self.fixture.received(by: session) == Self.ping && session.isOpen)
        self.fixture.tearDown()
    }
}
