// Licensed under the MIT licence.

import NIOCore

/// A link to a server over all its connections: which step is next, and how often it went wrong.
///
/// Theory: `idle` → `resolving` (where is the server?) → `connecting` → `ready`; whatever fails leads to `waiting`, and from there to
/// `resolving` again. `closed` is terminal. Failures are counted until a connection has been ready for a second, so that a server
/// that lets everybody in and throws them out again is not asked without pause.
struct LinkStateMachine {
    private enum State: Equatable {
        case idle
        case resolving
        case connecting(RedisEndpoint)
        case ready(RedisEndpoint, since: NIODeadline)
        case waiting
        case closed
    }

    enum Action: Equatable {
        case nothing
        /// Find out where the server is.
        case resolve
        case connect(RedisEndpoint)
        /// Wait, as is due before the try of that number, from 0.
        case wait(attempt: Int)
    }

    static let steadyAfter = TimeAmount.seconds(1)

    private var state = State.idle
    private var failures = 0

    /// Where the connection that is ready, or being made, leads.
    var endpoint: RedisEndpoint? {
        switch self.state {
        case .connecting(let endpoint), .ready(let endpoint, _): endpoint
        case .idle, .resolving, .waiting, .closed: nil
        }
    }

    var isReady: Bool {
        switch self.state {
        case .ready: true
        case .idle, .resolving, .connecting, .waiting, .closed: false
        }
    }

    mutating func started() -> Action {
        guard self.state == .idle else { return .nothing }
        self.state = .resolving
        return .resolve
    }

    mutating func resolved(_ endpoint: RedisEndpoint) -> Action {
        // An answer that comes after the end is of no more use.
        guard self.state == .resolving else { return .nothing }
        self.state = .connecting(endpoint)
        return .connect(endpoint)
    }

    mutating func becameReady(now: NIODeadline) {
        guard case .connecting(let endpoint) = self.state else { return }
        self.state = .ready(endpoint, since: now)
    }

    /// The endpoint is not found, the connection was not made, or it ended.
    mutating func failed(now: NIODeadline) -> Action {
        switch self.state {
        case .ready(_, let since):
            if since + Self.steadyAfter <= now { self.failures = 0 }
        case .resolving, .connecting:
            break
        case .idle, .waiting, .closed:
            return .nothing
        }
        self.state = .waiting
        defer { self.failures = min(self.failures + 1, 64) }
        return .wait(attempt: self.failures)
    }

    mutating func waited() -> Action {
        guard self.state == .waiting else { return .nothing }
        self.state = .resolving
        return .resolve
    }

    mutating func closed() {
        self.state = .closed
    }
}
