// Licensed under the MIT licence.

package import NIOCore

// Sockets that lose their connection and come back as they were (Socket.IO's connection state recovery). What they missed is
// Socket.IO's to replay; the hub's part is that what is sent meanwhile is sent at all, in order, though nobody may be in the room.
extension RoomHub {
    /// A socket has come back to a room that it was in, and gets what the room gets already.
    ///
    /// - Returns: What to do.
    package mutating func restore(_ member: Member, as user: ChatUser, _ room: RoomID) -> [Action] {
        let arrival = self.directory.join(member, as: user, room)
        var actions = self.entering(arrival, user, room)
        if !self.timelines.contains(room) { actions.append(self.begin(room)) }
        if arrival == .first { actions.append(.userJoined(room, user, except: member)) }
        return actions
    }

    /// Opens a room for clients that may come back to it after the server's restart.
    ///
    /// - Parameters:
    ///   - room: The room.
    ///   - deadline: Until when they may.
    /// - Returns: What to do.
    package mutating func expect(_ room: RoomID, until deadline: NIODeadline) -> [Action] {
        var actions = self.keepOpen(room, until: deadline)
        if self.awaited.contains(room), !self.timelines.contains(room) { actions.append(self.begin(room)) }
        return actions
    }

    /// When ``expire(now:)`` has something to do.
    package var nextDeadline: NIODeadline? { self.awaited.nextDeadline }

    /// Time has passed: rooms that nobody is in and nobody can come back to end.
    package mutating func expire(now: NIODeadline) -> [Action] {
        self.awaited.expire(now: now).flatMap { self.endIfEmpty($0) }
    }

    /// Keeps a room open; if that is one too many, nobody is waited for any more in the one that has waited the longest.
    mutating func keepOpen(_ room: RoomID, until deadline: NIODeadline) -> [Action] {
        self.awaited.keep(room, until: deadline).map { self.endIfEmpty($0) } ?? []
    }

    private mutating func endIfEmpty(_ room: RoomID) -> [Action] {
        self.directory.contains(room) || !self.timelines.contains(room) ? [] : self.end(room)
    }
}
