// Licensed under the MIT licence.

/// Answers which events concerned a session, quickly: its history, sorted by room.
public struct RoomTimeline: Sendable {
    private let sid: String
    /// The session's own rooms: one that others may join, one that they may not.
    private let own: Room
    private let direct: Room
    private let rooms: Set<Room>
    private let changes: [Room: [RoomChanges.Change]]
    /// Nothing can be said about events up to this position.
    public let unknownThrough: UInt64

    /// Sorts a session's history.
    public init(of session: RecoverySession) {
        self.sid = session.sid
        self.own = Room(session.sid)
        self.direct = .direct(to: session.sid)
        self.rooms = Set(session.history.rooms)
        self.changes = Dictionary(grouping: session.history.changes.all, by: \.room)
        self.unknownThrough = session.history.changes.unknownThrough
    }

    /// Every room that the session was ever in, as far as is known; its own id among them.
    public var everyRoom: Set<Room> {
        self.rooms.union(self.changes.keys).union([self.own, self.direct])
    }

    /// Whether the session was in the room when the event at `position` was sent.
    public func contains(_ room: Room, at position: UInt64) -> Bool {
        // The first change that the event did not see yet tells what was before it.
        if let next = self.changes[room]?.first(where: { $0.position >= position }) { return !next.isJoin }
        return self.rooms.contains(room)
    }

    /// Whether an event for `target` at `position` was for the session.
    public func isDue(_ target: BroadcastTarget, at position: UInt64) -> Bool {
        if target.exceptSocket == self.sid { return false }
        guard target.rooms.isEmpty || target.rooms.contains(where: { self.isIn($0, at: position) }) else {
            return false
        }
        return !target.except.contains { self.isIn($0, at: position) }
    }
    private func isIn(_ room: Room, at position: UInt64) -> Bool {
        room == self.own || room == self.direct || self.contains(room, at: position)
    }
}
