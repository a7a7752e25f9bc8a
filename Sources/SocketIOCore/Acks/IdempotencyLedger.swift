// Licensed under the MIT licence.

package import NIOCore

/// Which events were handled already, by key, and what they were answered.
///
/// Theory of operation. A key is *open* from its first event until that is answered or given up, then *answered* or unknown
/// again. Repeats of an open key wait for the answer, repeats of an answered one get it at once. Entries leave when they are
/// older than the window's duration or more than its count, the oldest first.
package struct IdempotencyLedger<Waiter: Sendable>: Sendable {
    /// What to do with an event.
    package enum Action: Sendable {
        /// The first of its key: handle it, then call ``answered(_:with:)`` or ``abandoned(_:)``.
        case handle
        /// A repeat whose first is being handled: its waiter is kept.
        case wait
        /// A repeat whose first was answered so.
        case answer(AckReply)
    }

    private struct Entry: Sendable {
        var beganAt: NIODeadline
        var answer: AckReply?
        var waiters: [Waiter] = []
    }

    private static var maximumWaiters: Int { 64 }

    private let window: IdempotencyWindow
    private var entries: [String: Entry] = [:]
    /// Keys in the order in which they were first seen; those before `first` are gone.
    private var order: [String] = []
    private var first = 0

    /// Makes an empty ledger.
    package init(window: IdempotencyWindow) {
        self.window = window
    }

    /// How many keys are known.
    package var count: Int { self.entries.count }

    /// An event came.
    package mutating func received(_ key: String, waiter: @autoclosure () -> Waiter, now: NIODeadline) -> Action {
        self.forgetOld(now: now)
        guard var entry = self.entries[key] else {
            self.entries[key] = Entry(beganAt: now)
            self.order.append(key)
            return .handle
        }
        if let answer = entry.answer { return .answer(answer) }
        // A client that asks so often has given up on the earlier ones.
        if entry.waiters.count == Self.maximumWaiters { entry.waiters.removeFirst() }
        entry.waiters.append(waiter())
        self.entries[key] = entry
        return .wait
    }

    /// The first event of a key was answered.
    ///
    /// Returns who waits for the same answer.
    package mutating func answered(_ key: String, with answer: AckReply) -> [Waiter] {
        guard let waiters = self.entries[key]?.waiters else { return [] }
        self.entries[key]?.waiters = []
        self.entries[key]?.answer = answer
        return waiters
    }

    /// The first event of a key failed: the next one is handled again.
    ///
    /// Who waited gets no answer, and asks again.
    package mutating func abandoned(_ key: String) {
        guard let entry = self.entries[key], entry.answer == nil else { return }
        self.entries[key] = nil
    }

    private mutating func forgetOld(now: NIODeadline) {
        while self.first < self.order.count {
            let key = self.order[self.first]
            if let entry = self.entries[key] {
                let isOld = now - entry.beganAt >= TimeAmount(self.window.duration)
                guard isOld || self.entries.count >= self.window.maximumCount else { break }
                self.entries[key] = nil
            }
            self.first += 1
        }
        if self.first >= 64, self.first * 2 >= self.order.count {
            self.order.removeFirst(self.first)
            self.first = 0
        }
        // Keys that were given up again and again stand there more than once.
        if self.order.count > 2 * self.window.maximumCount + 64 {
            var seen: Set<String> = []
            self.order = self.order[self.first...].filter { self.entries[$0] != nil && seen.insert($0).inserted }
            self.first = 0
        }
    }
}

/// How much of the past counts when events are told from their repeats.
public struct IdempotencyWindow: Sendable, Hashable {
    /// How long an event is remembered; 10 minutes by default.
    public var duration: Duration
    /// How many events are remembered at most, the oldest forgotten first; 10,000 by default.
    public var maximumCount: Int

    /// Creates a window.
    public init(duration: Duration = .seconds(600), maximumCount: Int = 10_000) {
        self.duration = duration
        self.maximumCount = max(1, maximumCount)
    }
}
