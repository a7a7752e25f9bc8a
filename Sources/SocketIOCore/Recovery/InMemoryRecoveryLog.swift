// Licensed under the MIT licence.

public import NIOCore

/// The recovery log of a single process: nothing of it survives a restart.
///
/// Keeps events for as long as a client may be away and ``ReceiptClock/window`` longer, so that by age alone none is lost that
/// a client could still be due. Calls back at once.
///
/// `@unchecked Sendable`: used on one shard only, as ``RecoveryLog`` demands.
public final class InMemoryRecoveryLog: RecoveryLog, @unchecked Sendable {
    private let replayBounds: EventLog.ReplayBounds
    fileprivate var events: EventLog
    fileprivate var sessions: SessionStore

    /// Creates an empty log.
    /// - Parameters:
    ///   - options: How much to keep, and for how long.
    ///   - receiptWindow: See ``ReceiptClock/window``.
    ///   - epoch: The log's own random number; any, if it is not said.
    public init(
        options: ConnectionStateRecovery,
        receiptWindow: TimeAmount,
        epoch: UInt32 = .random(in: .min ... .max)
    ) {
        let age = TimeAmount(options.maxDisconnectionDuration)
        self.replayBounds = .init(
            bytes: options.maximumReplayBytes,
            examinedEvents: options.maximumExaminedEvents
        )
        self.events = EventLog(
            epoch: epoch,
            bounds: .init(
                events: options.maximumEvents,
                bytes: options.maximumEventBytes,
                age: age.saturatingAdd(receiptWindow)
            )
        )
        self.sessions = SessionStore(
            bounds: .init(sessions: options.maximumSessions, bytes: options.maximumSessionBytes, age: age)
        )
    }

    /// How many events are kept.
    public var eventCount: Int { self.events.count }

    /// How many bytes they are.
    package var eventBytes: Int { self.events.byteCount }

    /// How many events were looked at in all, to find what sessions missed.
    package private(set) var examinedEventCount = 0

    /// How many sessions are kept.
    public var sessionCount: Int { self.sessions.count }

    /// The newest offset.
    public var current: RecoveryOffset { self.events.current }

    /// Gives an event its place, at once.
    public func append(
        _ event: RecoverableEvent,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoveryOffset?) -> Void
    ) {
        whenDone(self.record(event, now: now))
    }

    /// Keeps a session.
    public func save(_ session: RecoverySession, now: NIODeadline) {
        self.sessions.save(session, now: now)
    }

    /// Takes a session out, at once.
    public func take(
        _ pid: PrivateSessionID,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoverySession?) -> Void
    ) {
        whenDone(self.taken(pid, now: now))
    }

    /// Finds what a session is due, at once.
    public func missedEvents(
        of session: RecoverySession,
        after offset: String?,
        now: NIODeadline,
        whenDone: @escaping @Sendable (MissedEvents) -> Void
    ) {
        whenDone(self.missed(by: session, after: offset, now: now))
    }

    // MARK: At once

    func record(_ event: RecoverableEvent, now: NIODeadline) -> RecoveryOffset {
        self.events.append(event, now: now)
    }

    func taken(_ pid: PrivateSessionID, now: NIODeadline) -> RecoverySession? {
        self.sessions.take(pid, now: now)
    }

    func missed(by session: RecoverySession, after offset: String?, now: NIODeadline) -> MissedEvents {
        self.events.trim(now: now)
        let current = self.current
        guard let start = session.replayStart(offset: offset, current: current) else { return .incomplete }
        if session.mayHoldReplay(from: start) { return .held(start: start, current: current) }
        let missed = self.events.missed(
            by: RoomTimeline(of: session),
            after: start,
            receivedBefore: session.receivedBefore,
            bounds: self.replayBounds
        )
        self.examinedEventCount += missed.examinedCount
        guard case .found(let events) = missed.outcome else { return .incomplete }
        return .complete(events, start: start, current: current)
    }
}

extension InMemoryRecoveryLog {
    /// Drops all events.
    public func skipped(now: NIODeadline) {
        self.events.begin(epoch: self.current.epoch, after: self.current.position, lostTime: now)
    }
}

// For a log that keeps more than memory does.
extension InMemoryRecoveryLog {
    /// A session that was saved.
    func session(_ pid: PrivateSessionID) -> RecoverySession? { self.sessions[pid] }

    /// Up to which position events are gone, and when the newest of them was sent, or later.
    var lost: (through: UInt64, time: NIODeadline) {
        (self.events.trimmedThrough, self.events.newestTrimmed ?? .uptimeNanoseconds(0))
    }

    var awaitedRooms: Set<Room> { self.sessions.rooms }

    func lastEvents(named name: String) -> [Room: RecoverableEvent] {
        var last: [Room: RecoverableEvent] = [:]
        for event in self.events.all where event.event.name == name {
            for room in event.event.target.rooms { last[room] = event.event }
        }
        return last
    }

    var completeSince: NIODeadline? { self.events.newestTrimmed ?? self.events.all.first { _ in true }?.time }

    /// Goes on with the events of an earlier log, of the same epoch.
    func restore(_ events: [LoggedEvent], lostThrough: UInt64, lostTime: NIODeadline, now: NIODeadline) {
        self.events.begin(epoch: self.current.epoch, after: lostThrough, lostTime: lostTime)
        for logged in events { _ = self.events.append(logged.event, now: logged.time) }
        self.events.trim(now: now)
    }

    /// Forgets everything: positions go on under a new epoch, and whatever came before may be missing.
    func beginAnew(now: NIODeadline) {
        var epoch = UInt32.random(in: .min ... .max)
        if epoch == self.current.epoch { epoch ^= 1 }
        self.events.begin(epoch: epoch, after: self.current.position, lostTime: now)
        self.sessions.removeAll()
    }
}

extension TimeAmount {
    /// The sum, or the longest time there is: options may be any duration.
    fileprivate func saturatingAdd(_ other: TimeAmount) -> TimeAmount {
        let (sum, isTooLong) = self.nanoseconds.addingReportingOverflow(other.nanoseconds)
        return isTooLong ? .nanoseconds(.max) : .nanoseconds(sum)
    }
}
