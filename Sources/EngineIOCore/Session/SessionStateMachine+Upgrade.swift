// Licensed under the MIT licence.

package import NIOCore

// The upgrade from polling to WebSocket. Engine.IO protocol v4, "Upgrade".
extension SessionStateMachine {
    /// A WebSocket with this session's sid asks to be let in.
    ///
    /// Returns whether it may.
    ///
    /// One upgrade at a time, and only from polling.
    package mutating func upgradeRequested(now: NIODeadline, timing: Timing) -> Bool {
        switch self.state {
        case .polling(let polling):
            self.state = .upgrading(
                .init(
                    heartbeat: polling.heartbeat,
                    requests: polling.requests,
                    deadline: now + timing.upgradeTimeout
                )
            )
            return true
        case .upgrading, .webSocket, .closed:
            return false
        }
    }

    /// What a packet on the upgrading WebSocket leads to.
    package enum UpgradeAction: Equatable, Sendable {
        /// Answer the probe; release the open poll with a noop when there is one.
        case answerProbe(releasePoll: Bool)
        /// The session has moved: release what is still open on polling, then send what is queued over the WebSocket.
        case complete(releasePoll: Bool)
        /// Close the WebSocket; the session goes on polling.
        case closeWebSocket
        /// Nothing: the session is gone.
        case ignore
    }

    /// The upgrading WebSocket sent `2probe`.
    package mutating func probeReceived() -> UpgradeAction {
        switch self.state {
        case .upgrading(var upgrading):
            guard !upgrading.isProbed else { return self.abandonUpgrade(upgrading) }
            upgrading.isProbed = true
            let releasePoll = upgrading.requests.pollIsOpen
            upgrading.requests.pollIsOpen = false
            self.state = .upgrading(upgrading)
            return .answerProbe(releasePoll: releasePoll)
        case .polling:
            // Legal: the upgrade was abandoned while this packet was on its way.
            return .closeWebSocket
        case .webSocket, .closed:
            return .ignore
        }
    }

    /// The upgrading WebSocket sent `5`.
    package mutating func upgradePacketReceived() -> UpgradeAction {
        switch self.state {
        case .upgrading(let upgrading):
            guard upgrading.isProbed else { return self.abandonUpgrade(upgrading) }
            self.state = .webSocket(.init(heartbeat: upgrading.heartbeat))
            return .complete(releasePoll: upgrading.requests.pollIsOpen)
        case .polling:
            return .closeWebSocket
        case .webSocket, .closed:
            return .ignore
        }
    }

    /// The upgrading WebSocket closed, sent something else than the two packets it may send, or took too long.
    package mutating func upgradeFailed() {
        switch self.state {
        case .upgrading(let upgrading):
            _ = self.abandonUpgrade(upgrading)
        case .polling, .webSocket, .closed:
            // Legal: the WebSocket's end may be noticed after the session moved on or ended.
            break
        }
    }

    private mutating func abandonUpgrade(_ upgrading: Upgrading) -> UpgradeAction {
        self.state = .polling(.init(heartbeat: upgrading.heartbeat, requests: upgrading.requests))
        return .closeWebSocket
    }
}
