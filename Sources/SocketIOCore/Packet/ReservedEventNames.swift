// Licensed under the MIT licence.

/// The names that no event on the wire may have, for the libraries on both sides raise events of these names themselves.
///
/// Source: `RESERVED_EVENTS` of socket.io-parser 4.2.6.
enum ReservedEventNames {
    static let all: [String] = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Whether these bytes are one of the names; the length rules out nearly all others at once.
    static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 7: self.equal(name, "connect")
        case 10: self.equal(name, "disconnect")
        case 11: self.equal(name, "newListener")
        case 13: self.equal(name, "connect_error") || self.equal(name, "disconnecting")
        case 14: self.equal(name, "removeListener")
        default: false
        }
    }

    private static func equal(_ name: UnsafeRawBufferPointer, _ reserved: StaticString) -> Bool {
        reserved.withUTF8Buffer { UnsafeRawBufferPointer($0).hasSameBytes(as: name) }
    }
}
