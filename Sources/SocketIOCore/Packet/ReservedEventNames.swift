// Licensed under the MIT licence.

/// The names that no event on the wire may have, for the libraries on both sides raise events of these names
/// themselves.
///
/// Source: `RESERVED_EVENTS` of socket.io-parser 4.2.6.
enum ReservedEventNames {
    static let all: [StaticString] = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Whether these bytes are one of the names; the length rules out nearly all others at once.
    static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 7, 10, 11, 13, 14: break
        default: return false
        }
        return self.all.contains { reserved in
            reserved.withUTF8Buffer { $0.count == name.count && $0.elementsEqual(name) }
        }
    }
}
