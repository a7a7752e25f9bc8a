// Licensed under the MIT licence.

import NIOCore
import Testing

@testable import RedisNIO

@Suite
struct LinkStateMachineTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private let endpoint = RedisEndpoint.tcp(host: "h", port: 1)

    @Test func `It connects, is lost, and connects again`() {
        var machine = LinkStateMachine()
        #expect(machine.started() == .resolve)
        #expect(machine.started() == .nothing)
        #expect(machine.resolved(self.endpoint) == .connect(self.endpoint))
        machine.becameReady(now: self.start)
        #expect(machine.isReady)
        #expect(machine.endpoint == self.endpoint)
        #expect(machine.failed(now: self.start + .seconds(5)) == .wait(attempt: 0))
        #expect(machine.endpoint == nil)
        #expect(machine.failed(now: self.start) == .nothing)
        #expect(machine.waited() == .resolve)
    }

    @Test func `Failures are counted until a connection has lasted`() {
        var machine = LinkStateMachine()
        _ = machine.started()
        for attempt in 0..<5 {
            #expect(machine.failed(now: self.start) == .wait(attempt: attempt))
            #expect(machine.waited() == .resolve)
        }
        _ = machine.resolved(self.endpoint)
        machine.becameReady(now: self.start)
        #expect(machine.failed(now: self.start + .milliseconds(900)) == .wait(attempt: 5))
        _ = machine.waited()
        _ = machine.resolved(self.endpoint)
        machine.becameReady(now: self.start)
        #expect(machine.failed(now: self.start + .seconds(1)) == .wait(attempt: 0))
    }

    @Test func `The end is the end`() {
        var machine = LinkStateMachine()
        _ = machine.started()
        machine.closed()
        #expect(machine.resolved(self.endpoint) == .nothing)
        #expect(machine.failed(now: self.start) == .nothing)
        #expect(machine.waited() == .nothing)
        #expect(machine.started() == .nothing)
    }

    @Test func `Waits grow, are bounded, and are spread from nothing on`() {
        let backoff = Backoff(base: .milliseconds(50), maximum: .seconds(2))
        #expect(backoff.wait(beforeAttempt: 0, random: 0.5) == .milliseconds(25))
        #expect(backoff.wait(beforeAttempt: 3, random: 0.5) == .milliseconds(200))
        #expect(backoff.wait(beforeAttempt: 10, random: 0.5) == .seconds(1))
        #expect(backoff.wait(beforeAttempt: 10, random: 0) == .zero)
        #expect(backoff.wait(beforeAttempt: .max, random: 0.5) == .seconds(1))
        #expect(Backoff(base: .hours(10_000), maximum: .hours(1)).wait(beforeAttempt: 60, random: 0.5) == .minutes(30))
    }
}
