// Licensed under the MIT licence.

public import NIOCore

/// What rooms a socket joined and left of late, so that it can be told in which rooms it was when an event was sent.
///
/// Positions are those of the log. A socket that joins a room after it was sent the event at position 7 is a member for the
/// events from 8 on; one that leaves it then was a member up to 7. Where "then" is, its shard knows: the last event that
/// passed there.
///
/// A socket that is online keeps this beside the rooms it is in; usually it is empty. Changes that no event can need any more
/// are dropped: an event that was sent before some time has surely been received, hence is not replayed, so older changes
/// decide nothing (see ``ReceiptClock``). Where there are more than the maximum, the oldest are dropped too, and the
/// past before them counts as unknown.
public struct RoomChanges: Sendable, Equatable {
    /// One change.
    public struct Change: Sendable, Equatable {
        /// The room.
        public let room: Room
        /// Joined, otherwise left.
        public let isJoin: Bool
        /// The last event before it.
        public let position: UInt64
        /// When it happened.
        public let time: NIODeadline

        /// Creates a change.
        public init(room: Room, isJoin: Bool, position: UInt64, time: NIODeadline) {
            self.room = room
            self.isJoin = isJoin
            self.position = position
            self.time = time
        }
    }

    /// The changes, the oldest first.
    public private(set) var all: [Change] = []
    /// In which rooms the socket was up to this position is unknown, since changes were dropped for want of space; 0 if none were.
    public private(set) var unknownThrough: UInt64 = 0

    /// Creates a past without changes.
    public init() {}

    /// Creates a past, for logs that keep it outside of memory.
    public init(_ changes: [Change], unknownThrough: UInt64) {
        self.all = changes
        self.unknownThrough = unknownThrough
    }

    /// Notes a change, the latest of all.
    /// - Parameters:
    ///   - change: What happened.
    ///   - receivedBefore: Changes before this time are dropped (``ReceiptClock/receivedBefore(now:)``).
    ///   - maximumCount: The most changes to keep; at least 1.
    public mutating func note(_ change: Change, receivedBefore: NIODeadline, maximumCount: Int) {
        if let first = self.all.first, first.time < receivedBefore {
            self.all.removeFirst(self.all.firstIndex { $0.time >= receivedBefore } ?? self.all.count)
        }
        if self.all.count >= max(1, maximumCount) {
            // Several at once, so that a storm of changes does not move the whole list for each.
            let dropped = max(1, self.all.count / 4)
            self.unknownThrough = max(self.unknownThrough, self.all[dropped - 1].position)
            self.all.removeFirst(dropped)
        }
        self.all.append(change)
    }
}

/// In which rooms a session was at which position: the rooms at its end, and the changes before that.
///
/// While a client is away its membership goes on, so the end is open.
public struct RoomHistory: Sendable, Equatable {
    /// The rooms at the end, without repeats; the socket's own id is not among them.
    public let rooms: [Room]
    /// The changes that led there.
    public let changes: RoomChanges

    /// Creates a history.
    public init(rooms: [Room], changes: RoomChanges = RoomChanges()) {
        self.rooms = rooms
        self.changes = changes
    }
}
