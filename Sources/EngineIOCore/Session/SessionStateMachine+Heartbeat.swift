// Licensed under the MIT licence.

package import NIOCore

// Heartbeats and deadlines. Engine.IO protocol v4, "Heartbeat"; v3, "Ping" and "Pong".
extension SessionStateMachine {
    /// What a heartbeat packet or a passed deadline leads to.
    package enum HeartbeatAction: Equatable, Sendable {
        /// Nothing.
        case none
        /// Send a ping packet.
        case sendPing
        /// Send a pong packet with the ping's data.
        case sendPong
        /// Close the upgrading WebSocket; the session goes on polling.
        case closeUpgradingWebSocket
        /// End the session.
        case close(EngineCloseReason)
    }

    /// A ping packet came on the session's own transport.
    package mutating func pingReceived(now: NIODeadline, timing: Timing) -> HeartbeatAction {
        self.withHeartbeat { $0.pingReceived(now: now, interval: timing.pingInterval, timeout: timing.pingTimeout) }
    }

    /// A pong packet came on the session's own transport.
    package mutating func pongReceived(now: NIODeadline, timing: Timing) -> HeartbeatAction {
        self.withHeartbeat { $0.pongReceived(now: now, interval: timing.pingInterval) }
    }

    /// The peer is read again, after this side took no input for a while and could hear no heartbeat.
    package mutating func readingResumed(now: NIODeadline, timing: Timing) {
        _ = self.withHeartbeat { heartbeat in
            heartbeat.readingResumed(now: now, timeout: timing.pingTimeout)
            return .none
        }
    }

    /// ``nextDeadline`` has passed.
    package mutating func deadlineReached(now: NIODeadline, timing: Timing) -> HeartbeatAction {
        switch self.state {
        case .polling(let polling):
            if let deadline = polling.firstRequestDeadline, now >= deadline {
                self.state = .closed
                return .close(.pingTimeout)
            }
        case .upgrading(let upgrading):
            if now >= upgrading.deadline {
                self.upgradeFailed()
                return .closeUpgradingWebSocket
            }
        case .webSocket, .closed:
            break
        }
        return self.withHeartbeat { $0.deadlineReached(now: now, timeout: timing.pingTimeout) }
    }

    private mutating func withHeartbeat(_ body: (inout Heartbeat) -> Heartbeat.Action) -> HeartbeatAction {
        let action: Heartbeat.Action
        switch self.state {
        case .polling(var polling):
            action = body(&polling.heartbeat)
            self.state = .polling(polling)
        case .upgrading(var upgrading):
            action = body(&upgrading.heartbeat)
            self.state = .upgrading(upgrading)
        case .webSocket(var webSocket):
            action = body(&webSocket.heartbeat)
            self.state = .webSocket(webSocket)
        case .closed:
            return .none
        }
        switch action {
        case .none: return .none
        case .sendPing: return .sendPing
        case .sendPong: return .sendPong
        case .violation:
            self.state = .closed
            return .close(.parseError)
        case .timedOut:
            self.state = .closed
            return .close(.pingTimeout)
        }
    }
}
