// Licensed under the MIT licence.

public import NIOCore

/// What a session missed.
public enum MissedEvents: Sendable, Equatable {
    /// Every event that it is due, in order, and nothing else.
    ///
    /// `start`: the position after which they were looked for; `current`: the log's newest offset at that moment.
    case complete([LoggedEvent], start: UInt64, current: RecoveryOffset)
    /// The client may hold events of the last replay (``RecoverySession/mayHoldReplay(from:)``).
    case held(start: UInt64, current: RecoveryOffset)
    /// Some may be missing, or are too many, or the offset makes no sense: the client has to begin anew.
    case incomplete
}

/// Keeps a namespace's recent events, and the sessions of clients that went away; a durable log also those of clients that are there.
///
/// A log belongs to one namespace, whose sequencer is its only user. All calls are made on the sequencer's shard, and a log calls back
/// on that shard: before the call returns, or later.
///
/// Order: positions rise by one with each event of the log. Callbacks of ``append(_:now:whenDone:)``,
/// ``missedEvents(of:after:now:whenDone:)`` and ``changing(_:now:whenDone:)`` come in the order of the calls, the three kinds together;
/// a log may gather what it is given and commit it at once. Whatever is asked after an append sees that append, even if its callback has yet to come. Saving and
/// taking sessions is atomic: of several that ask for one session, in this process or another, one gets it.
///
/// A log that several processes share hands over what others append by a way of its own, and so that these and its append
/// callbacks together come in order of position.
///
/// Durability: a log that is durable gives everything back to the next process that makes one over the same storage, with the same epoch:
/// events, sessions that were saved, and those whose socket was there, as they were checkpointed (``SessionCheckpoint/session(endedAt:)``).
/// Nothing leaves for a client before the log has called back, so what clients know of is what was recorded before a callback; a
/// process may end at any moment. A session that was taken is gone for the next process, too: a client that was being restored when the
/// process ended begins anew, since nobody knows what it was sent.
///
/// Failure: a log that cannot record an event says so by calling back with `nil`, after a bounded time, and must then refuse (as
/// ``MissedEvents/incomplete``) every session that may have been due the event. The event itself goes out all the same. A
/// log that loses events, such as by a crash, begins a new epoch and forgets its sessions.
///
/// Bounds: a log bounds what it keeps, events and sessions, in number, bytes and age (``ConnectionStateRecovery``). When it runs out
/// of space the oldest go first.
///
/// Times: `now` is the sequencer's, on a clock that starts with the machine and that no other process shares. A durable log keeps
/// times as those of a clock that goes on, such as nanoseconds since 1970, by the difference between the two at its start. What it then
/// gives back must not come later than it was: a time from before this clock's start is given back as `NIODeadline.distantPast`,
/// and kept as "long ago" if it comes in again.
///
/// `RecoveryLogSuite` (target `SocketIOTesting`) checks all this.
public protocol RecoveryLog: Sendable {
    /// The newest offset that was handed out; before the first, where the log begins.
    var current: RecoveryOffset { get }

    /// Gives an event its place.
    ///
    /// - Parameters:
    ///   - event: To be kept.
    ///   - now: The present.
    ///   - whenDone: Called exactly once; `nil` if the event could not be recorded.
    func append(
        _ event: RecoverableEvent,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoveryOffset?) -> Void
    )

    /// Whether the log outlives the process; not, by default.
    ///
    /// Only such a log is told of sessions in use. Does not change.
    var isDurable: Bool { get }

    /// Keeps a session of a client that went away, in place of one with the same private id.
    func save(_ session: RecoverySession, now: NIODeadline)

    /// Takes a session out, unless the client has been away for too long.
    ///
    /// - Parameters:
    ///   - pid: The private id.
    ///   - now: The present.
    ///   - whenDone: Called exactly once; `nil` if there is none (any more).
    func take(
        _ pid: PrivateSessionID,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoverySession?) -> Void
    )

    /// Finds what a session that was taken is due.
    ///
    /// - Parameters:
    ///   - session: As it was taken.
    ///   - offset: What the client sent as the offset of the last event it got; `nil` if nothing.
    ///   - now: The present.
    ///   - whenDone: Called exactly once.
    func missedEvents(
        of session: RecoverySession,
        after offset: String?,
        now: NIODeadline,
        whenDone: @escaping @Sendable (MissedEvents) -> Void
    )

    // MARK: Sessions in use

    /// Keeps what there is to a session while its socket is in use, in place of an earlier state.
    ///
    /// It cannot be taken in this process, until it is saved. If the process ends before, the next one finds it as if its client had gone
    /// away then. Called when a socket that can come back was let in, and when its rooms or data have changed: once for
    /// all changes of a turn of its shard.
    func checkpoint(_ checkpoint: SessionCheckpoint, now: NIODeadline)

    /// A session in use is about to change, to what the next checkpoint says.
    ///
    /// If the process ends before that checkpoint is recorded, the session is gone: its client may know of the change, so the earlier state
    /// will not do.
    ///
    /// - Parameters:
    ///   - pid: The private id; one without a checkpoint is no error.
    ///   - now: The present.
    ///   - whenDone: Called exactly once, when the next process will know.
    func changing(_ pid: PrivateSessionID, now: NIODeadline, whenDone: @escaping @Sendable () -> Void)

    /// A session in use has ended for good.
    func forget(_ pid: PrivateSessionID, now: NIODeadline)

    /// The process still runs: called every few seconds while there are sessions in use.
    ///
    /// What their clients had received by now is known from that (``ReceiptClock``), however quiet it was.
    func noteTime(now: NIODeadline)

    /// Whether there are sessions that clients may come back for.
    var hasSessions: Bool { get }

    /// Events went out, or are about to, that the log is not told of: nobody is there, or away, who could come back for one.
    ///
    /// No event up to the present is needed any more, and none is to be taken for the last that was sent.
    func skipped(now: NIODeadline)

    /// Calls back when everything that was handed over before is recorded, or cannot be.
    func flush(whenDone: @escaping @Sendable () -> Void)
}

/// A log that is not durable is not told of sessions in use.
extension RecoveryLog {
    /// Not durable.
    public var isDurable: Bool { false }
    /// Does nothing.
    public func checkpoint(_ checkpoint: SessionCheckpoint, now: NIODeadline) {}
    /// Calls back at once.
    public func changing(_ pid: PrivateSessionID, now: NIODeadline, whenDone: @escaping @Sendable () -> Void) {
        whenDone()
    }
    /// Does nothing.
    public func forget(_ pid: PrivateSessionID, now: NIODeadline) {}
    /// Does nothing.
    public func noteTime(now: NIODeadline) {}
    /// There may be some.
    public var hasSessions: Bool { true }
    /// Does nothing.
    public func skipped(now: NIODeadline) {}
    /// Calls back at once.
    public func flush(whenDone: @escaping @Sendable () -> Void) { whenDone() }
}

/// Makes the recovery log of a namespace.
///
/// Called on the shard that will use the log, when the first client comes that could come back. A durable log is made
/// with the first event already; to find that out it is called once more, before, and what it made is let go of if it is not durable.
public typealias RecoveryLogFactory =
    @Sendable (_ namespace: String, _ options: ConnectionStateRecovery, _ receiptWindow: TimeAmount) -> any RecoveryLog
