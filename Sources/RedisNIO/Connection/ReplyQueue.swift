// Licensed under the MIT licence.

import NIOCore

/// What was sent on one connection and is not answered, in the order of sending.
///
/// Theory: Redis answers in order, so the next reply belongs to the oldest entry. An entry can await several replies (`ASKING`,
/// `MULTI` … `EXEC`); its result is the last one, or, if that is an error, the first error among them, which says more than
/// `EXECABORT`. When the deadline of an entry passes its element is given back, and the entry stays without it until its replies
/// have come and been dropped. All elements are given out exactly once.
struct ReplyQueue<Element> {
    private struct Entry {
        var element: Element?
        var lacking: Int
        var error: RESPValue?
        let cost: Int
        let sentAt: NIODeadline
        let deadline: NIODeadline
    }

    enum Reply {
        /// There are more to come.
        case partial
        /// Nobody awaits it any longer.
        case late
        /// The element has its result.
        case complete(Element, RESPValue)
        /// Nothing was asked.
        case unexpected
    }

    private var entries = CircularBuffer<Entry>()
    /// No deadline that is still of interest is earlier.
    private(set) var earliestDeadline: NIODeadline?
    /// What the entries cost together.
    private(set) var cost = 0

    var count: Int {
        self.entries.count
    }

    /// When the oldest entry was sent.
    var oldestSentAt: NIODeadline? {
        self.entries.first?.sentAt
    }

    mutating func sent(_ element: Element, replies: Int, cost: Int, deadline: NIODeadline, now: NIODeadline) {
        self.entries.append(
            Entry(element: element, lacking: replies, error: nil, cost: cost, sentAt: now, deadline: deadline)
        )
        self.cost += cost
        self.earliestDeadline = self.earliestDeadline.map { min($0, deadline) } ?? deadline
    }

    mutating func replied(_ value: RESPValue) -> Reply {
        guard let first = self.entries.first else { return .unexpected }
        if first.lacking > 1 {
            let index = self.entries.startIndex
            self.entries[index].lacking -= 1
            if first.error == nil, value.isError { self.entries[index].error = value }
            return .partial
        }
        self.entries.removeFirst()
        self.cost -= first.cost
        if self.entries.isEmpty { self.earliestDeadline = nil }
        guard let element = first.element else { return .late }
        if let error = first.error, value.isError { return .complete(element, error) }
        return .complete(element, value)
    }

    /// Gives back what has waited until its deadline.
    mutating func deadlineReached(now: NIODeadline) -> [Element] {
        guard let earliestDeadline, earliestDeadline <= now else { return [] }
        var expired: [Element] = []
        var earliest: NIODeadline?
        for index in self.entries.indices {
            guard let element = self.entries[index].element else { continue }
            let deadline = self.entries[index].deadline
            if deadline <= now {
                self.entries[index].element = nil
                expired.append(element)
            } else {
                earliest = earliest.map { min($0, deadline) } ?? deadline
            }
        }
        self.earliestDeadline = earliest
        return expired
    }

    /// Gives back all, since no reply will come.
    mutating func connectionLost() -> [Element] {
        let elements = self.entries.compactMap(\.element)
        self = Self()
        return elements
    }
}
