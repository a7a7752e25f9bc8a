// Licensed under the MIT licence.

/// The rooms that single sockets' ids are, as patterns of Redis.
///
/// Every socket is in the room of its id, and other servers send to it by that room's channel. Ten thousand clients would be ten thousand
/// channels, subscribed to and unsubscribed from as they come and go. So all rooms whose names are as long as an id share one pattern
/// instead; what is sent to one of them costs every node a look, which is what the reference pays for every room. An id has 20
/// characters, or in another namespace than `/` for clients of v2 the namespace, `#` and 20 (socket.io 4.8.3, `lib/socket.ts`). The first is
/// printable, so that marked names (``RoomNames``) are none of these.
enum SocketIDPattern {
    private static let idCount = 20

    /// What ids in a namespace begin with, before their random part.
    static func prefixes(in namespace: String) -> [String] {
        namespace == "/" ? [""] : ["", namespace + "#"]
    }

    /// The pattern for the ids that begin with `prefix`, without what stands before and behind the room in a channel's name.
    static func glob(_ prefix: String) -> String {
        self.escaped(prefix) + "[!-~]" + String(repeating: "?", count: self.idCount - 1)
    }

    /// Whether Redis takes a name for one that the pattern of `prefix` means; to it, a character is a byte.
    static func matches(_ name: String, prefix: String) -> Bool {
        guard name.utf8.count == prefix.utf8.count + self.idCount, name.utf8.starts(with: prefix.utf8) else {
            return false
        }
        guard let first = name.utf8.dropFirst(prefix.utf8.count).first else { return false }
        return (UInt8(ascii: "!")...UInt8(ascii: "~")).contains(first)
    }

    /// Text that a pattern is to match as it stands.
    static func escaped(_ text: String) -> String {
        // By scalars: a mark that combines with one of these would hide it.
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            if "*?[]^\\".unicodeScalars.contains(scalar) { escaped.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
    }
}
