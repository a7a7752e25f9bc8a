// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// The times of the official protocol suites, and a clock that only moves when told.
enum SessionClock {
    static let timing = SessionStateMachine.Timing(
        pingInterval: .milliseconds(300),
        pingTimeout: .milliseconds(200),
        upgradeTimeout: .milliseconds(1_000),
        firstPollTimeout: .milliseconds(10_000)
    )

    /// So many milliseconds after the session was opened.
    static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }
}

extension SessionStateMachine {
    static func opened(_ transport: TransportName, _ revision: ProtocolRevision = .v4) -> SessionStateMachine {
        SessionStateMachine(
            revision: revision,
            transport: transport,
            now: SessionClock.at(0),
            timing: SessionClock.timing
        )
    }

    mutating func deadline(at milliseconds: Int64) -> HeartbeatAction {
        self.deadlineReached(now: SessionClock.at(milliseconds), timing: SessionClock.timing)
    }

    mutating func ping(at milliseconds: Int64) -> HeartbeatAction {
        self.pingReceived(now: SessionClock.at(milliseconds), timing: SessionClock.timing)
    }

    mutating func pong(at milliseconds: Int64) -> HeartbeatAction {
        self.pongReceived(now: SessionClock.at(milliseconds), timing: SessionClock.timing)
    }

    mutating func upgrade(at milliseconds: Int64) -> Bool {
        self.upgradeRequested(now: SessionClock.at(milliseconds), timing: SessionClock.timing)
    }

    /// When the next deadline is due, in milliseconds after the opening.
    func nextDeadlineMilliseconds() -> Int64? {
        self.nextDeadline.map { ($0 - SessionClock.at(0)).nanoseconds / 1_000_000 }
    }
}
