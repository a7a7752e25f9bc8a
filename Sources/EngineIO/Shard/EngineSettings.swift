// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

/// What one mount decides for its sessions, worked out once.
final class EngineSettings: Sendable {
    let path: String
    let options: EngineIOOptions
    let timing: SessionStateMachine.Timing
    /// How often the shard's timer looks at the deadlines of this mount's sessions, at least.
    let timerResolution: TimeAmount
    let sendPath: SendPath
    /// Whether connections arrive by TLS.
    let isSecure: Bool
    let acceptor: EngineAcceptor

    init(
        path: String,
        options: EngineIOOptions,
        sendPath: SendPath,
        isSecure: Bool = false,
        acceptor: @escaping EngineAcceptor
    ) {
        self.path = path
        self.options = options
        let interval = TimeAmount(options.pingInterval)
        let timeout = TimeAmount(options.pingTimeout)
        // Fine enough that no deadline is missed by more than an eighth of the shortest one, and never more than a second.
        let resolution = Self.resolution(of: min(interval, timeout))
        self.timerResolution = resolution
        self.timing = SessionStateMachine.Timing(
            pingInterval: interval,
            pingTimeout: timeout,
            upgradeTimeout: TimeAmount(options.upgradeTimeout),
            // Documented as the time by which it has ended, so it is set off one round of the timer early.
            firstPollTimeout: max(resolution, TimeAmount(options.limits.unpolledHandshakeDeadline) - resolution)
        )
        self.sendPath = sendPath
        self.isSecure = isSecure
        self.acceptor = acceptor
    }

    private static func resolution(of shortest: TimeAmount) -> TimeAmount {
        let eighth = TimeAmount.nanoseconds(shortest.nanoseconds / 8)
        return max(TimeAmount.milliseconds(10), min(TimeAmount.seconds(1), eighth))
    }
}
