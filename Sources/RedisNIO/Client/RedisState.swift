// Licensed under the MIT licence.

/// Whether a client can reach its servers.
public enum RedisState: Sendable, Hashable {
    /// Not every server that it knows can be reached; commands wait.
    case connecting
    /// Commands are sent at once.
    case ready
    /// It has been closed; terminal.
    case closed
}
