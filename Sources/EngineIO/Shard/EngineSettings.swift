// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// What one mount decides for its sessions, worked out once.
final class EngineSettings: Sendable {
    let path: String
    let options: EngineIOOptions
    let timing: SessionStateMachine.Timing
    let sendPath: SendPath
    let acceptor: EngineAcceptor

    init(path: String, options: EngineIOOptions, sendPath: SendPath, acceptor: @escaping EngineAcceptor) {
        self.path = path
        self.options = options
        self.timing = SessionStateMachine.Timing(
            pingInterval: TimeAmount(options.pingInterval),
            pingTimeout: TimeAmount(options.pingTimeout),
            upgradeTimeout: TimeAmount(options.upgradeTimeout),
            firstPollTimeout: TimeAmount(options.limits.unpolledHandshakeDeadline)
        )
        self.sendPath = sendPath
        self.acceptor = acceptor
    }

    /// Fine enough that no deadline is missed by more than an eighth of the shortest one, and never more than a second.
    var timerResolution: TimeAmount {
        let shortest = min(self.timing.pingInterval, self.timing.pingTimeout)
        return max(.milliseconds(10), min(.seconds(1), .nanoseconds(shortest.nanoseconds / 8)))
    }
}
