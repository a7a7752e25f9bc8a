// Licensed under the MIT licence.

import Chat

extension ClusterPlace {
    /// How the place is noted among those of a node: `room:lobby`, `user:u1`.
    var name: String {
        switch self {
        case .room(let room): "room:" + room.string
        case .user(let user): "user:" + user.string
        }
    }

    /// Reads a name; nil for what is none.
    ///
    /// By bytes: to Swift a combining mark that an id begins with is one character with the colon before it.
    init?(name: String) {
        let id = String(Substring(name.utf8.dropFirst(5)))
        if name.utf8.starts(with: "room:".utf8), let room = try? RoomID(id) {
            self = .room(room)
        } else if name.utf8.starts(with: "user:".utf8), let user = try? UserID(id) {
            self = .user(user)
        } else {
            return nil
        }
    }
}
