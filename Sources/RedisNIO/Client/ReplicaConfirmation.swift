// Licensed under the MIT licence.

public import NIOCore

/// That answers are given only once replicas have what was written (`WAIT`).
///
/// Commands are sent together, with one `WAIT` behind them, and what comes meanwhile gathers for the next time; so the slower the
/// replicas, the more commands share one wait. A command whose effect too few replicas have in time fails with
/// ``RedisError/Code/notReplicated`` and ``RedisError/Outcome/unknown``: it has taken effect, and may be lost.
///
/// With `WAIT`, Redis asks for what the connection itself has written, so no answer says anything about what others write.
public struct ReplicaConfirmation: Sendable, Hashable {
    /// How many replicas, at least 1.
    public var replicas: Int
    /// How long they have; 1 s unless told.
    public var timeout: TimeAmount

    /// Makes a confirmation.
    ///
    /// - Parameters:
    ///   - replicas: How many replicas, at least 1.
    ///   - timeout: How long they have.
    public init(replicas: Int, timeout: TimeAmount = .seconds(1)) {
        self.replicas = replicas
        self.timeout = timeout
    }
}
