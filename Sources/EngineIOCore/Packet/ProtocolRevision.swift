// Licensed under the MIT licence.

/// The revision of the Engine.IO protocol that a session speaks, set once by the handshake's `EIO` parameter.
public enum ProtocolRevision: UInt8, Sendable, Hashable, CaseIterable {
    /// Engine.IO 3, spoken by Socket.IO v1 and v2 clients: the client sends the heartbeats and polling payloads count
    /// characters.
    case v3 = 3
    /// Engine.IO 4, spoken by Socket.IO v3 and v4 clients: the server sends the heartbeats and polling payloads use a
    /// separator.
    case v4 = 4

    /// Reads the value of the `EIO` parameter: exactly `3` or `4`, anything else is `nil`.
    public init?(parameter: String) {
        switch parameter {
        case "3": self = .v3
        case "4": self = .v4
        default: return nil
        }
    }
}
