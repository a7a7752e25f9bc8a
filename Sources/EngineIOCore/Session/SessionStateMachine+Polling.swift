// Licensed under the MIT licence.

// Long-polling: one GET and one POST at a time. A second one of the same kind is the peer's fault and ends the session
// (reference: `engine.io/lib/transports/polling.ts`, "overlap from client").
extension SessionStateMachine {
    /// What to do with a GET.
    package enum PollAction: Equatable, Sendable {
        /// Keep it open until there is something to say.
        case hold
        /// Answer with what is queued.
        case answer
        /// Answer at once with a noop: an upgrade holds the queue back.
        case answerNoop
        /// Refuse it as a bad request and end the session: two polls at once.
        case close
        /// Refuse it as a bad request; the session lives on elsewhere.
        case refuse
    }

    /// A GET with this session's sid came.
    package mutating func pollReceived(hasQueuedPackets: Bool) -> PollAction {
        switch self.state {
        case .polling(var polling):
            polling.firstRequestDeadline = nil
            guard !polling.requests.pollIsOpen else {
                self.state = .closed
                return .close
            }
            polling.requests.pollIsOpen = true
            self.state = .polling(polling)
            return hasQueuedPackets ? .answer : .hold
        case .upgrading(var upgrading):
            guard !upgrading.requests.pollIsOpen else {
                self.state = .closed
                return .close
            }
            if upgrading.isProbed {
                self.state = .upgrading(upgrading)
                return .answerNoop
            }
            upgrading.requests.pollIsOpen = true
            self.state = .upgrading(upgrading)
            return hasQueuedPackets ? .answer : .hold
        case .webSocket, .closed:
            return .refuse
        }
    }

    /// The open GET was answered.
    package mutating func pollAnswered() {
        self.updateRequests { $0.pollIsOpen = false }
    }

    /// What to do with a POST.
    package enum PostAction: Equatable, Sendable {
        /// Take its packets.
        case accept
        /// Refuse it as a bad request and end the session: two posts at once.
        case close
        /// Refuse it as a bad request; the session lives on elsewhere.
        case refuse
    }

    /// A POST with this session's sid came.
    package mutating func postReceived() -> PostAction {
        switch self.state {
        case .polling(var polling):
            polling.firstRequestDeadline = nil
            guard !polling.requests.postIsOpen else {
                self.state = .closed
                return .close
            }
            polling.requests.postIsOpen = true
            self.state = .polling(polling)
            return .accept
        case .upgrading(var upgrading):
            guard !upgrading.requests.postIsOpen else {
                self.state = .closed
                return .close
            }
            upgrading.requests.postIsOpen = true
            self.state = .upgrading(upgrading)
            return .accept
        case .webSocket, .closed:
            return .refuse
        }
    }

    /// The open POST was answered.
    package mutating func postAnswered() {
        self.updateRequests { $0.postIsOpen = false }
    }

    /// The client went away while a request of this session was open.
    ///
    /// Returns whether the session ends by it.
    ///
    /// While an upgrade is probed a stock client may drop its poll, and after it polling is over: both are legitimate.
    package mutating func requestAborted() -> Bool {
        switch self.state {
        case .polling:
            self.state = .closed
            return true
        case .upgrading(var upgrading):
            guard upgrading.isProbed else {
                self.state = .closed
                return true
            }
            upgrading.requests = .init()
            self.state = .upgrading(upgrading)
            return false
        case .webSocket, .closed:
            return false
        }
    }

    private mutating func updateRequests(_ body: (inout Requests) -> Void) {
        switch self.state {
        case .polling(var polling):
            body(&polling.requests)
            self.state = .polling(polling)
        case .upgrading(var upgrading):
            body(&upgrading.requests)
            self.state = .upgrading(upgrading)
        case .webSocket, .closed:
            // Legal: the upgrade or the end overtook an answer that was on its way; the requests are forgotten already.
            break
        }
    }
}
