// Licensed under the MIT licence.

import Chat
import NIOCore

/// What is told on the channel of a room or user.
///
/// | first byte | then |
/// |---|---|
/// | `M` | `seq` in 8 bytes, ``MessageRecord``: a message was stored |
/// | `C` | version in 8 bytes, node, user, name: a user's first socket on a node has come |
/// | `L` | version in 8 bytes, node, user: a user's last socket on a node has gone |
/// | `G` | version in 8 bytes, node: a node is gone |
///
/// Integers are big-endian; node and user have their length in 2 bytes in front, names in 4. The scripts write it. They count from 1, and as
/// far as they can exactly.
enum PlaceMessage: Equatable {
    case stored(StoredMessage)
    case changed(RosterChange)

    /// What a script counts exactly.
    static let numbers = 1...(1 << 53) - 1

    /// Reads a message; nil for what no version of ours has written.
    init?(_ bytes: ByteBuffer, at place: ClusterPlace) {
        var bytes = bytes
        guard let kind = bytes.readInteger(as: UInt8.self),
            let number = bytes.readInteger(as: Int64.self).map({ Int($0) }), Self.numbers.contains(number)
        else { return nil }
        if kind == UInt8(ascii: "M") {
            guard case .room(let room) = place,
                let message = MessageRecord.decode(bytes, seq: number, room: room)
            else { return nil }
            self = .stored(message)
            return
        }
        guard let node = bytes.readText(UInt16.self).map(NodeName.init) else { return nil }
        switch kind {
        case UInt8(ascii: "C"):
            guard let user = bytes.readUser(), let name = bytes.readText(UInt32.self) else { return nil }
            let event = RosterChange.Event.came(ChatUser(id: user, name: ExactText(name)), node)
            self = .changed(RosterChange(version: number, event))
        case UInt8(ascii: "L"):
            guard let user = bytes.readUser() else { return nil }
            self = .changed(RosterChange(version: number, .left(user, node)))
        case UInt8(ascii: "G"):
            self = .changed(RosterChange(version: number, .nodeGone(node)))
        default:
            return nil
        }
    }
}

extension ByteBuffer {
    /// Reads text with its length in front; checked, since whoever writes to Redis writes what it likes.
    mutating func readText<Length: FixedWidthInteger>(_: Length.Type) -> String? {
        guard let bytes = self.readLengthPrefixedSlice(as: Length.self) else { return nil }
        return try? bytes.getUTF8ValidatedString(at: bytes.readerIndex, length: bytes.readableBytes)
    }

    fileprivate mutating func readUser() -> UserID? {
        self.readText(UInt16.self).map { UserID(unchecked: ExactText($0)) }
    }
}
