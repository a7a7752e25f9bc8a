// Licensed under the MIT licence.

import Chat
import EngineIOCore
import SocketIO
import SocketIOCore

/// A socket as the chat's rooms and presence know it.
struct ChatMember: Hashable, Sendable {
    let socket: Socket

    static func == (left: Self, right: Self) -> Bool { left.socket === right.socket }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self.socket)) }
}

/// What is needed to answer a join or a leave once the room's home has decided.
struct JoinReply: Sendable {
    /// ``ClientEvent/join`` or ``ClientEvent/leave``.
    let event: ClientEvent
    let acknowledgement: Acknowledgement?
    let ticket: JoinTicket
}

extension Room {
    /// Chat rooms have a realm of their own, so that no room id can name a socket or anything internal.
    static let chatRealm: UInt8 = 1
    /// So do the sockets that watch a user.
    private static let watchersRealm: UInt8 = 2
    /// And a user's own.
    private static let devicesRealm: UInt8 = 3

    /// The Socket.IO room that carries a chat room.
    init(_ room: RoomID) {
        self.init(room.string, realm: Self.chatRealm)
    }

    /// The Socket.IO room of the sockets that watch a user.
    static func watchers(of user: UserID) -> Room { Room(user.string, realm: Self.watchersRealm) }

    /// The Socket.IO room of a user's own sockets.
    static func devices(of user: UserID) -> Room { Room(user.string, realm: Self.devicesRealm) }

    /// The chat room it carries, if it carries one.
    var chatRoom: RoomID? { self.realm == Self.chatRealm ? try? RoomID(self.name) : nil }

    /// The user whose watchers are in it, if that is what it is for.
    var watchedUser: UserID? { self.realm == Self.watchersRealm ? try? UserID(self.name) : nil }
}
