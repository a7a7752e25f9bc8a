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
    init?(name: String) {
        if name.hasPrefix("room:"), let room = try? RoomID(String(name.dropFirst(5))) {
            self = .room(room)
        } else if name.hasPrefix("user:"), let user = try? UserID(String(name.dropFirst(5))) {
            self = .user(user)
        } else {
            return nil
        }
    }
}
