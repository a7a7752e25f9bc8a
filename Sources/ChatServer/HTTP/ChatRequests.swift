// Licensed under the MIT licence.

import Chat
import NIOCore

/// What the HTTP interface asks of the chat.
///
/// Each answer is the JSON body of a response.
protocol ChatRequests: Sendable {
    /// `POST /messages`: `{"status":"sent","message_id":"…","seq":7,"timestamp":"…"}`.
    func post(_ message: PostedMessage) async throws(ChatError) -> ByteBuffer
    /// `GET /rooms/{room_id}/messages`: `{"messages":[…],"has_more":false}`.
    func history(of room: RoomID, _ query: HistoryQuery) async throws(ChatError) -> ByteBuffer
    /// `GET /rooms/{room_id}/users`: `{"room_id":"r1","users":["u1"]}`.
    func users(in room: RoomID) async throws(ChatError) -> ByteBuffer
    /// `GET /users/{user_id}/status`: the status object.
    func status(of user: UserID) async throws(ChatError) -> ByteBuffer
}

extension ChatService: ChatRequests {}
