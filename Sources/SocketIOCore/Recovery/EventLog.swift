// Licensed under the MIT licence.

import NIOCore

/// The events of one namespace's last few minutes, in memory, with the positions of each room's.
struct EventLog {
    /// What the log keeps at most.
    struct Bounds: Equatable {
        var events: Int
        var bytes: Int
        var age: TimeAmount
    }

    /// How much one client that comes back may cost.
    struct ReplayBounds: Equatable {
        var bytes: Int
        var examinedEvents: Int
    }

    private(set) var epoch: UInt32
    private let bounds: Bounds
    private var events: [LoggedEvent?] = []
    /// The first of `events` that is still there.
    private var head = 0
    private(set) var byteCount = 0
    /// All events up to this position are gone.
    private(set) var trimmedThrough: UInt64 = 0
    /// When the newest event that is gone was sent.
    private(set) var newestTrimmed: NIODeadline?
    private var byRoom: [Room: PositionQueue] = [:]
    private var forEverybody = PositionQueue()

    init(epoch: UInt32, bounds: Bounds) {
        self.epoch = epoch
        self.bounds = bounds
    }

    var count: Int { self.events.count - self.head }
    /// In order.
    var all: some Sequence<LoggedEvent> { self.events[self.head...].lazy.compactMap { $0 } }
    var roomCount: Int { self.byRoom.count }
    var current: RecoveryOffset {
        RecoveryOffset(epoch: self.epoch, position: self.trimmedThrough + UInt64(self.count))
    }

    /// Empties the log, which goes on behind a position.
    ///
    /// `lostTime`: when the newest event up to it was sent, or later.
    mutating func begin(epoch: UInt32, after position: UInt64, lostTime: NIODeadline) {
        self = EventLog(epoch: epoch, bounds: self.bounds)
        self.trimmedThrough = position
        self.newestTrimmed = position == 0 ? nil : lostTime
    }

    mutating func append(_ event: RecoverableEvent, now: NIODeadline) -> RecoveryOffset {
        let offset = RecoveryOffset(epoch: self.epoch, position: self.current.position + 1)
        let event = event.compacted()
        // Times never run back, so that they can be searched.
        let time = max(now, self.events.last.flatMap { $0?.time } ?? now)
        self.events.append(LoggedEvent(offset: offset, time: time, event: event))
        self.byteCount += event.byteCount
        if event.target.rooms.isEmpty { self.forEverybody.append(offset.position) }
        for room in event.target.rooms { self.byRoom[room, default: PositionQueue()].append(offset.position) }
        self.trim(now: now)
        return offset
    }

    /// Drops what is too old or too much.
    mutating func trim(now: NIODeadline) {
        while let oldest = self.oldest, self.isTooMuch || oldest.time + self.bounds.age < now {
            self.drop(oldest)
        }
        // Rarely, so that each event is moved about once.
        guard self.head > 64, self.head * 2 > self.events.count else { return }
        self.events.removeFirst(self.head)
        self.head = 0
    }

    private var isTooMuch: Bool { self.count > self.bounds.events || self.byteCount > self.bounds.bytes }

    private var oldest: LoggedEvent? { self.head < self.events.count ? self.events[self.head] : nil }

    private mutating func drop(_ oldest: LoggedEvent) {
        self.events[self.head] = nil
        self.head += 1
        self.byteCount -= oldest.event.byteCount
        self.trimmedThrough = oldest.offset.position
        self.newestTrimmed = oldest.time
        if oldest.event.target.rooms.isEmpty { self.forEverybody.remove(through: self.trimmedThrough) }
        for room in oldest.event.target.rooms {
            self.byRoom[room]?.remove(through: self.trimmedThrough)
            if self.byRoom[room]?.isEmpty == true { self.byRoom[room] = nil }
        }
    }

    /// What was found for a session.
    enum Search: Equatable {
        case found([LoggedEvent])
        /// One may be missing.
        case incomplete
        /// More than a client is sent, or than are looked at for one.
        case tooMuch
    }

    /// The events after `start` that a session is due.
    ///
    /// An event that was sent before `receivedBefore` has been received if it was due; since the client did not get beyond `start`, it
    /// was not due. So neither such an event nor its absence matters, and a session that stayed quiet while the log moved on is
    /// still complete. It is not when the log has lost younger events, or the session's rooms at the time of one are
    /// unknown.
    ///
    /// Looks at the events for everybody and for rooms that the session ever was in, from `start` on, and only until a bound is
    /// passed: whoever asks holds up all that the namespace sends.
    func missed(
        by timeline: RoomTimeline,
        after start: UInt64,
        receivedBefore: NIODeadline,
        bounds: ReplayBounds
    ) -> (outcome: Search, examinedCount: Int) {
        if start < self.trimmedThrough, let newestTrimmed, newestTrimmed >= receivedBefore { return (.incomplete, 0) }
        let first = max(start + 1, self.firstPosition(notBefore: receivedBefore))
        guard first <= self.current.position else { return (.found([]), 0) }
        guard first > timeline.unknownThrough else { return (.incomplete, 0) }
        var rows = [self.forEverybody.positions(from: first)]
        for room in timeline.everyRoom {
            if let queue = self.byRoom[room] { rows.append(queue.positions(from: first)) }
        }
        var positions = MergedPositions(rows)
        var missed: [LoggedEvent] = []
        var bytes = 0
        var examinedCount = 0
        while let position = positions.next() {
            guard let logged = self.event(at: position) else { continue }
            examinedCount += 1
            guard examinedCount <= bounds.examinedEvents else { return (.tooMuch, examinedCount) }
            guard timeline.isDue(logged.event.target, at: position) else { continue }
            bytes += logged.event.byteCount
            guard bytes <= bounds.bytes else { return (.tooMuch, examinedCount) }
            missed.append(logged)
        }
        return (.found(missed), examinedCount)
    }

    private func event(at position: UInt64) -> LoggedEvent? {
        guard position > self.trimmedThrough, position <= self.current.position else { return nil }
        return self.events[self.head + Int(position - self.trimmedThrough - 1)]
    }

    /// The first position that is still there and was not sent before `time`; one past the last if there is none.
    private func firstPosition(notBefore time: NIODeadline) -> UInt64 {
        var low = self.trimmedThrough + 1
        var high = self.current.position + 1
        while low < high {
            let middle = low + (high - low) / 2
            if let logged = self.event(at: middle), logged.time < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
