// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

// `#expect` cannot take a noncopyable machine: an action is taken first and compared then, and a property needs an operator.
@Suite struct SessionStateMachineTests {
    @Test func `a life on polling`() {
        var machine = SessionStateMachine.opened(.polling)
        #expect(machine.transport == .polling)
        var poll = machine.pollReceived(hasQueuedPackets: true)
        #expect(poll == .answer)
        machine.pollAnswered()
        poll = machine.pollReceived(hasQueuedPackets: false)
        #expect(poll == .hold)
        #expect(machine.mayAnswerPoll == true)
        let post = machine.postReceived()
        #expect(post == .accept)
        machine.postAnswered()
        machine.pollAnswered()
        #expect(machine.mayAnswerPoll == false)
        let wasOpen = machine.closed()
        #expect(wasOpen)
        #expect(machine.isClosed == true)
        #expect(machine.nextDeadline == nil)
        #expect(machine.transport == nil)
    }

    @Test func `two polls at once close`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.pollReceived(hasQueuedPackets: false)
        let second = machine.pollReceived(hasQueuedPackets: false)
        #expect(second == .close)
        #expect(machine.isClosed == true)
    }

    @Test func `two posts at once close`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.postReceived()
        let second = machine.postReceived()
        #expect(second == .close)
        #expect(machine.isClosed == true)
    }

    @Test func `two polls and two posts at once close during an upgrade as well`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.upgrade(at: 10)
        _ = machine.pollReceived(hasQueuedPackets: false)
        let poll = machine.pollReceived(hasQueuedPackets: false)
        #expect(poll == .close)

        machine = .opened(.polling)
        _ = machine.upgrade(at: 10)
        _ = machine.postReceived()
        let post = machine.postReceived()
        #expect(post == .close)
    }

    @Test func `an aborted poll closes`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.pollReceived(hasQueuedPackets: false)
        let ends = machine.requestAborted()
        #expect(ends)
        #expect(machine.isClosed == true)
        let again = machine.requestAborted()
        #expect(!again)
    }

    @Test func `an aborted poll closes until the upgrade is probed`() {
        var machine = SessionStateMachine.opened(.polling)
        _ = machine.upgrade(at: 10)
        _ = machine.pollReceived(hasQueuedPackets: false)
        let ends = machine.requestAborted()
        #expect(ends)

        machine = .opened(.polling)
        _ = machine.upgrade(at: 10)
        _ = machine.probeReceived()
        _ = machine.postReceived()
        let endsWhenProbed = machine.requestAborted()
        #expect(!endsWhenProbed)
        let post = machine.postReceived()
        #expect(post == .accept)
    }

    @Test func `a handshake that nobody follows up is closed`() {
        var machine = SessionStateMachine(
            revision: .v3,
            transport: .polling,
            now: SessionClock.at(0),
            timing: .init(
                pingInterval: .seconds(25),
                pingTimeout: .seconds(20),
                upgradeTimeout: .seconds(10),
                firstPollTimeout: .seconds(10)
            )
        )
        #expect(machine.nextDeadlineMilliseconds() == 10_000)
        let early = machine.deadline(at: 9_999)
        #expect(early == .none)
        let due = machine.deadline(at: 10_000)
        #expect(due == .close(.pingTimeout))
        #expect(machine.isClosed == true)
    }

    @Test(arguments: ["poll", "post", "upgrade"]) func `the first request lifts that deadline`(request: String) {
        var machine = SessionStateMachine.opened(.polling, .v3)
        switch request {
        case "poll": _ = machine.pollReceived(hasQueuedPackets: false)
        case "post": _ = machine.postReceived()
        default:
            _ = machine.upgrade(at: 1)
            machine.upgradeFailed()
        }
        #expect(machine.nextDeadlineMilliseconds() == 500)
    }

    @Test func `what comes after the end is refused or ignored`() {
        var machine = SessionStateMachine.opened(.websocket)
        _ = machine.closed()
        let wasOpen = machine.closed()
        #expect(!wasOpen)
        let poll = machine.pollReceived(hasQueuedPackets: true)
        #expect(poll == .refuse)
        let post = machine.postReceived()
        #expect(post == .refuse)
        let upgrade = machine.upgrade(at: 1)
        #expect(!upgrade)
        let probe = machine.probeReceived()
        #expect(probe == .ignore)
        let packet = machine.upgradePacketReceived()
        #expect(packet == .ignore)
        let ping = machine.ping(at: 1)
        #expect(ping == .none)
        let pong = machine.pong(at: 1)
        #expect(pong == .none)
        let deadline = machine.deadline(at: 100_000)
        #expect(deadline == .none)
        #expect(machine.isClosed == true)
    }

    @Test func `requests are refused on a WebSocket, which stays`() {
        var machine = SessionStateMachine.opened(.websocket)
        let poll = machine.pollReceived(hasQueuedPackets: true)
        #expect(poll == .refuse)
        let post = machine.postReceived()
        #expect(post == .refuse)
        let ends = machine.requestAborted()
        #expect(!ends)
        let upgrade = machine.upgrade(at: 1)
        #expect(!upgrade)
        #expect(machine.transport == .websocket)
    }
}
