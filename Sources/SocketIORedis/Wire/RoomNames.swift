// Licensed under the MIT licence.

import SocketIOCore

/// How rooms are called on the wire.
///
/// Other servers know no realms, and no room of theirs must be taken for one of ours of another realm. So such rooms travel under a
/// name that no room of theirs has for any good reason, U+0001, the realm, U+0001 and the name, in messages that say so (`"realms":true` among
/// the options). In a message that does not say so every name means what it says, realm 0: whatever a client of another server may
/// call its rooms, it reaches no other realm.
///
/// Where names of others mean rooms of a realm of ours as well, a message that does not say so is one of theirs, so all of ours do.
struct RoomNames: Sendable {
    private static let mark: UInt8 = 1
    /// The member of the options that tells of marked names.
    static let flag: StaticString = "realms"

    /// The realm of the rooms that others mean besides those of realm 0; 0 if there is none.
    let foreignRealm: UInt8

    // MARK: Writing

    /// Whether names of these rooms have to be marked.
    static func needMarks(_ rooms: [Room]) -> Bool { rooms.contains { $0.realm != 0 } }

    /// Whether messages to these rooms have to say that names are marked.
    func needMarks(_ rooms: [Room]) -> Bool { self.foreignRealm != 0 || Self.needMarks(rooms) }

    /// The name of a room in a message.
    static func text(_ room: Room, isMarking: Bool) -> String {
        guard room.realm != 0 || (isMarking && room.name.utf8.first == self.mark) else { return room.name }
        let mark = Unicode.Scalar(self.mark)
        return "\(mark)\(room.realm)\(mark)\(room.name)"
    }

    /// The name of a room in the name of its channel, which never tells marks from names.
    ///
    /// The rooms that others mean have the channel that they send to, so that it takes no second subscription to hear them. But what they
    /// send to a room whose name is taken for a socket's id comes to every node, and ours need not.
    func channelName(of room: Room, isTakenForID: (String) -> Bool) -> String {
        guard room.realm != 0, room.realm == self.foreignRealm, !isTakenForID(room.name) else {
            return Self.text(room, isMarking: false)
        }
        return room.name
    }

    /// Whether others know the room, by its name.
    func isKnownToOthers(_ room: Room) -> Bool { room.realm == 0 || room.realm == self.foreignRealm }

    // MARK: Reading

    /// The room of a name in a message.
    static func room(_ text: String, isMarked: Bool) -> Room {
        guard isMarked, text.utf8.first == self.mark else { return Room(text) }
        let rest = text.utf8.dropFirst()
        guard let end = rest.firstIndex(of: self.mark), let realm = UInt8(Substring(rest[..<end])) else {
            return Room(text)
        }
        return Room(String(Substring(rest[rest.index(after: end)...])), realm: realm)
    }

    /// The rooms that names in a message are to reach, or leave out.
    func rooms(_ texts: [String], isMarked: Bool) -> [Room] {
        guard !isMarked, self.foreignRealm != 0 else { return texts.map { Self.room($0, isMarked: isMarked) } }
        return texts.flatMap { [Room($0, realm: self.foreignRealm), Room($0)] }
    }
}
