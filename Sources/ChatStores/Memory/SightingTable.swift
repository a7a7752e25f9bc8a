// Licensed under the MIT licence.

import Chat
import NIOCore

/// When users were last seen; past a number of users the one whose sighting was recorded first is forgotten.
struct SightingTable: Sendable {
    private struct Entry {
        var sighting: LastSeen
        /// Which of the user's places in `order` counts.
        var turn: UInt64
    }

    private var entries: [UserID: Entry] = [:]
    /// The order in which users were recorded; a user recorded again is further back as well, and there it counts.
    private var order = CircularBuffer<(user: UserID, turn: UInt64)>()
    private var lastTurn: UInt64 = 0
    private let maximumCount: Int

    init(maximumCount: Int) {
        self.maximumCount = maximumCount
    }

    var count: Int { self.entries.count }

    mutating func record(_ sighting: LastSeen) {
        let user = sighting.user.id
        if let known = self.entries[user], known.sighting.time > sighting.time { return }
        self.lastTurn &+= 1
        self.entries[user] = Entry(sighting: sighting, turn: self.lastTurn)
        self.order.append((user, self.lastTurn))
        while self.entries.count > self.maximumCount { self.forgetOldest() }
        // Places that no longer count are dropped before they outnumber those that do.
        if self.order.count > 2 * self.entries.count + 16 {
            self.order = CircularBuffer(self.order.filter { self.entries[$0.user]?.turn == $0.turn })
        }
    }

    func lastSeen(of user: UserID) -> LastSeen? { self.entries[user]?.sighting }

    private mutating func forgetOldest() {
        guard let oldest = self.order.popFirst() else { return }
        if self.entries[oldest.user]?.turn == oldest.turn { self.entries[oldest.user] = nil }
    }
}
