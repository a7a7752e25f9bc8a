// Licensed under the MIT licence.

import NIOCore

/// Counts attempts by whoever makes them, in a bounded amount of memory.
///
/// Two tables take turns: the current one becomes the last one when its minute is over or it is full, and counts are those of both.
/// An attempt is forgotten after one to two minutes; after less only when very many others make attempts.
struct AttemptLimiter: Sendable {
    private static let window = TimeAmount.seconds(60)

    private let maximumAttempts: Int
    private let maximumKeys: Int
    private var current: [String: Int] = [:]
    private var last: [String: Int] = [:]
    private var windowEnd = NIODeadline.uptimeNanoseconds(0)

    init(maximumAttempts: Int, maximumKeys: Int = 10_000) {
        self.maximumAttempts = maximumAttempts
        self.maximumKeys = maximumKeys
    }

    /// Notes an attempt, before it is known what becomes of it; returns whether it may be made at all.
    mutating func begin(_ key: String, now: NIODeadline) -> Bool {
        if now >= self.windowEnd {
            // What is in the current table is older than two windows if nobody came meanwhile.
            self.last = now >= self.windowEnd + Self.window ? [:] : self.current
            self.current = [:]
            self.windowEnd = now + Self.window
        } else if self.current[key] == nil, self.current.count >= self.maximumKeys {
            self.last = self.current
            self.current = [:]
        }
        let count = self.current[key, default: 0] + self.last[key, default: 0]
        guard count < self.maximumAttempts else { return false }
        self.current[key, default: 0] += 1
        return true
    }

    /// An attempt was rightful: nothing is held against its maker.
    mutating func succeeded(_ key: String) {
        self.current[key] = nil
        self.last[key] = nil
    }
}
