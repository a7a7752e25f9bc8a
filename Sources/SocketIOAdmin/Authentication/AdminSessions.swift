// Licensed under the MIT licence.

import NIOCore
import SocketIO

/// The ids with which admins may come back without the password.
struct AdminSessions: Sendable {
    private let maximumCount: Int
    private let lifetime: TimeAmount
    private var expiries: [String: NIODeadline] = [:]
    /// The ids in the order in which they were given out, which is that in which they expire.
    private var order: [String] = []

    init(maximumCount: Int, lifetime: TimeAmount) {
        self.maximumCount = max(1, maximumCount)
        self.lifetime = lifetime
    }

    var count: Int { self.expiries.count }

    /// Gives out an id: 128 random bits as 32 hexadecimal digits.
    mutating func begin(now: NIODeadline) -> String {
        self.removeExpired(now: now)
        while self.order.count >= self.maximumCount { self.expiries[self.order.removeFirst()] = nil }
        var generator = SystemRandomNumberGenerator()
        let id = (0..<2).map { _ in (generator.next() as UInt64).hexadecimalDigits }.joined()
        self.expiries[id] = now + self.lifetime
        self.order.append(id)
        return id
    }

    /// Whether an id is good still.
    ///
    /// Found by a hash with a random key, so the time that takes says nothing of other ids.
    mutating func contains(_ id: String, now: NIODeadline) -> Bool {
        self.removeExpired(now: now)
        return self.expiries[id] != nil
    }

    private mutating func removeExpired(now: NIODeadline) {
        let expired = self.order.prefix { id in self.expiries[id].map { $0 <= now } ?? true }
        for id in expired { self.expiries[id] = nil }
        self.order.removeFirst(expired.count)
    }
}
