// Licensed under the MIT licence.

/// Which `seq` an export should have had and the store has no longer.
struct MissingRanges {
    /// As many as a line names.
    private static let named = 5

    private var first: [ClosedRange<Int>] = []
    private var count = 0

    mutating func append(_ range: ClosedRange<Int>) {
        self.count += 1
        if self.first.count < Self.named { self.first.append(range) }
    }

    /// In one line for a person; nil if nothing is missing.
    var description: String? {
        guard !self.first.isEmpty else { return nil }
        let ranges = self.first.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
        let more = self.count - self.first.count
        return "seq " + ranges.joined(separator: ", ")
            + (more == 0 ? "" : " and \(more) more gap\(more == 1 ? "" : "s")")
            + " missing: no longer in the store (HISTORY_MAX_MESSAGES, HISTORY_MAX_AGE)"
    }
}
