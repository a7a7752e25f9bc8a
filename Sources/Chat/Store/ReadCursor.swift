// Licensed under the MIT licence.

/// How far a user has read in a room.
package struct ReadCursor: Hashable, Sendable {
    /// The room.
    package let room: RoomID
    /// The user, on whichever device.
    package let user: UserID
    /// The last `seq` read.
    package let seq: Int

    /// A cursor.
    package init(room: RoomID, user: UserID, seq: Int) {
        self.room = room
        self.user = user
        self.seq = seq
    }
}
