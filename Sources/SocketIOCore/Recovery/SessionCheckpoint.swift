// Licensed under the MIT licence.

public import NIOCore

/// A session as it is while its socket lives: what a durable log needs to give it back when the process ends without a word.
public struct SessionCheckpoint: Sendable, Equatable {
    /// The session; its ``RecoverySession/disconnectedAt`` and ``RecoverySession/receivedBefore`` are those of the checkpoint.
    public let session: RecoverySession
    /// Tells what its client had received at a later time, as long as nothing else is checkpointed.
    public let clock: ReceiptClock

    /// Creates a checkpoint.
    public init(session: RecoverySession, clock: ReceiptClock) {
        self.session = session
        self.clock = clock
    }

    /// The session as it was when the process ended.
    ///
    /// `end`: any time at which the connection was surely open and of which the log knows everything, the later the better: that of
    /// the last record.
    public func session(endedAt end: NIODeadline) -> RecoverySession {
        var session = self.session
        session.disconnectedAt = max(session.disconnectedAt, end)
        session.receivedBefore = max(session.receivedBefore, self.clock.receivedBefore(now: session.disconnectedAt))
        return session
    }
}
