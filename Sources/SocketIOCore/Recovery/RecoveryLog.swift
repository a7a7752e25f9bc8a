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

/// Keeps a namespace's recent events, and the sessions of clients that went away.
///
/// A log belongs to one namespace, whose sequencer is its only user. All calls are made on the sequencer's shard, and a log calls back
/// on that shard: before the call returns, or later.
///
/// Order: positions rise by one with each event of the log. Callbacks of ``append(_:now:whenDone:)`` and
/// ``missedEvents(of:after:now:whenDone:)`` come in the order of the calls, the two kinds together; a log may gather appends and
/// commit them at once. Whatever is asked after an append sees that append, even if its callback has yet to come. Saving and
/// taking sessions is atomic: of several that ask for one session, in this process or another, one gets it.
///
/// A log that several processes share hands over what others append by a way of its own, and so that these and its append
/// callbacks together come in order of position.
///
/// Failure: a log that cannot record an event says so by calling back with `nil`, after a bounded time, and must then refuse (as
/// ``MissedEvents/incomplete``) every session that may have been due the event. The event itself goes out all the same. A
/// log that loses events, such as by a crash, begins a new epoch and forgets its sessions.
///
/// Bounds: a log bounds what it keeps, events and sessions, in number, bytes and age (``ConnectionStateRecovery``). When it runs out
/// of space the oldest go first.
///
/// Times: `now` is the sequencer's. A log that outlives its process keeps times in a form that does so, too.
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

    /// Keeps a session, in place of one with the same private id.
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
}

/// Makes the recovery log of a namespace.
public typealias RecoveryLogFactory =
    @Sendable (_ namespace: String, _ options: ConnectionStateRecovery, _ receiptWindow: TimeAmount) -> any RecoveryLog
