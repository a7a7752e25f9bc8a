// Licensed under the MIT licence.

import Chat
import ChatStores

/// What lines must keep to among themselves: in each room `seq` rises, and no id is there twice.
struct ImportedLines {
    /// Clocks of machines may be apart, but a message from the future would never be too old to be kept.
    private static let clockMilliseconds: Int64 = 24 * 3600 * 1000

    /// By room, its last message so far.
    private var lasts: [RoomID: (seq: Int, line: Int)] = [:]
    private var ids = RecentIDs()
    private let latest: Int64

    /// - Parameter now: Milliseconds since 1970.
    init(now: Int64) {
        self.latest = now + Self.clockMilliseconds
    }

    /// Notes the message of a line.
    ///
    /// - Throws: Why it cannot follow those before it; it is not noted then.
    mutating func take(_ stored: StoredMessage, line: Int) throws(MessageFlaw) {
        guard stored.seq <= SQLiteStore.maximumSequence else {
            throw MessageFlaw("seq must be at most \(SQLiteStore.maximumSequence)")
        }
        let message = stored.message
        guard message.timestamp.milliseconds <= self.latest else { throw MessageFlaw("created_at is yet to come") }
        if let last = self.lasts[message.room], stored.seq <= last.seq {
            throw MessageFlaw(
                stored.seq == last.seq
                    ? "line \(last.line) has that seq in the same room"
                    : "seq \(stored.seq) follows seq \(last.seq) of line \(last.line) in the same room, and must be greater"
            )
        }
        if let first = self.ids.line(of: message.id) { throw MessageFlaw("line \(first) has a message of that id") }
        self.lasts[message.room] = (stored.seq, line)
        self.ids.insert(message.id, line: line)
    }
}
