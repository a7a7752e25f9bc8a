// Licensed under the MIT licence.

import Chat
import NIOCore

/// The client ids that were used in one room of late, each with what its first message became.
struct ClientIDWindow: Sendable {
    private struct Key: Hashable {
        let user: UserID
        let clientID: ExactText
    }

    private var receipts: [Key: MessageReceipt] = [:]
    /// The keys in the order they came, each once.
    private var order = CircularBuffer<Key>()
    private(set) var byteCount = 0

    /// The first message of this user under this client id, if it was stored less than so long before `now`.
    mutating func receipt(
        of clientID: ExactText,
        by user: UserID,
        now: Timestamp,
        window: Int64
    ) -> MessageReceipt? {
        self.expire(now: now, window: window)
        let key = Key(user: user, clientID: clientID)
        // Entries are not quite in order of time if the clock was set back.
        guard let receipt = self.receipts[key], now.milliseconds(since: receipt.timestamp) < window else { return nil }
        return receipt
    }

    mutating func remember(
        _ clientID: ExactText,
        by user: UserID,
        _ receipt: MessageReceipt,
        maximumCount: Int
    ) {
        let key = Key(user: user, clientID: clientID)
        if self.receipts.updateValue(receipt, forKey: key) == nil {
            self.order.append(key)
            self.byteCount += Self.cost(key)
        }
        while self.receipts.count > maximumCount { self.forgetOldest() }
    }

    var isEmpty: Bool { self.receipts.isEmpty }

    mutating func forgetOldest() {
        guard let key = self.order.popFirst() else { return }
        self.receipts[key] = nil
        self.byteCount -= Self.cost(key)
    }

    mutating func forgetAll() { self = ClientIDWindow() }

    private mutating func expire(now: Timestamp, window: Int64) {
        while let key = self.order.first, let receipt = self.receipts[key],
            now.milliseconds(since: receipt.timestamp) >= window
        {
            self.forgetOldest()
        }
    }

    /// An entry of the dictionary at its usual load, one of the queue, and the text.
    private static func cost(_ key: Key) -> Int { 160 + key.clientID.utf8Count }
}
