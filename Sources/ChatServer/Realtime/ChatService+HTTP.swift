// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore

// What the REST interface asks for. Answers are the JSON bodies of responses.
extension ChatService {
    /// Stores a message that came by HTTP and gives it to the room.
    func post(_ message: PostedMessage) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: message.message.room)
        let trace = TraceScope.current
        let receipt = await withCheckedContinuation { continuation in
            home.shard.run {
                trace.run { home.accept(message.message, from: message.user) { continuation.resume(returning: $0) } }
            }
        }
        return ChatReply.sent(try receipt.get())
    }

    /// A page of a room's history.
    func history(of room: RoomID, _ query: HistoryQuery) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: room)
        let trace = TraceScope.current
        let page = await withCheckedContinuation { continuation in
            home.shard.run {
                trace.run {
                    home.history(of: room, query, maximumAttachments: .max) { continuation.resume(returning: $0) }
                }
            }
        }
        return ChatReply.messages(try page.get())
    }

    /// Who is in a room.
    ///
    /// - Throws: `UNAVAILABLE` if nobody here is in it, and the other nodes cannot be asked.
    func users(in room: RoomID) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: room)
        let users = await withCheckedContinuation { continuation in
            home.shard.run { home.users(in: room) { continuation.resume(returning: $0) } }
        }
        guard case .success(let users) = users else { throw .unavailable }
        return ServerPayload.roomUsers(room, EncodedUsers(users))
    }

    /// Whether a user is there.
    ///
    /// Users nobody has heard of are offline and were never seen.
    ///
    /// - Throws: `UNAVAILABLE` if the user is not here, and the other nodes or the store cannot be asked.
    func status(of user: UserID) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: user)
        let trace = TraceScope.current
        let status = await withCheckedContinuation { continuation in
            // Behind what other shards have told the home, as with whoever watches.
            home.shard.execute { trace.run { home.status(of: user) { continuation.resume(returning: $0) } } }
        }
        guard case .success(let status) = status else { throw .unavailable }
        return ServerPayload.status(status)
    }
}
