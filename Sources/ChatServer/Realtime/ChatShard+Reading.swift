// Licensed under the MIT licence.

import Chat
import EngineIOCore
import SocketIO
import SocketIOCore

// How far users have read.
extension ChatShard {
    /// Moves a user's cursor, at the home of the room; no further than the room goes.
    ///
    /// - Parameters:
    ///   - cursor: Where to.
    ///   - whenDone: Gets, on this shard, where the cursor is if it has moved. Moves of one user in one room are reported in
    ///     the order in which they take place, each further than the one before.
    func advance(_ cursor: ReadCursor, whenDone: @escaping @Sendable (Result<ReadCursor?, StoreError>) -> Void) {
        // Members have been given that much, so that it exists.
        if cursor.seq <= self.hub.timelines.floor(of: cursor.room) { return self.move(cursor, whenDone) }
        self.store.lastSequence(of: cursor.room) { result in
            self.shard.run {
                switch result {
                case .success(let last):
                    self.move(ReadCursor(room: cursor.room, user: cursor.user, seq: min(cursor.seq, last)), whenDone)
                case .failure(let error):
                    whenDone(.failure(error))
                }
            }
        }
    }

    private func move(_ cursor: ReadCursor, _ whenDone: @escaping @Sendable (Result<ReadCursor?, StoreError>) -> Void) {
        self.store.advance(cursor) { result in
            self.shard.run {
                if case .success = result { self.hub.advanced(cursor) }
                whenDone(result.map { $0 ? cursor : nil })
            }
        }
    }

    /// Tells how far a user has read, at the home of the user: the room, and the user's other devices, be they in the room or
    /// not, each once.
    func tell(_ cursor: ReadCursor, movedBy member: ChatMember) {
        member.socket.to(.init(cursor.room), .devices(of: cursor.user)).emit(
            raw: ServerEvent.read.rawValue,
            arguments: ServerPayload.read(cursor)
        )
    }
}
