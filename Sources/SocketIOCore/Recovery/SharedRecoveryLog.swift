// Licensed under the MIT licence.

package import NIOCore

/// A journaled log that shares its sessions with the logs of other processes: a client may come back to any of them.
///
/// **Going.** A session leaves with what its client has not received (``depart(_:after:now:whenDone:)``); when the process is gone, others
/// read its journal (``RetiredRecoveryLog``).
///
/// **Coming.** A session that comes is treated as if its client had gone away here just before: what it missed elsewhere is appended to
/// this log once more, for it alone, and so is what its rooms were sent since it left, which the application brings
/// (``SessionWelcome``); it counts as a member of each room from where that ends. From there on it is restored as any other.
///
/// **Numbers.** The application's rooms number their events. The last number that each open room was sent is kept here, and noted in the
/// journal every few seconds, so that whoever takes a session knows where to go on.
///
/// A log whose journal was read by others has lost its sessions to them. It begins anew under another name, and sessions of
/// the old one are not kept any more.
///
/// `@unchecked Sendable`: used on one shard only, as ``RecoveryLog`` demands.
package final class SharedRecoveryLog: RecoveryLog, @unchecked Sendable {
    /// What the log needs besides its journal.
    package struct Surroundings: Sendable {
        /// The other logs.
        package let peers: any RecoveryPeers
        /// How rooms' events are numbered.
        package let numbering: RoomNumbering
        /// The present.
        package let present: @Sendable () -> NIODeadline
        /// Brings a session up to the present: gives it what its rooms were sent, joins it to them, and calls back once, within a bounded
        /// time, on the log's shard, with whether it is.
        package let welcome: @Sendable (SessionWelcome, @escaping @Sendable (Bool) -> Void) -> Void

        /// Gathers what the log needs.
        package init(
            peers: any RecoveryPeers,
            numbering: RoomNumbering,
            now: @escaping @Sendable () -> NIODeadline,
            welcome: @escaping @Sendable (SessionWelcome, @escaping @Sendable (Bool) -> Void) -> Void
        ) {
            self.peers = peers
            self.numbering = numbering
            self.present = now
            self.welcome = welcome
        }
    }

    /// How many sessions may be on their way here.
    private static let maximumArrivals = 100_000
    /// How many of them are brought up to the present at once.
    private static let maximumWelcomes = 256

    private let inner: JournaledRecoveryLog
    private let journal: any SharedRecoveryJournal
    private let surroundings: Surroundings
    private let options: ConnectionStateRecovery
    private var lastName: LogName
    /// Sessions that came from other logs, and until when their clients may come back, if they are away.
    private var guests: [PrivateSessionID: NIODeadline?] = [:]
    private var arrivalCount = 0
    private var welcomeCount = 0
    private var waitingWelcomes = CircularBuffer<@Sendable () -> Void>()
    /// Of the rooms that are open, as noted.
    private var numbers: [Room: Int] = [:]
    /// The last events of rooms since then.
    private var unnoted: [Room: RecoverableEvent] = [:]
    private var isUnnoted = false
    /// Numbers that have yet to be noted.
    private var learned: [Room: Int] = [:]
    /// Where the log was when all were noted; `nil` if some may not be.
    private var notedAt: RecoveryOffset?
    /// Whether the log is given all events, so that what was noted and what is in it together are all.
    private var isRecording = false
    private var pauseCount = 0

    /// Makes an empty log.
    ///
    /// - Parameters:
    ///   - options: How much to keep, and for how long.
    ///   - receiptWindow: See ``ReceiptClock/window``.
    ///   - journal: Where it is kept; empty.
    ///   - surroundings: What else there is.
    ///   - nanosecondsSince1970: The present, as other processes tell it.
    package init(
        options: ConnectionStateRecovery,
        receiptWindow: TimeAmount,
        journal: any SharedRecoveryJournal,
        surroundings: Surroundings,
        nanosecondsSince1970: Int64
    ) {
        self.inner = JournaledRecoveryLog(
            options: options,
            receiptWindow: receiptWindow,
            journal: journal,
            entries: [],
            now: surroundings.present(),
            nanosecondsSince1970: nanosecondsSince1970
        )
        self.options = options
        self.journal = journal
        self.surroundings = surroundings
        self.lastName = journal.name
    }

    /// What the log is called now.
    package var name: LogName {
        if self.journal.name != self.lastName { self.beginUnderNewName() }
        return self.lastName
    }

    private func beginUnderNewName() {
        self.lastName = self.journal.name
        self.guests = [:]
        self.journal.note(self.numbers)
        self.notedAt = nil
    }

    private func isOwn(_ pid: PrivateSessionID) -> Bool { pid.home == self.name || self.guests[pid] != nil }

    // MARK: Sessions of other logs

    package func take(
        _ pid: PrivateSessionID,
        after offset: String?,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoverySession?) -> Void
    ) {
        self.take(pid, now: now) { session in
            if let session { return whenDone(session) }
            if self.guests[pid] != nil {
                // It is where it would be looked for, and not there any more.
                self.guestEnded(pid)
                whenDone(nil)
            } else {
                self.fetch(pid, after: offset, whenDone)
            }
        }
    }

    private func fetch(
        _ pid: PrivateSessionID,
        after offset: String?,
        _ whenDone: @escaping @Sendable (RecoverySession?) -> Void
    ) {
        guard self.arrivalCount < Self.maximumArrivals else { return whenDone(nil) }
        self.arrivalCount += 1
        let name = self.name
        self.surroundings.peers.take(pid, after: offset, for: name) { moved in
            guard let moved, name == self.name else {
                self.arrivalCount -= 1
                return whenDone(nil)
            }
            self.waitingWelcomes.append {
                self.receive(moved, after: offset) { session in
                    self.arrivalCount -= 1
                    self.welcomeCount -= 1
                    whenDone(session)
                    self.welcomeNext()
                }
            }
            self.welcomeNext()
        }
    }

    private func welcomeNext() {
        while self.welcomeCount < Self.maximumWelcomes, let welcome = self.waitingWelcomes.popFirst() {
            self.welcomeCount += 1
            welcome()
        }
    }

    private func receive(
        _ moved: MovedSession,
        after offset: String?,
        _ whenDone: @escaping @Sendable (RecoverySession?) -> Void
    ) {
        let arrival = SessionArrival(start: self.current, time: self.surroundings.present(), name: self.name)
        self.guests[moved.pid] = .some(nil)
        let welcome = SessionWelcome(session: moved) { event in
            arrival.byteCount += event.byteCount
            guard arrival.byteCount <= self.options.maximumReplayBytes else { return false }
            self.append(event, now: self.surroundings.present()) { _ in }
            return true
        } join: { room in
            let now = self.surroundings.present()
            arrival.joins.append(.init(room: room, isJoin: true, position: self.current.position, time: now))
        }
        for event in moved.missed {
            _ = welcome.give(event.name, arguments: event.arguments, attachments: event.attachments)
        }
        self.surroundings.welcome(welcome) { isWelcome in
            let isUnbroken = arrival.name == self.name && arrival.start.epoch == self.current.epoch
            guard isWelcome, isUnbroken, arrival.byteCount <= self.options.maximumReplayBytes else {
                if arrival.name == self.name { self.guestEnded(moved.pid) }
                return whenDone(nil)
            }
            var session = RecoverySession(
                pid: moved.pid,
                sid: moved.sid,
                data: moved.data,
                history: RoomHistory(rooms: moved.rooms, changes: RoomChanges(arrival.joins, unknownThrough: 0)),
                settledThrough: arrival.start.position,
                disconnectedAt: self.surroundings.present(),
                receivedBefore: arrival.time
            )
            session.priorOffset = offset
            whenDone(session)
        }
    }

    /// Gives up a session that was taken, for another log to go on with it.
    ///
    /// - Parameters:
    ///   - session: As it was taken.
    ///   - offset: How far its client got.
    ///   - now: The present.
    ///   - whenDone: Called exactly once; `nil` if something may be missing.
    package func depart(
        _ session: RecoverySession,
        after offset: String?,
        now: NIODeadline,
        whenDone: @escaping @Sendable (MovedSession?) -> Void
    ) {
        self.guests[session.pid] = nil
        self.learnNumbers()
        var numbers: [Room: Int] = [:]
        for room in session.history.rooms { numbers[room] = self.numbers[room] }
        self.missedEvents(of: session, after: offset, now: now) { [numbers] answer in
            guard case .complete(let missed, _, _) = answer else { return whenDone(nil) }
            whenDone(MovedSession(session, missed: missed.map(\.event), numbers: numbers))
        }
    }

    private func guestEnded(_ pid: PrivateSessionID) {
        guard self.guests.removeValue(forKey: pid) != nil else { return }
        self.surroundings.peers.ended(pid, in: self.name)
    }

    /// To be called every few seconds.
    package func tick() {
        let now = self.surroundings.present()
        let gone = self.guests.compactMap { pid, deadline in deadline.map { $0 < now } == true ? pid : nil }
        for pid in gone { self.guestEnded(pid) }
        self.surroundings.peers.keep(Set(self.guests.keys.map(\.home)))
        // As events go, the log must not come to reach back less far than the note.
        if self.isUnnoted || self.isRecording && self.notedAt != self.current { self.noteNumbers() }
    }

    // MARK: Numbers

    /// A room is open: it has been sent what is numbered up to there, and what follows comes here.
    package func opened(_ room: Room, number: Int) {
        self.unnoted[room] = nil
        self.learned[room] = nil
        self.numbers[room] = number
        self.journal.note([room: number])
    }

    /// A room is open no more.
    package func closed(_ room: Room) {
        self.unnoted[room] = nil
        self.learned[room] = nil
        if self.numbers.removeValue(forKey: room) != nil { self.journal.forget([room]) }
    }

    /// An event is about to be sent that the log need not keep.
    package func passed(_ event: RecoverableEvent) {
        guard event.name == self.surroundings.numbering.eventName, let room = event.target.rooms.first,
            self.numbers[room] != nil
        else { return }
        self.unnoted[room] = event
        self.isUnnoted = true
    }

    private func noteNumbers() {
        self.isUnnoted = false
        self.learnNumbers()
        let changed = self.learned
        self.learned = [:]
        let (current, name, pauses) = (self.current, self.name, self.pauseCount)
        // No session may count as having been sent what it was not.
        self.flush {
            guard name == self.name, pauses == self.pauseCount, current.epoch == self.current.epoch else {
                self.learned.merge(changed) { later, _ in later }
                self.isUnnoted = true
                return
            }
            self.journal.note(changed.filter { self.numbers[$0.key] != nil })
            guard self.isRecording else { return }
            self.notedAt = current
            self.journal.numbersAreNoted(at: current)
        }
    }

    private func resumeRecording() {
        guard !self.isRecording else { return }
        self.isRecording = true
        self.noteNumbers()
    }

    private func learnNumbers() {
        for (room, event) in self.unnoted {
            guard let number = self.surroundings.numbering.number(event) else { continue }
            self.learned[room] = number
            self.numbers[room] = number
        }
        self.unnoted = [:]
    }

    // MARK: As the journaled log

    /// It outlives the process.
    package var isDurable: Bool { true }
    /// The newest offset.
    package var current: RecoveryOffset { self.inner.current }
    /// Whether there are sessions here that clients may come back for.
    package var hasSessions: Bool { self.inner.hasSessions }
    /// How many events are kept.
    package var eventCount: Int { self.inner.eventCount }
    /// What is kept in this process.
    package var inMemory: InMemoryRecoveryLog { self.inner.inMemory }
    /// How many sessions of clients that are away are kept.
    package var sessionCount: Int { self.inner.sessionCount }

    package func append(
        _ event: RecoverableEvent,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoveryOffset?) -> Void
    ) {
        self.resumeRecording()
        self.passed(event)
        self.inner.append(event, now: now, whenDone: whenDone)
    }

    package func save(_ session: RecoverySession, now: NIODeadline) {
        guard self.isOwn(session.pid) else { return }
        if self.guests[session.pid] != nil {
            self.guests[session.pid] = now + TimeAmount(self.options.maxDisconnectionDuration) + .seconds(1)
        }
        self.inner.save(session, now: now)
    }

    package func take(
        _ pid: PrivateSessionID,
        now: NIODeadline,
        whenDone: @escaping @Sendable (RecoverySession?) -> Void
    ) {
        if self.guests[pid] != nil { self.guests[pid] = .some(nil) }
        self.inner.take(pid, now: now, whenDone: whenDone)
    }

    package func missedEvents(
        of session: RecoverySession,
        after offset: String?,
        now: NIODeadline,
        whenDone: @escaping @Sendable (MissedEvents) -> Void
    ) {
        self.inner.missedEvents(of: session, after: offset, now: now, whenDone: whenDone)
    }

    package func checkpoint(_ checkpoint: SessionCheckpoint, now: NIODeadline) {
        guard self.isOwn(checkpoint.session.pid) else { return }
        self.resumeRecording()
        self.inner.checkpoint(checkpoint, now: now)
    }

    package func changing(_ pid: PrivateSessionID, now: NIODeadline, whenDone: @escaping @Sendable () -> Void) {
        self.inner.changing(pid, now: now, whenDone: whenDone)
    }

    package func forget(_ pid: PrivateSessionID, now: NIODeadline) {
        self.guestEnded(pid)
        self.inner.forget(pid, now: now)
    }

    package func noteTime(now: NIODeadline) { self.inner.noteTime(now: now) }

    package func skipped(now: NIODeadline) {
        self.isRecording = false
        self.pauseCount += 1
        self.notedAt = nil
        self.journal.numbersAreNoted(at: nil)
        self.inner.skipped(now: now)
    }

    package func flush(whenDone: @escaping @Sendable () -> Void) { self.inner.flush(whenDone: whenDone) }
}

/// What has been done so far for a session that comes from another log.
///
/// `@unchecked Sendable`: touched on the log's shard only.
private final class SessionArrival: @unchecked Sendable {
    let start: RecoveryOffset
    let time: NIODeadline
    let name: LogName
    var byteCount = 0
    var joins: [RoomChanges.Change] = []

    init(start: RecoveryOffset, time: NIODeadline, name: LogName) {
        self.start = start
        self.time = time
        self.name = name
    }
}
