// Licensed under the MIT licence.

import NIOCore

/// How long a connection waits for what.
struct ConnectionTimes: Sendable {
    /// Until it is ready.
    var connect: TimeAmount
    /// Until a silent server that owes an answer is taken for dead.
    var stall: TimeAmount
    /// Until a silent server is asked for a sign of life.
    var ping: TimeAmount

    init(_ configuration: RedisConfiguration) {
        self.connect = configuration.connectTimeout
        self.stall = configuration.stallTimeout
        self.ping = configuration.pingInterval
    }
}
