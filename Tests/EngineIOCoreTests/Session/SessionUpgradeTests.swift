// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

/// Engine.IO protocol v4, "Upgrade".
@Suite struct SessionUpgradeTests {
    @Test func `a whole upgrade with a poll open`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.pollReceived(hasQueuedPackets: false)
        let isLetIn = machine.upgrade(at: 10)
        #expect(isLetIn)
        #expect(machine.transport == .polling)
        #expect(machine.mayAnswerPoll == true)
        let probe = machine.probeReceived()
        #expect(probe == .answerProbe(releasePoll: true))
        #expect(machine.mayAnswerPoll == false)
        let complete = machine.upgradePacketReceived()
        #expect(complete == .complete(releasePoll: false))
        #expect(machine.transport == .websocket)
        let poll = machine.pollReceived(hasQueuedPackets: false)
        #expect(poll == .refuse)
    }

    @Test func `several polls during one upgrade get one noop each and hold nothing`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.upgrade(at: 10)
        let probe = machine.probeReceived()
        #expect(probe == .answerProbe(releasePoll: false))
        for _ in 0..<3 {
            let poll = machine.pollReceived(hasQueuedPackets: true)
            #expect(poll == .answerNoop)
            #expect(machine.mayAnswerPoll == false)
        }
        let complete = machine.upgradePacketReceived()
        #expect(complete == .complete(releasePoll: false))
    }

    @Test func `an upgrade begun and never finished is dropped and polling goes on`() {
        var machine = SessionStateMachine.opened(.polling, .v3)
        _ = machine.upgrade(at: 100)
        _ = machine.probeReceived()
        _ = machine.ping(at: 400)
        _ = machine.ping(at: 800)
        #expect(machine.nextDeadlineMilliseconds() == 1_100)
        let action = machine.deadline(at: 1_100)
        #expect(action == .closeUpgradingWebSocket)
        #expect(machine.isClosed == false)
        let poll = machine.pollReceived(hasQueuedPackets: true)
        #expect(poll == .answer)
        #expect(machine.mayAnswerPoll == true)
        let again = machine.upgrade(at: 1_200)
        #expect(again)
    }

    @Test func `a second WebSocket is refused while one is proving itself`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.upgrade(at: 10)
        let second = machine.upgrade(at: 11)
        #expect(!second)
        _ = machine.probeReceived()
        let third = machine.upgrade(at: 12)
        #expect(!third)
        let complete = machine.upgradePacketReceived()
        #expect(complete == .complete(releasePoll: false))
        let fourth = machine.upgrade(at: 13)
        #expect(!fourth)
    }

    @Test func `upgrade without a probe, and a second probe, drop the WebSocket alone`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.upgrade(at: 10)
        let early = machine.upgradePacketReceived()
        #expect(early == .closeWebSocket)
        #expect(machine.transport == .polling)

        _ = machine.upgrade(at: 20)
        _ = machine.probeReceived()
        let second = machine.probeReceived()
        #expect(second == .closeWebSocket)
        #expect(machine.transport == .polling)
        let late = machine.upgradePacketReceived()
        #expect(late == .closeWebSocket)
    }

    @Test func `a poll that was open before a failed upgrade still counts`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.pollReceived(hasQueuedPackets: false)
        _ = machine.upgrade(at: 10)
        machine.upgradeFailed()
        #expect(machine.mayAnswerPoll == true)
        machine.upgradeFailed()
        let second = machine.pollReceived(hasQueuedPackets: false)
        #expect(second == .close)
    }

    @Test func `the heartbeat runs across an upgrade`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.pollReceived(hasQueuedPackets: false)
        let ping = machine.deadline(at: 300)
        #expect(ping == .sendPing)
        _ = machine.upgrade(at: 310)
        _ = machine.probeReceived()
        let twice = machine.deadline(at: 320)
        #expect(twice == .none)
        _ = machine.upgradePacketReceived()
        #expect(machine.nextDeadlineMilliseconds() == 500)
        let pong = machine.pong(at: 400)
        #expect(pong == .none)
        #expect(machine.nextDeadlineMilliseconds() == 700)
    }

    @Test func `the heartbeat can time out during an upgrade`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.upgrade(at: 10)
        _ = machine.deadline(at: 300)
        let action = machine.deadline(at: 500)
        #expect(action == .close(.pingTimeout))
        #expect(machine.isClosed == true)
    }
}
