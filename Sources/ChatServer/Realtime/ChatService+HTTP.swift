// Licensed under the MIT licence.

import Chat
import EngineIOCore
import NIOCore

// What the REST interface asks for. Answers are the JSON bodies of responses.
extension ChatService {
    /// Stores a message that came by HTTP and gives it to the room.
    func post(_ message: PostedMessage) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: message.message.room)
        let receipt = await withCheckedContinuation { continuation in
            home.shard.run { home.accept(message.message, from: message.user) { continuation.resume(returning: $0) } }
        }
        return ChatReply.sent(try receipt.get())
    }

    /// A page of a room's history.
    func history(of room: RoomID, _ query: HistoryQuery) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: room)
        let page = await withCheckedContinuation { continuation in
            home.shard.run {
                home.history(of: room, query, maximumAttachments: .max) { continuation.resume(returning: $0) }
            }
        }
        return ChatReply.messages(try page.get())
    }

    /// Who is in a room.
    func users(in room: RoomID) async -> ByteBuffer {
        let home = self.home(of: room)
        let users = await withCheckedContinuation { continuation in
            home.shard.run { home.users(in: room) { continuation.resume(returning: $0) } }
        }
        return ServerPayload.roomUsers(room, EncodedUsers(users))
    }

    /// Whether a user is there.
    ///
    /// Users nobody has heard of are offline and were never seen.
    func status(of user: UserID) async throws(ChatError) -> ByteBuffer {
        let home = self.home(of: user)
        let status = await withCheckedContinuation { continuation in
            home.shard.run { home.status(of: user) { continuation.resume(returning: $0) } }
        }
        return ServerPayload.status(status)
    }
}
