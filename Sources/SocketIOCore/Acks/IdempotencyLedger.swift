// Licensed under the MIT licence.

package import NIOCore
import WireJSON

/// Which events were handled already, by key, and what they were answered.
///
/// Theory of operation. A key is *open* from its first event until that is answered or given up, then *answered* or unknown
/// again. Repeats of an open key wait for the answer, repeats of an answered one get it at once. Entries leave when they are
/// older than the window's duration or more than its count or bytes, the oldest first.
package struct IdempotencyLedger<Waiter: Sendable>: Sendable {
    /// What to do with an event.
    package enum Action: Sendable {
        /// The first of its key: handle it, then call ``answered(_:_:with:)`` or ``abandoned(_:_:)``.
        case handle(serial: UInt64)
        /// A repeat whose first is being handled: its waiter is kept.
        case wait
        /// A repeat whose first was answered so.
        case answer(AckReply)
    }

    private struct Entry: Sendable {
        /// Tells it from a later one with the same key.
        var serial: UInt64
        var beganAt: NIODeadline
        var byteCount: Int
        var answer: AckReply?
        var waiters: [Waiter] = []
    }

    private static var maximumWaiters: Int { 64 }

    private let window: IdempotencyWindow
    private var entries: [String: Entry] = [:]
    /// Keys in the order in which they were first seen; those before `first` are gone.
    private var order: [String] = []
    private var first = 0
    private var nextSerial: UInt64 = 0
    /// Of keys and answers.
    private var byteCount = 0

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
            let serial = self.nextSerial
            self.nextSerial += 1
            let byteCount = 64 + key.utf8.count
            self.byteCount += byteCount
            self.entries[key] = Entry(serial: serial, beganAt: now, byteCount: byteCount)
            self.order.append(key)
            return .handle(serial: serial)
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
    package mutating func answered(_ key: String, _ serial: UInt64, with answer: AckReply) -> [Waiter] {
        guard var entry = self.entries[key], entry.serial == serial, entry.answer == nil else { return [] }
        let waiters = entry.waiters
        entry.waiters = []
        entry.answer = answer
        entry.byteCount += answer.byteCount
        self.byteCount += answer.byteCount
        self.entries[key] = entry
        return waiters
    }

    /// The first event of a key failed: the next one is handled again.
    ///
    /// Returns who waited: they get no answer, and ask again. (To be let go of outside of any lock.)
    package mutating func abandoned(_ key: String, _ serial: UInt64) -> [Waiter] {
        guard let entry = self.entries[key], entry.serial == serial, entry.answer == nil else { return [] }
        self.remove(key)
        return entry.waiters
    }

    private mutating func remove(_ key: String) {
        guard let entry = self.entries.removeValue(forKey: key) else { return }
        self.byteCount -= entry.byteCount
    }

    private mutating func forgetOld(now: NIODeadline) {
        while self.first < self.order.count {
            let key = self.order[self.first]
            if let entry = self.entries[key] {
                let isOld = now - entry.beganAt >= TimeAmount(self.window.duration)
                let isTooMuch =
                    self.entries.count >= self.window.maximumCount || self.byteCount > self.window.maximumBytes
                guard isOld || isTooMuch else { break }
                self.remove(key)
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
    /// The most bytes of keys and answers, roughly counted, the oldest forgotten first; 16 MiB by default.
    public var maximumBytes: Int

    /// Creates a window.
    public init(
        duration: Duration = .seconds(600),
        maximumCount: Int = 10_000,
        maximumBytes: Int = 16 * 1_024 * 1_024
    ) {
        self.duration = duration
        self.maximumCount = max(1, maximumCount)
        self.maximumBytes = maximumBytes
    }
}

extension AckReply {
    /// About what it costs to keep the answer.
    fileprivate var byteCount: Int {
        self.arguments.reduce(0) { $0 + 32 + $1.bytes.readableBytes }
            + self.attachments.reduce(0) { $0 + 32 + $1.readableBytes }
    }
}
