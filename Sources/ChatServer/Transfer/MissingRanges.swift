// Licensed under the MIT licence.

/// Which `seq` an export should have had and the store has no longer.
struct MissingRanges {
    /// As many as a line names.
    private static let named = 5

    private var first: [Range<Int>] = []
    private var count = 0
    /// Whether all are known to have had a message.
    private var areCertain = true

    /// Notes what is missing, behind all that was noted before.
    ///
    /// - Parameters:
    ///   - certain: What had messages.
    ///   - possible: What may have had some; the store cannot know.
    mutating func append(_ certain: RangeSet<Int>, _ possible: RangeSet<Int> = RangeSet()) {
        if !possible.isEmpty { self.areCertain = false }
        let sequences = certain.union(possible)
        for range in sequences.ranges {
            if let last = self.first.last, self.count == self.first.count, last.upperBound == range.lowerBound {
                self.first[self.first.count - 1] = last.lowerBound..<range.upperBound
                continue
            }
            self.count += 1
            if self.first.count < Self.named { self.first.append(range) }
        }
    }

    /// In one line for a person; nil if nothing is missing.
    var description: String? {
        guard !self.first.isEmpty else { return nil }
        let ranges = self.first.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound - 1)"
        }
        let more = self.count - self.first.count
        return "seq " + ranges.joined(separator: ", ")
            + (more == 0 ? "" : " and \(more) more gap\(more == 1 ? "" : "s")")
            + " missing: no longer in the store (HISTORY_MAX_MESSAGES, HISTORY_MAX_AGE)"
            + (self.areCertain ? "" : ", unless there never were any")
    }
}
