// Licensed under the MIT licence.

/// Rising positions, added at the end and taken from the front.
struct PositionQueue {
    private var positions: [UInt64] = []
    private var head = 0

    var isEmpty: Bool { self.head == self.positions.count }

    /// A position that is there already, as when a target names a room twice, is passed over.
    mutating func append(_ position: UInt64) {
        if self.positions.last != position { self.positions.append(position) }
    }

    mutating func remove(through position: UInt64) {
        while self.head < self.positions.count, self.positions[self.head] <= position { self.head += 1 }
        guard self.head * 2 > self.positions.count else { return }
        self.positions.removeFirst(self.head)
        self.head = 0
    }

    func positions(from first: UInt64) -> ArraySlice<UInt64> {
        var low = self.head
        var high = self.positions.count
        while low < high {
            let middle = low + (high - low) / 2
            if self.positions[middle] < first { low = middle + 1 } else { high = middle }
        }
        return self.positions[low...]
    }
}

/// Goes through several rows of rising positions at once: in order, each position once.
struct MergedPositions {
    private struct Row {
        let positions: ArraySlice<UInt64>
        var index: Int

        var next: UInt64 { self.positions[self.index] }
    }

    // A heap: the row whose next position is the lowest comes first. None is at its end.
    private var rows: [Row]

    init(_ rows: [ArraySlice<UInt64>]) {
        self.rows = rows.compactMap { $0.isEmpty ? nil : Row(positions: $0, index: $0.startIndex) }
        for index in (0..<self.rows.count / 2).reversed() { self.sink(index) }
    }

    mutating func next() -> UInt64? {
        guard let position = self.rows.first?.next else { return nil }
        while self.rows.first?.next == position { self.advance() }
        return position
    }

    private mutating func advance() {
        self.rows[0].index += 1
        if self.rows[0].index == self.rows[0].positions.endIndex {
            self.rows.swapAt(0, self.rows.count - 1)
            self.rows.removeLast()
        }
        self.sink(0)
    }

    private mutating func sink(_ index: Int) {
        var parent = index
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < self.rows.count, self.rows[left].next < self.rows[least].next { least = left }
            if left + 1 < self.rows.count, self.rows[left + 1].next < self.rows[least].next { least = left + 1 }
            guard least != parent else { return }
            self.rows.swapAt(parent, least)
            parent = least
        }
    }
}
