// Licensed under the MIT licence.

import RedisNIO

/// Whether the log has been told that one client of Redis is cut off, though the main one is not.
///
/// Theory: an outage begins when the client is without a connection while the main client has one, and ends when it has one again. While
/// both have none, what is said of the main client is enough. It is to be looked at a moment after each change of either, since clients
/// lose the same server one after the other.
struct ClientOutage {
    /// What is to be told.
    enum Change: Equatable {
        case began
        case ended
    }

    private var isTold = false

    /// Takes the states of both clients.
    mutating func looked(at client: RedisState, while main: RedisState) -> Change? {
        switch client {
        case .connecting:
            guard !self.isTold, main == .ready else { return nil }
            self.isTold = true
            return .began
        case .ready:
            guard self.isTold else { return nil }
            self.isTold = false
            return .ended
        case .closed:
            return nil
        }
    }
}
