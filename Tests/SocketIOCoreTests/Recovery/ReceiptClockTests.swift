// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct ReceiptClockTests {
    private let start = NIODeadline.uptimeNanoseconds(0) + .hours(1)

    private func after(_ seconds: Int64) -> NIODeadline { self.start + .seconds(seconds) }

    @Test("The window is an interval, two timeouts and the reserve")
    func window() {
        #expect(ReceiptClock.window(pingInterval: .seconds(25), pingTimeout: .seconds(20)) == .seconds(70))
        #expect(ReceiptClock.window(pingInterval: .nanoseconds(.max), pingTimeout: .nanoseconds(.max)) > .hours(24))
    }

    @Test("A new socket has missed nothing; after the window the time moves on")
    func fresh() {
        let clock = ReceiptClock(window: .seconds(70), now: after(0))
        #expect(clock.receivedBefore(now: after(0)) == after(-70))
        #expect(clock.receivedBefore(now: after(69)) == after(-70))
        #expect(clock.receivedBefore(now: after(70)) == after(0))
        #expect(clock.receivedBefore(now: after(100)) == after(30))
    }

    @Test("A restored socket goes on with what was known until the window has passed")
    func restored() {
        let clock = ReceiptClock(window: .seconds(70), now: after(0), receivedBefore: after(-100))
        #expect(clock.receivedBefore(now: after(69)) == after(-100))
        #expect(clock.receivedBefore(now: after(71)) == after(1))
    }

    @Test("While the connection is not read nothing more is known, nor for a window after")
    func paused() {
        var clock = ReceiptClock(window: .seconds(70), now: after(0))
        clock.readingPaused(now: after(100))
        #expect(clock.receivedBefore(now: after(1_000)) == after(30))
        clock.readingResumed(now: after(1_000))
        #expect(clock.receivedBefore(now: after(1_069)) == after(30))
        clock.readingPaused(now: after(1_069))
        clock.readingResumed(now: after(1_070))
        #expect(clock.receivedBefore(now: after(1_139)) == after(30))
        #expect(clock.receivedBefore(now: after(1_140)) == after(1_070))
    }

    @Test("Which ends are recoverable")
    func reasons() {
        let recoverable: [EngineCloseReason] = [
            .transportClose, .transportError, .pingTimeout, .forcedServerClose, .serverShuttingDown, .slowConsumer,
        ]
        for reason in recoverable { #expect(reason.isRecoverable) }
        #expect(!EngineCloseReason.parseError.isRecoverable)
    }

    /// A client whose answers take any time that the heartbeat lets pass, and that stops hearing at some moment.
    @Test("A heartbeat that ends a session has proved what the clock says", arguments: 0..<200 as Range<UInt64>)
    func heartbeat(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let interval = TimeAmount.milliseconds(.random(in: 1...300, using: &random))
        let timeout = TimeAmount.milliseconds(.random(in: 2...300, using: &random))
        let window = interval + timeout + timeout
        let clock = ReceiptClock(window: window, now: self.start)
        var heartbeat = Heartbeat(revision: .v4, now: self.start, interval: interval, timeout: timeout)
        var now = self.start
        // What was sent before the last ping that was answered has been heard.
        var proven = self.start
        let deafFrom = self.start + .milliseconds(.random(in: 0...2_000, using: &random))
        while true {
            // The machine is asked when its time has come.
            now = max(now, heartbeat.deadline)
            switch heartbeat.deadlineReached(now: now, timeout: timeout) {
            case .sendPing:
                // It hears the ping, and everything before it, in time for the answer to be in time. Or never.
                let answerTakes = TimeAmount.nanoseconds(.random(in: 1..<timeout.nanoseconds, using: &random))
                let heard = now + .nanoseconds(.random(in: 0...answerTakes.nanoseconds, using: &random))
                guard heard < deafFrom else { continue }
                proven = now
                now = now + answerTakes
                #expect(heartbeat.pongReceived(now: now, interval: interval) == .none)
            case .timedOut:
                #expect(clock.receivedBefore(now: now) <= proven, "seed \(seed)")
                return
            case .none, .sendPong, .violation:
                Issue.record("not in this conversation")
                return
            }
        }
    }
}
