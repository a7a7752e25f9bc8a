// Licensed under the MIT licence.

import Chat
import NIOCore

/// The client ids that were used in one room of late, each with what its first message became.
///
/// There may be very many of them, so that neither ids nor users are kept, but 128 bits of hash of both. The hashes are
/// seeded at random for each process, so that nobody can look for two that agree, and by chance none ever will.
struct ClientIDWindow: Sendable {
    /// Stands for a user and a client id.
    struct Key: Hashable {
        private let first: UInt64
        private let second: UInt64

        init(_ user: UserID, _ clientID: ExactText) {
            func hash(_ salt: UInt8) -> UInt64 {
                var hasher = Hasher()
                hasher.combine(salt)
                hasher.combine(user.text)
                // The first text's length, so that no other pair of texts reads the same.
                hasher.combine(user.text.utf8Count)
                hasher.combine(clientID)
                return UInt64(truncatingIfNeeded: hasher.finalize())
            }
            self.first = hash(1)
            self.second = hash(2)
        }
    }

    private struct First {
        let id: MessageID
        let seq: Int
        let milliseconds: Int64
    }

    /// An entry of the dictionary at its usual load, and one of the queue.
    private static let entryCost = 128

    private var firsts: [Key: First] = [:]
    /// The keys in the order they came, each once.
    private var order = CircularBuffer<Key>(initialCapacity: 1)

    var isEmpty: Bool { self.firsts.isEmpty }
    var byteCount: Int { self.firsts.count * Self.entryCost }

    /// The first message under this key, if it was stored less than `window` milliseconds before `now`.
    mutating func receipt(of key: Key, now: Timestamp, window: Int64) -> MessageReceipt? {
        self.expire(now: now, window: window)
        guard
            let first = self.firsts[key],
            // Entries are not quite in order of time if the clock was set back.
            now.milliseconds - first.milliseconds < window
        else { return nil }
        return MessageReceipt(
            id: first.id,
            seq: first.seq,
            timestamp: Timestamp(milliseconds: first.milliseconds)
        )
    }

    mutating func remember(_ key: Key, _ receipt: MessageReceipt, maximumCount: Int) {
        let first = First(id: receipt.id, seq: receipt.seq, milliseconds: receipt.timestamp.milliseconds)
        if self.firsts.updateValue(first, forKey: key) == nil { self.order.append(key) }
        while self.firsts.count > maximumCount { self.forgetOldest() }
    }

    mutating func forgetOldest() {
        if let key = self.order.popFirst() { self.firsts[key] = nil }
    }

    private mutating func expire(now: Timestamp, window: Int64) {
        while let key = self.order.first, let first = self.firsts[key], now.milliseconds - first.milliseconds >= window
        {
            self.forgetOldest()
        }
    }
}
