// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import Testing

/// Engine.IO protocol v4, "Heartbeat"; v3, "Ping" and "Pong".
@Suite struct HeartbeatTests {
    @Test(arguments: TransportName.allCases) func `the server pings and gets its answer`(transport: TransportName) {
        var machine = SessionStateMachine.opened(transport)
        #expect(machine.nextDeadlineMilliseconds() == 300)
        let early = machine.deadline(at: 299)
        #expect(early == .none)
        let ping = machine.deadline(at: 300)
        #expect(ping == .sendPing)
        let pong = machine.pong(at: 310)
        #expect(pong == .none)
        #expect(machine.nextDeadlineMilliseconds() == 610)
        let next = machine.deadline(at: 610)
        #expect(next == .sendPing)
    }

    @Test func `the first ping is not sent twice`() {
        var machine = SessionStateMachine.opened(.websocket)
        _ = machine.deadline(at: 300)
        for late in [300, 301, 499] as [Int64] {
            let action = machine.deadline(at: late)
            #expect(action == .none)
        }
    }

    @Test(arguments: TransportName.allCases) func `no answer within the timeout`(transport: TransportName) {
        var machine = SessionStateMachine.opened(transport)
        _ = machine.deadline(at: 300)
        let action = machine.deadline(at: 500)
        #expect(action == .close(.pingTimeout))
        #expect(machine.isClosed == true)
    }

    @Test func `a client of revision 3 pings`() {
        var machine = SessionStateMachine.opened(.websocket, .v3)
        #expect(machine.nextDeadlineMilliseconds() == 500)
        let ping = machine.ping(at: 299)
        #expect(ping == .sendPong)
        #expect(machine.nextDeadlineMilliseconds() == 799)
        let silent = machine.deadline(at: 799)
        #expect(silent == .close(.pingTimeout))
    }

    @Test func `the wrong side's heartbeat`() {
        var machine = SessionStateMachine.opened(.websocket, .v4)
        let ping = machine.ping(at: 10)
        #expect(ping == .close(.parseError))
        #expect(machine.isClosed == true)

        machine = .opened(.websocket, .v3)
        let pong = machine.pong(at: 10)
        #expect(pong == .close(.parseError))
        #expect(machine.isClosed == true)
    }

    @Test func `pongs that nobody asked for move no deadline, and a flood of them closes`() {
        var machine = SessionStateMachine.opened(.websocket)
        for _ in 0..<16 {
            let pong = machine.pong(at: 10)
            #expect(pong == .none)
            #expect(machine.nextDeadlineMilliseconds() == 300)
        }
        let flood = machine.pong(at: 11)
        #expect(flood == .close(.parseError))
        #expect(machine.isClosed == true)
    }

    @Test func `a few surplus pongs in each interval are borne for ever`() {
        var machine = SessionStateMachine.opened(.websocket)
        var time: Int64 = 0
        for _ in 0..<100 {
            time += 300
            let ping = machine.deadline(at: time)
            #expect(ping == .sendPing)
            for _ in 0..<3 {
                let pong = machine.pong(at: time)
                #expect(pong == .none)
            }
        }
    }

    @Test func `a ping flood of a client of revision 3 closes`() {
        var machine = SessionStateMachine.opened(.websocket, .v3)
        for _ in 0..<16 {
            let ping = machine.ping(at: 10)
            #expect(ping == .sendPong)
        }
        let flood = machine.ping(at: 10)
        #expect(flood == .close(.parseError))
    }
}
