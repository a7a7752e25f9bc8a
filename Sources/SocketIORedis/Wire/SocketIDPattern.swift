// Licensed under the MIT licence.

/// The rooms that single sockets' ids are, as patterns of Redis.
///
/// Every socket is in the room of its id, and other servers send to it by that room's channel. Ten thousand clients would be ten thousand
/// channels, subscribed to and unsubscribed from as they come and go. So all rooms whose names are as long as an id share one pattern
/// instead; what is sent to one of them costs every node a look, which is what the reference pays for every room. An id has 20
/// characters, or in another namespace than `/` for clients of v2 the namespace, `#` and 20 (socket.io 4.8.3, `lib/socket.ts`).
enum SocketIDPattern {
    private static let idCount = 20

    /// The patterns of a namespace, without what stands before and behind the room in a channel's name.
    static func globs(in namespace: String) -> [String] {
        let id = String(repeating: "?", count: Self.idCount)
        return namespace == "/" ? [id] : [id, Self.escaped(namespace + "#") + id]
    }

    /// Text that a pattern is to match as it stands.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            if "*?[]^\\".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
    }

    /// Whether Redis takes a name for one that the pattern means; to it, a character is a byte.
    static func matches(_ name: String, glob: String) -> Bool {
        let literal = glob.utf8.dropLast(Self.idCount).filter { $0 != UInt8(ascii: "\\") }
        let bytes = Array(name.utf8)
        return bytes.count == literal.count + Self.idCount && bytes.starts(with: literal)
    }
}
