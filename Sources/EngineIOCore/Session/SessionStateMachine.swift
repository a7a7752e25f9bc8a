// Licensed under the MIT licence.

package import NIOCore

/// The life of one Engine.IO session: which transport carries it, what its polls are doing, whether an upgrade is under way,
/// and when somebody must have spoken.
///
/// Theory of operation. The session is in one of four states.
///
/// - `polling`: packets wait in a queue; at most one GET (the *poll*) and one POST are open. Left by a WebSocket that presents
///   the sid (`upgrading`) or by the end.
/// - `upgrading`: polling still carries the session while a second transport proves itself: it must send a probe, get it back,
///   and send `upgrade`; only then does the session move (`webSocket`). From the probe on the queue is held back, so that no
///   packet is sent twice or lost; polls are released with one noop each. If the WebSocket fails or dawdles, the session goes
///   back to `polling` as if nothing had been. (Engine.IO protocol v4, "Upgrade".)
/// - `webSocket`: polls, posts and further WebSockets are refused. Left by the end only.
/// - `closed`: terminal. Every event is a no-op, since the shell's callbacks may still be on their way.
///
/// Moved by: the two transports, the shard's timer, and the layer above through `closed`. Time comes in as an argument. Events
/// that break the protocol return `.close`; the machine is then already closed and the shell only acts.
package struct SessionStateMachine: ~Copyable, Sendable {
    /// The times of the options that the machine needs.
    package struct Timing: Sendable, Equatable {
        package var pingInterval: TimeAmount
        package var pingTimeout: TimeAmount
        package var upgradeTimeout: TimeAmount
        package var firstPollTimeout: TimeAmount

        package init(
            pingInterval: TimeAmount,
            pingTimeout: TimeAmount,
            upgradeTimeout: TimeAmount,
            firstPollTimeout: TimeAmount
        ) {
            self.pingInterval = pingInterval
            self.pingTimeout = pingTimeout
            self.upgradeTimeout = upgradeTimeout
            self.firstPollTimeout = firstPollTimeout
        }
    }

    struct Requests: Sendable {
        var pollIsOpen = false
        var postIsOpen = false
    }

    struct Polling: Sendable {
        var heartbeat: Heartbeat
        var requests = Requests()
        /// Set until the first poll, post or upgrade: a handshake that nobody follows up must not stay.
        var firstRequestDeadline: NIODeadline?
    }

    struct Upgrading: Sendable {
        var heartbeat: Heartbeat
        var requests: Requests
        var isProbed = false
        var deadline: NIODeadline
    }

    struct WebSocket: Sendable {
        var heartbeat: Heartbeat
    }

    enum State: Sendable {
        case polling(Polling)
        case upgrading(Upgrading)
        case webSocket(WebSocket)
        case closed
    }

    var state: State

    /// A session that was just opened on `transport`.
    package init(revision: ProtocolRevision, transport: TransportName, now: NIODeadline, timing: Timing) {
        let heartbeat = Heartbeat(
            revision: revision,
            now: now,
            interval: timing.pingInterval,
            timeout: timing.pingTimeout
        )
        switch transport {
        case .polling:
            self.state = .polling(.init(heartbeat: heartbeat, firstRequestDeadline: now + timing.firstPollTimeout))
        case .websocket:
            self.state = .webSocket(.init(heartbeat: heartbeat))
        }
    }

    /// The transport that carries the session now; `nil` when closed.
    package var transport: TransportName? {
        switch self.state {
        case .polling, .upgrading: .polling
        case .webSocket: .websocket
        case .closed: nil
        }
    }

    /// Whether nothing has come since a handshake by polling.
    package var awaitsFirstRequest: Bool {
        switch self.state {
        case .polling(let polling): polling.firstRequestDeadline != nil
        case .upgrading, .webSocket, .closed: false
        }
    }

    /// Whether the session has ended.
    package var isClosed: Bool {
        switch self.state {
        case .closed: true
        case .polling, .upgrading, .webSocket: false
        }
    }

    /// Whether queued packets may answer the open poll now.
    package var mayAnswerPoll: Bool {
        switch self.state {
        case .polling(let polling): polling.requests.pollIsOpen
        case .upgrading(let upgrading): upgrading.requests.pollIsOpen && !upgrading.isProbed
        case .webSocket, .closed: false
        }
    }

    /// When ``deadlineReached(now:timing:)`` is next due; `nil` when closed.
    package var nextDeadline: NIODeadline? {
        switch self.state {
        case .polling(let polling): min(polling.heartbeat.deadline, polling.firstRequestDeadline ?? .distantFuture)
        case .upgrading(let upgrading): min(upgrading.heartbeat.deadline, upgrading.deadline)
        case .webSocket(let webSocket): webSocket.heartbeat.deadline
        case .closed: nil
        }
    }

    /// The session ended, for whatever reason.
    ///
    /// Returns whether it was still alive.
    package mutating func closed() -> Bool {
        let wasOpen = !self.isClosed
        self.state = .closed
        return wasOpen
    }
}
