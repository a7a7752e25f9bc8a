// Licensed under the MIT licence.

public import EngineIOCore

/// Why a socket left its namespace, with the reference server's strings (`socket.io/lib/socket-types.ts`, 4.8).
public struct DisconnectReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The string that users of other servers know.
    public let rawValue: String

    /// A reason with any text.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The client left the namespace.
    public static let clientNamespaceDisconnect = Self(rawValue: "client namespace disconnect")
    /// The server put the socket out of the namespace.
    public static let serverNamespaceDisconnect = Self(rawValue: "server namespace disconnect")

    /// The connection ended.
    public init(_ reason: EngineCloseReason) {
        self.init(rawValue: reason.rawValue)
    }

    /// The string.
    public var description: String { self.rawValue }
}
