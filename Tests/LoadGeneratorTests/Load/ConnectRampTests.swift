// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import LoadGenerator

@Suite struct ConnectRampTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func rateIsKept() {
        var ramp = ConnectRamp(rate: 100, maximumInFlight: 1_000, timeout: .seconds(1))
        #expect(ramp.allowance(now: self.start, finished: 0, total: 500) == 1)
        #expect(ramp.allowance(now: self.start, finished: 0, total: 500) == 0)
        #expect(ramp.allowance(now: self.start + .milliseconds(50), finished: 0, total: 500) == 5)
    }

    @Test func stallIsMadeUpForInSteps() {
        var ramp = ConnectRamp(rate: 100, maximumInFlight: 1_000, timeout: .seconds(1))
        _ = ramp.allowance(now: self.start, finished: 0, total: 500)
        #expect(ramp.allowance(now: self.start + .seconds(2), finished: 1, total: 500) == 10)
    }

    @Test func connectionsUnderWayAreBounded() {
        var ramp = ConnectRamp(rate: 1_000_000, maximumInFlight: 8, timeout: .seconds(1))
        _ = ramp.allowance(now: self.start, finished: 0, total: 500)
        #expect(ramp.allowance(now: self.start + .seconds(1), finished: 0, total: 500) == 7)
        #expect(ramp.allowance(now: self.start + .seconds(2), finished: 0, total: 500) == 0)
        #expect(ramp.allowance(now: self.start + .seconds(2), finished: 3, total: 500) == 3)
        #expect(ramp.started == 11)
    }

    @Test func noMoreThanAll() {
        var ramp = ConnectRamp(rate: 1_000_000, maximumInFlight: 100, timeout: .seconds(1))
        _ = ramp.allowance(now: self.start, finished: 0, total: 3)
        #expect(ramp.allowance(now: self.start + .seconds(1), finished: 0, total: 3) == 2)
        #expect(ramp.allowance(now: self.start + .seconds(2), finished: 3, total: 3) == 0)
    }
}
