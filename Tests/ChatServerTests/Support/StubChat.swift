// Licensed under the MIT licence.

import Chat
import NIOCore
import Synchronization

@testable import ChatServer

/// A chat that remembers what it was asked, and answers with it or with an error.
final class StubChat: ChatRequests {
    private let log = Mutex<[String]>([])
    private let failure: ChatError?

    init(failure: ChatError? = nil) {
        self.failure = failure
    }

    /// What it was asked, in order.
    var calls: [String] { self.log.withLock { $0 } }

    func post(_ message: PostedMessage) async throws(ChatError) -> ByteBuffer {
        let body = String(buffer: message.message.body.members)
        return try self.answer("post \(message.message.room.string) \(message.user.id.string) \(body)")
    }

    func history(of room: RoomID, _ query: HistoryQuery) async throws(ChatError) -> ByteBuffer {
        let after = query.after.map(String.init) ?? "-"
        let before = query.before.map(String.init) ?? "-"
        return try self.answer("history \(room.string) \(after) \(before) \(query.limit)")
    }

    func users(in room: RoomID) async throws(ChatError) -> ByteBuffer {
        try self.answer("users \(room.string)")
    }

    func status(of user: UserID) async throws(ChatError) -> ByteBuffer {
        try self.answer("status \(user.string)")
    }

    private func answer(_ call: String) throws(ChatError) -> ByteBuffer {
        self.log.withLock { $0.append(call) }
        if let failure { throw failure }
        return ByteBuffer(string: #"{"stub":true}"#)
    }
}
