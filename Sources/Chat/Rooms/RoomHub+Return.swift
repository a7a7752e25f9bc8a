// Licensed under the MIT licence.

/// The way of a client that comes from another node to the present of a room: what it missed there, in order and without a gap.
///
/// Until it is there it is no member.
package struct RoomReturn: Sendable {
    /// What it is given next.
    package struct Step: Sendable {
        /// To be given now.
        package let messages: [StoredMessage]
        /// What to ask the store for, to be brought to ``RoomHub/proceed(_:_:)``; nil once it has all that members have been given.
        package let query: HistoryQuery?
    }

    private(set) var opening: RoomOpening
    /// The last `seq` that it was given.
    var last: Int
    var replay: JoinReplay

    /// The room.
    package var room: RoomID { self.opening.room }
}

extension RoomHub {
    /// Begins to bring a client to the present of a room that is open.
    ///
    /// - Parameters:
    ///   - room: The room, kept open by ``expect(_:until:)``.
    ///   - seq: The last message that it was sent elsewhere.
    /// - Returns: Nil as long as the room is not open, or members here have not been given that much.
    package mutating func beginReturn(to room: RoomID, after seq: Int) -> (RoomReturn, RoomReturn.Step)? {
        guard let opening = self.timelines.opening(of: room), let delivered = self.timelines.delivered(in: room),
            delivered >= seq
        else { return nil }
        let client = RoomReturn(opening: opening, last: seq, replay: JoinReplay(after: seq, delivered: delivered))
        if delivered == seq { return (client, .init(messages: [], query: nil)) }
        self.timelines.replayBegan(in: room)
        return (client, .init(messages: [], query: self.timelines.reading(room, after: seq).query))
    }

    /// The store has answered.
    ///
    /// - Parameters:
    ///   - client: Who is on the way.
    ///   - result: What was asked for.
    /// - Returns: What to do next; nil if the client cannot be given all.
    package mutating func proceed(
        _ client: inout RoomReturn,
        _ result: Result<HistoryPage, StoreError>
    ) -> RoomReturn.Step? {
        guard self.timelines.isCurrent(client.opening) else { return nil }
        let room = client.room
        guard case .success(let page) = result,
            let step = self.timelines.advance(&client.replay, page, in: room),
            client.take(step.messages), step.readAfter != nil || client.last == client.replay.position
        else {
            self.timelines.replayEnded(in: room)
            return nil
        }
        guard let after = step.readAfter else {
            self.timelines.replayEnded(in: room)
            return .init(messages: step.messages, query: nil)
        }
        return .init(messages: step.messages, query: self.timelines.reading(room, after: after).query)
    }
}

extension RoomReturn {
    /// Whether these follow on what the client has.
    fileprivate mutating func take(_ messages: [StoredMessage]) -> Bool {
        for message in messages {
            guard message.seq == self.last + 1 else { return false }
            self.last = message.seq
        }
        return true
    }
}
