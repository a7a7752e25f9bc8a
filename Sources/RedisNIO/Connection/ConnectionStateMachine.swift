// Licensed under the MIT licence.

import NIOCore

/// One connection, from the moment it is open to its end.
///
/// Theory: it greets (`handshaking`), is used (`ready`), may be asked to end when nothing is owed any more (`draining`), and ends
/// (`closed`, terminal, from anywhere). Whoever is not ready is not given requests. What comes after the end is dropped.
struct ConnectionStateMachine {
    private enum State {
        case opening(HandshakeSettings)
        case handshaking(HandshakeStateMachine)
        case ready
        case draining
        case closed
    }

    enum Action {
        case nothing
        case send(RedisCommand)
        case becomeReady(RedisConfiguration.ProtocolVersion)
        /// The reply belongs to what was sent.
        case deliver
        case close(RedisError)
    }

    private var state: State

    init(_ settings: HandshakeSettings) {
        self.state = .opening(settings)
    }

    var isReady: Bool {
        switch self.state {
        case .ready: true
        case .opening, .handshaking, .draining, .closed: false
        }
    }

    var isDraining: Bool {
        switch self.state {
        case .draining: true
        case .opening, .handshaking, .ready, .closed: false
        }
    }

    var isClosed: Bool {
        switch self.state {
        case .closed: true
        case .opening, .handshaking, .ready, .draining: false
        }
    }

    mutating func connected() -> Action {
        switch self.state {
        case .opening(let settings):
            var handshake = HandshakeStateMachine(settings)
            let action = handshake.started()
            return self.handshake(handshake, does: action)
        case .handshaking, .ready, .draining:
            // A channel that was active when the handler came tells so a second time.
            return .nothing
        case .closed:
            // Given up before it was open.
            return .nothing
        }
    }

    mutating func replyReceived(_ reply: RESPValue) -> Action {
        switch self.state {
        case .handshaking(var handshake):
            // The server may say something of its own accord before it answers.
            if case .push = reply.plain { return .nothing }
            let action = handshake.replyReceived(reply)
            return self.handshake(handshake, does: action)
        case .ready, .draining:
            return .deliver
        case .opening, .closed:
            // Behind the end, or from a channel that is not open: of no use to anybody.
            return .nothing
        }
    }

    private mutating func handshake(
        _ handshake: HandshakeStateMachine,
        does action: HandshakeStateMachine.Action
    ) -> Action {
        switch action {
        case .send(let command):
            self.state = .handshaking(handshake)
            return .send(command)
        case .ready(let version):
            self.state = .ready
            return .becomeReady(version)
        case .fail(let error):
            // The shell closes it, and says so.
            self.state = .handshaking(handshake)
            return .close(error)
        }
    }

    /// Asks for an end once nothing is owed.
    mutating func drainRequested() {
        switch self.state {
        case .ready: self.state = .draining
        case .draining, .closed: break
        case .opening, .handshaking:
            // Such a connection owes nothing and is closed instead.
            break
        }
    }

    /// Ends it.
    ///
    /// - Returns: Whether this is the first time; only then is anybody told.
    mutating func closed() -> Bool {
        let isFirst = !self.isClosed
        self.state = .closed
        return isFirst
    }
}
