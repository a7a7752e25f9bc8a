// Licensed under the MIT licence.

public import EngineIOCore

/// A number of sessions for each transport and protocol revision.
public struct EngineSessionCounts: Sendable, Equatable {
    private var polling = (v3: 0, v4: 0)
    private var webSocket = (v3: 0, v4: 0)

    /// All are 0.
    public init() {}

    /// The number of sessions on a transport that speak a revision.
    public subscript(transport: TransportName, revision: ProtocolRevision) -> Int {
        get {
            switch (transport, revision) {
            case (.polling, .v3): self.polling.v3
            case (.polling, .v4): self.polling.v4
            case (.websocket, .v3): self.webSocket.v3
            case (.websocket, .v4): self.webSocket.v4
            }
        }
        set {
            switch (transport, revision) {
            case (.polling, .v3): self.polling.v3 = newValue
            case (.polling, .v4): self.polling.v4 = newValue
            case (.websocket, .v3): self.webSocket.v3 = newValue
            case (.websocket, .v4): self.webSocket.v4 = newValue
            }
        }
    }

    /// Compares all four numbers.
    /// - Parameters:
    ///   - left: Some numbers.
    ///   - right: Others.
    /// - Returns: Whether they are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.polling == right.polling && left.webSocket == right.webSocket
    }
}
