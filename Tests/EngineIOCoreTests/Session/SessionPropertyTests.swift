// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOTesting
import Testing

@Suite struct SessionPropertyTests {
    /// Whatever happens in whatever order: nothing leaves `closed`; an action that closes leaves the machine closed, and no other
    /// does; an open session always has a deadline, so that it cannot be forgotten.
    @Test(arguments: 0..<200 as Range<UInt64>) func `random orders of events`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = SessionStateMachine.opened(
            Bool.random(using: &generator) ? .polling : .websocket,
            Bool.random(using: &generator) ? .v3 : .v4
        )
        var time: Int64 = 0
        for step in 0..<300 {
            time += Int64.random(in: 0...60, using: &generator)
            let wasClosed = machine.isClosed
            let closes = Self.randomEvent(&machine, at: time, &generator)
            #expect(machine.isClosed == (wasClosed || closes), "seed \(seed), step \(step)")
            #expect((machine.nextDeadline == nil) == machine.isClosed, "seed \(seed), step \(step)")
            #expect((machine.transport == nil) == machine.isClosed, "seed \(seed), step \(step)")
            #expect(!wasClosed || !machine.mayAnswerPoll, "seed \(seed), step \(step)")
        }
    }

    /// Returns whether the event closed the session.
    private static func randomEvent(
        _ machine: inout SessionStateMachine,
        at time: Int64,
        _ generator: inout SeededGenerator
    ) -> Bool {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0..<6: return machine.pollReceived(hasQueuedPackets: Bool.random(using: &generator)) == .close
        case 6..<12:
            machine.pollAnswered()
            return false
        case 12..<16: return machine.postReceived() == .close
        case 16..<22:
            machine.postAnswered()
            return false
        case 22: return machine.requestAborted()
        case 23..<26:
            _ = machine.upgrade(at: time)
            return false
        case 26..<28:
            _ = machine.probeReceived()
            return false
        case 28..<30:
            _ = machine.upgradePacketReceived()
            return false
        case 30:
            machine.upgradeFailed()
            return false
        case 31: return Self.isClose(machine.ping(at: time))
        case 32..<35: return Self.isClose(machine.pong(at: time))
        case 35: return machine.closed()
        default: return Self.isClose(machine.deadline(at: time))
        }
    }

    private static func isClose(_ action: SessionStateMachine.HeartbeatAction) -> Bool {
        switch action {
        case .close: true
        case .none, .sendPing, .sendPong, .closeUpgradingWebSocket: false
        }
    }
}
