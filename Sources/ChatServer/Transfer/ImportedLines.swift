// Licensed under the MIT licence.

import Chat

/// What lines must keep to among themselves: in each room `seq` rises, and no id is there twice.
struct ImportedLines {
    /// The greatest `seq` that is taken, which leaves a room two thousand million messages to come in any store.
    static let maximumSequence = 2_000_000_000

    /// By room, its last message so far.
    private var lasts: [RoomID: (seq: Int, line: Int)] = [:]
    private var ids = RecentIDs()

    /// Notes the message of a line.
    ///
    /// - Throws: Why it cannot follow those before it; it is not noted then.
    mutating func take(_ stored: StoredMessage, line: Int) throws(MessageFlaw) {
        guard stored.seq <= Self.maximumSequence else {
            throw MessageFlaw("seq must be at most \(Self.maximumSequence)")
        }
        let message = stored.message
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
