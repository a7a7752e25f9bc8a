// Licensed under the MIT licence.

import NIOCore

/// Work to be done a little at a time, in order, each piece once however often it is added before its turn.
struct Backlog<Work: Hashable & Sendable>: Sendable {
    private var queue = CircularBuffer<Work>()
    private var members: Set<Work> = []

    var isEmpty: Bool { self.queue.isEmpty }
    var count: Int { self.queue.count }

    mutating func add(_ work: Work) {
        if self.members.insert(work).inserted { self.queue.append(work) }
    }

    mutating func take() -> Work? {
        guard let work = self.queue.popFirst() else { return nil }
        self.members.remove(work)
        return work
    }

    mutating func removeAll() { self = Self() }
}
