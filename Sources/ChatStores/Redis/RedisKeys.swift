// Licensed under the MIT licence.

import Chat

/// The names of what the chat keeps on Redis.
///
/// ```
/// martlet:room:{lobby}:log      stream: the messages, `seq`-0 each
/// martlet:room:{lobby}:state    hash: seq, the last one given out; shown, the last one that nodes have been told of
/// martlet:room:{lobby}:sent:2:u1c7   string, for ten minutes: what became of client id `c7` of user `u1`
/// martlet:room:{lobby}:read     hash: user → seq
/// martlet:room:{lobby}:members  hash: node, line feed, user → name
/// martlet:room:{lobby}          channel: what happens in the room
/// martlet:user:{u1}:members     hash: the same for a user's devices
/// martlet:user:{u1}:state       hash: roster, the version; time and name, when last seen
/// martlet:user:{u1}             channel
/// martlet:nodes                 sorted set: node → when its lease ends
/// martlet:node:{n}:places       set: where the node has anybody, `room:lobby`, `user:u1`
/// ```
/// What stands in braces decides in which slot of a cluster a key is, so all keys of a room are in one. The state of a room has its
/// roster's version, too.
struct RedisKeys: Sendable {
    let prefix: String

    /// - Parameter prefix: `martlet:`, or what tells several chats on one Redis apart.
    init(prefix: String) {
        self.prefix = prefix
    }

    func channel(_ room: RoomID) -> String { "\(self.prefix)room:{\(Self.tag(room.string))}" }
    func log(_ room: RoomID) -> String { self.channel(room) + ":log" }
    func state(_ room: RoomID) -> String { self.channel(room) + ":state" }
    func readCursors(_ room: RoomID) -> String { self.channel(room) + ":read" }

    /// The length tells where the user's id ends.
    func sent(_ room: RoomID, by user: UserID, _ clientID: ExactText) -> String {
        "\(self.channel(room)):sent:\(user.string.utf8.count):\(user.string)\(clientID.string)"
    }

    func channel(_ user: UserID) -> String { "\(self.prefix)user:{\(Self.tag(user.string))}" }
    func lastSeen(_ user: UserID) -> String { self.channel(user) + ":state" }

    func channel(_ place: ClusterPlace) -> String {
        switch place {
        case .room(let room): self.channel(room)
        case .user(let user): self.channel(user)
        }
    }

    func members(_ place: ClusterPlace) -> String { self.channel(place) + ":members" }
    func state(_ place: ClusterPlace) -> String { self.channel(place) + ":state" }

    var nodes: String { self.prefix + "nodes" }
    func places(of node: NodeName) -> String { "\(self.prefix)node:{\(Self.tag(node.string))}:places" }

    /// What is written to see whether anything can be.
    var check: String { self.prefix + "check" }

    /// The text without a brace that would end the tag too early; two texts never become one.
    static func tag(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "%") }) else { return text }
        var tag = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "}": tag += "%7D"
            case "%": tag += "%25"
            default: tag.unicodeScalars.append(scalar)
            }
        }
        return tag
    }
}
