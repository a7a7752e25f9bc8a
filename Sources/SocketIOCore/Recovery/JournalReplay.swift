// Licensed under the MIT licence.

import NIOCore

/// Makes what a log knew of the records that it left behind.
struct JournalReplay {
    private(set) var epoch: UInt32?
    /// The newest position that was given out.
    private(set) var position: UInt64 = 0
    /// Events up to this position are gone, the newest of them sent at ``lostTime`` or before.
    private(set) var lostThrough: UInt64 = 0
    private(set) var lostTime = NIODeadline.uptimeNanoseconds(0)
    /// Rising by one.
    private(set) var events: [LoggedEvent] = []
    /// The last that was heard of the process; `nil` if nothing was.
    private(set) var lastTime: NIODeadline?
    /// How long ago that was.
    private var lastAge = TimeAmount.nanoseconds(.max)
    private(set) var contents = JournalContents(nextSerial: 1)
    private var sessions: [PrivateSessionID: SessionState] = [:]
    /// Those of `sessions`, in the order in which they were first heard of.
    private var order: [PrivateSessionID] = []

    private enum SessionState {
        case live(SessionCheckpoint)
        case changing
        case saved(RecoverySession, absence: TimeAmount)
    }

    /// Reads a journal back.
    ///
    /// - Throws: ``JournalError`` if any of it makes no sense: then none of it can be trusted.
    init(_ entries: [JournalEntry], clock: JournalClock) throws(JournalError) {
        var decoder = JournalDecoder(clock: clock)
        var timed: [(record: TimedRecord, absence: TimeAmount)] = []
        for entry in entries {
            if timed.isEmpty { self.contents = JournalContents(nextSerial: entry.serial) }
            guard entry.serial == self.contents.nextSerial, entry.serial < 1 << 62 else { throw .damaged }
            let record = try decoder.decode(entry.record)
            timed.append((record, decoder.absence))
            self.lastAge = min(self.lastAge, decoder.recordAge)
            self.contents.added(record.record.key)
            self.lastTime = max(self.lastTime ?? record.time, record.time)
            if case .mark(let epoch, _, _, _) = record.record {
                guard self.epoch == nil || self.epoch == epoch else { throw .damaged }
                self.epoch = epoch
            }
        }
        guard !entries.isEmpty else { return }
        guard let epoch else { throw .damaged }
        for (record, absence) in timed { try self.apply(record, absence: absence, epoch: epoch) }
        try self.settle()
    }

    private mutating func apply(
        _ timed: TimedRecord,
        absence: TimeAmount,
        epoch: UInt32
    ) throws(JournalError) {
        switch timed.record {
        case .mark(_, let position, let lostThrough, let lostTime):
            (self.position, self.lostThrough, self.lostTime) = (position, lostThrough, lostTime)
        case .event(let position, let event):
            if let last = self.events.last, last.offset.position + 1 != position { throw .damaged }
            let offset = RecoveryOffset(epoch: epoch, position: position)
            self.events.append(LoggedEvent(offset: offset, time: timed.time, event: event))
        case .live(let checkpoint):
            self.set(checkpoint.session.pid, .live(checkpoint))
        case .changing(let pid):
            if case .live = self.sessions[pid] { self.set(pid, .changing) }
        case .saved(let session):
            self.set(session.pid, .saved(session, absence: absence))
        case .gone(let pid):
            self.set(pid, nil)
        }
    }

    private mutating func set(_ pid: PrivateSessionID, _ state: SessionState?) {
        if self.sessions[pid] == nil, state != nil { self.order.append(pid) }
        self.sessions[pid] = state
        if state == nil { self.contents.forget(pid) }
    }

    /// Marks say what was lost before the first event that is there; nothing may be missing between.
    private mutating func settle() throws(JournalError) {
        // What is lost may stand there all the same: a journal drops from the front, and when it suits it.
        self.events.removeFirst(self.events.prefix { $0.offset.position <= self.lostThrough }.count)
        guard let first = self.events.first, let last = self.events.last else {
            guard self.lostThrough == self.position else { throw .damaged }
            return
        }
        guard first.offset.position <= self.lostThrough + 1, self.position <= last.offset.position else {
            throw .damaged
        }
        self.position = last.offset.position
        self.lostThrough = first.offset.position - 1
    }

    /// The sessions that can be taken, as they were when the process ended; `wasLive`: whether a socket had it then.
    ///
    /// Left out are those whose clients have been away for too long, which the process's own clock may be too young to tell.
    func takeableSessions(maximumAbsence: TimeAmount) -> [(session: RecoverySession, wasLive: Bool)] {
        guard let lastTime else { return [] }
        var seen: Set<PrivateSessionID> = []
        return self.order.compactMap { pid in
            // One that went and came again stands there twice.
            guard seen.insert(pid).inserted else { return nil }
            switch self.sessions[pid] {
            case .live(let checkpoint):
                return self.lastAge <= maximumAbsence ? (checkpoint.session(endedAt: lastTime), true) : nil
            case .saved(let session, let absence):
                return absence <= maximumAbsence ? (session, false) : nil
            case .changing, nil: return nil
            }
        }
    }
}

extension JournalRecord {
    /// What the record is needed for.
    var key: JournalContents.Key {
        switch self {
        case .event(let position, _): .event(position: position)
        case .live(let checkpoint): .session(checkpoint.session.pid)
        case .saved(let session): .session(session.pid)
        case .mark, .changing, .gone: .passing
        }
    }
}
