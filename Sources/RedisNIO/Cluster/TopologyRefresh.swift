// Licensed under the MIT licence.

import NIOCore

/// When the cluster is asked for its topology: one question at a time, and not too often.
///
/// Theory: `idle` → `asking` → `idle`. A wish that comes while a question is on its way, or too soon after the last one, is kept
/// (`isWanted`) and leads to one more question, however many wished for it: what was asked before the wish may not show what led to
/// it. `waiting` is the pause before that question. A question that fails is followed by another.
struct TopologyRefresh {
    private enum State: Equatable {
        case idle
        case asking
        case waiting
    }

    enum Action: Equatable {
        case nothing
        case ask
        /// Come back at that time.
        case wait(until: NIODeadline)
    }

    private let spacing: TimeAmount
    private var state = State.idle
    private var isWanted = false
    private var lastAskedAt: NIODeadline?

    init(spacing: TimeAmount) {
        self.spacing = spacing
    }

    mutating func wanted(now: NIODeadline) -> Action {
        self.isWanted = true
        return self.proceed(now: now)
    }

    mutating func waited(now: NIODeadline) -> Action {
        guard self.state == .waiting else { return .nothing }
        self.state = .idle
        return self.proceed(now: now)
    }

    /// The question is over.
    ///
    /// - Parameters:
    ///   - isAnswered: Whether there is a topology.
    ///   - now: The time.
    /// - Returns: What is next.
    mutating func ended(isAnswered: Bool, now: NIODeadline) -> Action {
        guard self.state == .asking else { return .nothing }
        self.state = .idle
        if !isAnswered { self.isWanted = true }
        return self.proceed(now: now)
    }

    private mutating func proceed(now: NIODeadline) -> Action {
        guard self.isWanted, self.state == .idle else { return .nothing }
        if let lastAskedAt, lastAskedAt + self.spacing > now {
            self.state = .waiting
            return .wait(until: lastAskedAt + self.spacing)
        }
        self.state = .asking
        self.isWanted = false
        self.lastAskedAt = now
        return .ask
    }
}
