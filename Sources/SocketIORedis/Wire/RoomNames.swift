// Licensed under the MIT licence.

import SocketIOCore

/// How rooms are called on the wire.
///
/// Other servers know no realms, and no room of theirs must be taken for one of ours of another realm. So such rooms travel under a
/// name that no room of theirs has for any good reason, U+0001, the realm, U+0001 and the name, in messages that say so (`"realms":true` among
/// the options). In a message that does not say so every name means what it says, realm 0: whatever a client of another server may
/// call its rooms, it reaches no other realm.
enum RoomNames {
    private static let mark: Character = "\u{1}"
    /// The member of the options that tells of marked names.
    static let flag: StaticString = "realms"

    /// Whether messages with these rooms have to say that names are marked.
    static func needMarks(_ rooms: [Room]) -> Bool { rooms.contains { $0.realm != 0 } }

    /// The name of a room in a message, or in the name of a channel, which never tells marks from names.
    static func text(_ room: Room, isMarking: Bool) -> String {
        guard room.realm != 0 || (isMarking && room.name.first == self.mark) else { return room.name }
        return "\(self.mark)\(room.realm)\(self.mark)\(room.name)"
    }

    /// The room of a name in a message.
    static func room(_ text: String, isMarked: Bool) -> Room {
        guard isMarked, text.first == self.mark else { return Room(text) }
        let rest = text.dropFirst()
        guard let end = rest.firstIndex(of: self.mark), let realm = UInt8(rest[..<end]) else { return Room(text) }
        return Room(String(rest[rest.index(after: end)...]), realm: realm)
    }
}
