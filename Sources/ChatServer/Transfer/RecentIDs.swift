// Licensed under the MIT licence.

import Chat

/// Which line each of the last messages was on, by their ids.
struct RecentIDs {
    private let half: Int
    private var lines: [MessageID: Int] = [:]
    private var olderLines: [MessageID: Int] = [:]

    /// - Parameter half: How many are known at least; never more than twice as many.
    init(half: Int = 500_000) {
        self.half = half
    }

    /// Which line has a message of that id already.
    func line(of id: MessageID) -> Int? { self.lines[id] ?? self.olderLines[id] }

    /// Notes a message.
    mutating func insert(_ id: MessageID, line: Int) {
        if self.lines.count >= self.half {
            self.olderLines = self.lines
            self.lines = [:]
        }
        self.lines[id] = line
    }
}
