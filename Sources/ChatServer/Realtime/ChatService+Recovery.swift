// Licensed under the MIT licence.

import Chat
import EngineIOCore
import SocketIO
import SocketIOCore
import WireJSON

// Sockets that have lost their connection and come back (Socket.IO's connection state recovery). They get their rooms and what they
// missed from Socket.IO; here they become who they were.
extension ChatService {
    /// Makes a socket again what it was; returns false if it had no identity yet.
    func restore(_ socket: Socket, _ connection: ChatConnection) -> Bool {
        guard let user = socket.data.chatUser(self.limits) else { return false }
        let present = socket.presentRooms
        let rooms = present.compactMap(\.chatRoom)
        connection.session.restore(user, rooms: rooms, watched: present.compactMap(\.watchedUser))
        let member = ChatMember(socket: socket)
        for room in rooms {
            let home = self.home(of: room)
            home.shard.run { home.restore(member, as: user, room) }
        }
        let home = self.home(of: user.id)
        home.shard.run { home.connected(member, as: user) }
        return true
    }
}

extension SocketData {
    private static let userName = "user"

    /// Keeps who a socket is, for when it comes back: `{"user_id":"u1","username":"Ann"}`.
    func keep(_ user: ChatUser) {
        guard let value = try? JSONValue(validating: ServerPayload.authenticated(user)) else {
            return assertionFailure("what we encode is JSON")
        }
        self.set(Self.userName, json: value)
    }

    /// Who the socket was.
    func chatUser(_ limits: ChatLimits) -> ChatUser? {
        guard let value = self.values[Self.userName] else { return nil }
        return try? AuthenticateRequest(decoding: value, requiresUserID: true, limits: limits).user
    }
}
