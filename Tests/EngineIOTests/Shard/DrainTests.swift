// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import NIOEmbedded
import Testing

@testable import EngineIO

@Suite struct DrainTests {
    private final class Flag {
        var isSet = false
    }

    @Test func sessionsEndLittleByLittle() throws {
        let fixture = ShardFixture()
        for _ in 0..<25 { _ = try fixture.connect() }
        let isOver = NIOLoopBound(Flag(), eventLoop: fixture.eventLoop)
        fixture.shard.drain(over: .seconds(1), .serverShuttingDown).whenComplete { _ in isOver.value.isSet = true }
        fixture.eventLoop.run()
        var left = [fixture.shard.sessionsByID.count]
        for _ in 1..<10 {
            fixture.eventLoop.advanceTime(by: .milliseconds(100))
            left.append(fixture.shard.sessionsByID.count)
        }
        // 25 in ten steps: two or three at a time, and nobody is left at the end.
        #expect(zip([25] + left, left).allSatisfy { (2...3).contains($0 - $1) }, "\(left)")
        #expect(left.last == 0)
        #expect(isOver.value.isSet)
    }

    @Test func nobodyIsWaitedFor() throws {
        let fixture = ShardFixture()
        let session = try fixture.connect()
        _ = try fixture.connect()
        let isOver = NIOLoopBound(Flag(), eventLoop: fixture.eventLoop)
        fixture.shard.drain(over: .seconds(60), .serverShuttingDown).whenComplete { _ in isOver.value.isSet = true }
        fixture.eventLoop.run()
        #expect(fixture.shard.sessionsByID.count == 1)
        #expect(!isOver.value.isSet)
        fixture.shard.sessionsByID.values.first?.end(.transportClose)
        session.end(.transportClose)
        fixture.eventLoop.advanceTime(by: .milliseconds(100))
        #expect(isOver.value.isSet)
    }

    @Test func withoutTimeAllGoAtOnce() throws {
        let fixture = ShardFixture()
        for _ in 0..<25 { _ = try fixture.connect() }
        _ = fixture.shard.drain(over: .zero, .serverShuttingDown)
        fixture.eventLoop.run()
        #expect(fixture.shard.sessionsByID.isEmpty)
        #expect(fixture.shard.isDraining)
    }
}
