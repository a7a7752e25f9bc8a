// Licensed under the MIT licence.

package import NIOCore

/// Who must speak when, so that a dead peer is noticed.
///
/// Engine.IO protocol v4, "Heartbeat": the server pings, the client answers within the ping timeout. Engine.IO protocol v3: the
/// client pings, and the server expects a ping within interval plus timeout. Wrong events are the peer's fault.
package struct Heartbeat: Sendable, Equatable {
    /// What a due deadline or a heartbeat packet asks for.
    package enum Action: Equatable, Sendable {
        /// Nothing to do.
        case none
        /// Send a ping.
        case sendPing
        /// Send a pong that repeats the ping's data.
        case sendPong
        /// The peer broke the rules of the heartbeat.
        case violation
        /// The peer is dead.
        case timedOut
    }

    private enum Phase: Equatable { case idle, awaitingPong, awaitingPing }

    /// Heartbeat packets that nobody asked for, within one ping interval: pings of revision 3, where the stock client sends one
    /// and a probe is another; and surplus pongs of revision 4, which the reference server tolerates (`engine.io/lib/socket.ts`).
    private static let maximumUnaskedPerInterval = 16

    private var phase: Phase
    private var unaskedInWindow: UInt8 = 0
    private var windowEnd: NIODeadline
    /// When ``deadlineReached(now:interval:timeout:)`` has something to do.
    package private(set) var deadline: NIODeadline

    package init(revision: ProtocolRevision, now: NIODeadline, interval: TimeAmount, timeout: TimeAmount) {
        self.windowEnd = now + interval
        switch revision {
        case .v3:
            self.phase = .awaitingPing
            self.deadline = now + interval + timeout
        case .v4:
            self.phase = .idle
            self.deadline = now + interval
        }
    }

    /// The peer is read again after a while in which it could not be heard: it gets its full time anew.
    package mutating func readingResumed(now: NIODeadline, timeout: TimeAmount) {
        switch self.phase {
        case .idle: break
        case .awaitingPong, .awaitingPing: self.deadline = max(self.deadline, now + timeout)
        }
    }

    package mutating func pingReceived(now: NIODeadline, interval: TimeAmount, timeout: TimeAmount) -> Action {
        guard self.phase == .awaitingPing else { return .violation }
        guard self.spendUnasked(now: now, interval: interval) else { return .violation }
        self.deadline = now + interval + timeout
        return .sendPong
    }

    package mutating func pongReceived(now: NIODeadline, interval: TimeAmount) -> Action {
        switch self.phase {
        case .awaitingPong:
            self.phase = .idle
            self.deadline = now + interval
            return .none
        case .idle:
            // It moves no deadline: however many pongs come, one ping goes out per interval.
            return self.spendUnasked(now: now, interval: interval) ? .none : .violation
        case .awaitingPing:
            return .violation
        }
    }

    private mutating func spendUnasked(now: NIODeadline, interval: TimeAmount) -> Bool {
        if now >= self.windowEnd {
            self.windowEnd = now + interval
            self.unaskedInWindow = 0
        }
        // Never counted further than one beyond the bound, so it cannot overflow.
        guard self.unaskedInWindow < Self.maximumUnaskedPerInterval else { return false }
        self.unaskedInWindow += 1
        return true
    }

    package mutating func deadlineReached(now: NIODeadline, timeout: TimeAmount) -> Action {
        guard now >= self.deadline else { return .none }
        switch self.phase {
        case .idle:
            self.phase = .awaitingPong
            self.deadline = now + timeout
            return .sendPing
        case .awaitingPong, .awaitingPing:
            return .timedOut
        }
    }
}
