// Licensed under the MIT licence.

import Chat
import ChatStores

/// Finds out why an export lacks some `seq`: an import may have left them out, or retention may have been quicker.
struct RoomGaps {
    let store: SQLiteStore
    let room: RoomID

    /// What was lost of the `seq` that a page should have and does not.
    ///
    /// What stands there and is hidden is lost for certain. Of what does not stand there any more nobody knows whether it ever did; but
    /// messages go from the oldest on, so where an older one is retained, nothing has gone.
    ///
    /// - Parameters:
    ///   - page: What was read, in order.
    ///   - range: What was asked for, or as much of it as the page reaches.
    /// - Returns: What is certain, and what may be.
    /// - Throws: If the store cannot be read.
    func lost(
        in page: [StoredMessage],
        of range: Range<Int>
    ) async throws(StoreError) -> (
        certain: RangeSet<Int>, possible: RangeSet<Int>
    ) {
        var absent = RangeSet(range)
        // In order: one run after the other, not one number after the other.
        for run in Self.runs(page) { absent.remove(contentsOf: run) }
        guard !absent.isEmpty else { return (RangeSet(), RangeSet()) }
        let hidden = try await self.store.sequences(in: self.room, range.lowerBound...range.upperBound - 1).get()
        // What has come meanwhile would be told by the next export.
        let certain = absent.intersection(hidden)
        var possible = RangeSet(range.lowerBound..<(page.first?.seq ?? range.upperBound))
        if let last = page.last { possible.insert(contentsOf: last.seq + 1..<range.upperBound) }
        possible.subtract(certain)
        guard !possible.isEmpty else { return (certain, possible) }
        let oldest = try await self.store.messages(in: self.room, HistoryQuery(after: 0, limit: 1)).get().messages.first
        if let oldest { possible.remove(contentsOf: min(oldest.seq, range.upperBound)..<range.upperBound) }
        return (certain, possible)
    }

    private static func runs(_ page: [StoredMessage]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for message in page {
            if let last = runs.last, last.upperBound == message.seq {
                runs[runs.count - 1] = last.lowerBound..<message.seq + 1
            } else {
                runs.append(message.seq..<message.seq + 1)
            }
        }
        return runs
    }
}
