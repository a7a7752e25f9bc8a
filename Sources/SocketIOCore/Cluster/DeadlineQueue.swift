// Licensed under the MIT licence.

import NIOCore

/// Elements in the order of their deadlines: a binary heap.
struct DeadlineQueue<Element: Sendable>: Sendable {
    struct Entry: Sendable {
        var deadline: NIODeadline
        var element: Element
    }

    /// No entry is later than the two at twice its place and one, and at twice its place and two.
    private var heap: [Entry] = []

    var count: Int { self.heap.count }

    /// The entry with the earliest deadline, or one of them.
    var first: Entry? { self.heap.first }

    mutating func insert(_ element: Element, deadline: NIODeadline) {
        self.heap.append(Entry(deadline: deadline, element: element))
        self.rise(from: self.heap.endIndex - 1)
    }

    /// Takes out ``first``.
    mutating func removeFirst() {
        guard let last = self.heap.popLast(), !self.heap.isEmpty else { return }
        self.heap[0] = last
        self.sink()
    }

    /// Takes out everything else.
    mutating func keep(where isKept: (Element) -> Bool) {
        let entries = self.heap.filter { isKept($0.element) }
        self.heap = []
        for entry in entries { self.insert(entry.element, deadline: entry.deadline) }
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard self.heap[index].deadline < self.heap[parent].deadline else { return }
            self.heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func sink() {
        var index = 0
        while true {
            var earliest = index
            for child in (2 * index + 1)...(2 * index + 2) where child < self.heap.count {
                if self.heap[child].deadline < self.heap[earliest].deadline { earliest = child }
            }
            guard earliest != index else { return }
            self.heap.swapAt(index, earliest)
            index = earliest
        }
    }
}
