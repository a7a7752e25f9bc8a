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
        guard let grant = socket.data.grant(self.limits) else { return false }
        let user = grant.user
        let present = socket.presentRooms
        let rooms = present.compactMap(\.chatRoom)
        let watched = present.compactMap(\.watchedUser)
        connection.session.restore(user, rooms: rooms, watched: watched)
        self.hold(grant, socket, connection)
        // The token that the client came with may prolong what it has, and holds from now on.
        self.authenticateFromHandshake(socket, connection, isRestored: true)
        let member = ChatMember(socket: socket)
        for room in rooms {
            let home = self.home(of: room)
            home.shard.run { home.restore(member, as: user, room) }
        }
        let home = self.home(of: user.id)
        home.shard.run { home.connected(member, as: user) }
        for user in watched {
            let home = self.home(of: user)
            home.shard.run { home.watchAgain(user, by: member) }
        }
        return true
    }
}

extension ChatShard {
    /// A client that watches a user has come back.
    ///
    /// Among several nodes nobody here may have followed the user meanwhile, so it is told how things are.
    func watchAgain(_ user: UserID, by member: ChatMember) {
        guard self.cluster != nil else { return }
        self.perform(
            self.watched.watch(user, by: member) { status in
                member.socket.emit(raw: status.event.rawValue, arguments: ServerPayload.status(status))
            }
        )
    }
}

extension SocketData {
    /// Under which name the identity is kept.
    static let grantName = "user"

    /// Keeps who a socket is, for when it comes back.
    func keep(_ grant: Grant) {
        guard let value = try? JSONValue(validating: grant.json) else {
            return assertionFailure("what we encode is JSON")
        }
        self.set(Self.grantName, json: value)
    }

    /// Who the socket was.
    func grant(_ limits: ChatLimits) -> Grant? { Self.grant(in: self.values, limits) }

    /// Who a socket with this data was.
    static func grant(in data: [String: JSONValue], _ limits: ChatLimits) -> Grant? {
        data[Self.grantName].flatMap { Grant(json: $0, limits: limits) }
    }
}
