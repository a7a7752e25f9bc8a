// Licensed under the MIT licence.

/// The timelines of the rooms with members that are at home on one shard.
///
/// Apart from ``RoomHub`` so that what every message passes does not depend on how a shell tells its sockets apart, and is
/// compiled for just what it does.
package struct RoomTimelines: Sendable {
    private struct Entry {
        /// Tells this life of the room from an earlier one that ended while the store was being asked.
        let epoch: UInt64
        var timeline: RoomTimeline
    }

    private var entries: [RoomID: Entry] = [:]
    /// Rooms whose fill has failed.
    private var stalled: Set<RoomID> = []
    /// Rooms with members or awaited ones that could not be opened.
    private var unopened: Set<RoomID> = []
    private var lastEpoch: UInt64 = 0
    private let limits: ChatLimits

    init(limits: ChatLimits) {
        self.limits = limits
    }

    // MARK: Messages

    /// For ``MessageStore/append(_:floor:completion:)``.
    package func floor(of room: RoomID) -> Int { self.entries[room]?.timeline.delivered ?? 0 }

    /// The store has taken a message, or known it for a repeat.
    ///
    /// - Returns: What to do for the members. The sender is told in any case.
    package mutating func appended(_ outcome: AppendOutcome, to room: RoomID) -> RoomDelivery {
        guard let index = self.entries.index(forKey: room) else { return .nothing }
        let verdict: RoomTimeline.Verdict
        switch outcome {
        case .stored(let message):
            verdict = self.entries.values[index].timeline.stored(message)
            if verdict == .deliver { return .deliver(message) }
        case .repeated(let receipt):
            verdict = self.entries.values[index].timeline.known(seq: receipt.seq)
        }
        guard case .read(let after) = verdict else { return .nothing }
        return .read(self.reading(room, after: after))
    }

    /// The store has failed to take a message, or to say that it has.
    ///
    /// - Returns: What to do for the members, who get what was stored all the same.
    package mutating func appendFailed(_ error: StoreError, to room: RoomID) -> RoomDelivery {
        error.outcome == .unknown ? self.doubted(room) : .nothing
    }

    /// Something may have been stored in a room without our being told.
    package mutating func doubted(_ room: RoomID) -> RoomDelivery {
        guard let verdict = self.entries[room]?.timeline.doubted(),
            case .read(let after) = verdict
        else { return .nothing }
        return .read(self.reading(room, after: after))
    }

    /// Whether rooms could not be opened or read.
    package var needsRetry: Bool { !self.stalled.isEmpty || !self.unopened.isEmpty }

    // MARK: The life of a room

    func contains(_ room: RoomID) -> Bool { self.entries[room] != nil }

    /// What members have been given; nil while that is not known, or without members.
    func delivered(in room: RoomID) -> Int? { self.entries[room]?.timeline.delivered }

    mutating func begin(_ room: RoomID) -> RoomOpening {
        self.lastEpoch += 1
        let timeline = RoomTimeline(tailLimit: self.limits.replayTailMessages)
        self.entries[room] = Entry(epoch: self.lastEpoch, timeline: timeline)
        return RoomOpening(room: room, epoch: self.lastEpoch)
    }

    mutating func end(_ room: RoomID) {
        self.entries[room] = nil
        self.stalled.remove(room)
        self.unopened.remove(room)
    }

    /// The life of the room that is under way.
    func opening(of room: RoomID) -> RoomOpening? {
        self.entries[room].map { RoomOpening(room: room, epoch: $0.epoch) }
    }

    func isCurrent(_ opening: RoomOpening) -> Bool { self.entries[opening.room]?.epoch == opening.epoch }
    func isCurrent(_ reading: RoomReading) -> Bool { self.entries[reading.room]?.epoch == reading.epoch }

    /// - Returns: A read that has become due.
    mutating func opened(_ room: RoomID, lastSequence: Int, delivered: Int) -> RoomReading? {
        let verdict = self.entries[room]?.timeline.opened(lastSequence: lastSequence, delivered: delivered)
        guard case .read(let after)? = verdict else { return nil }
        return self.reading(room, after: after)
    }

    mutating func openingFailed(_ room: RoomID) {
        if self.contains(room) { self.unopened.insert(room) }
    }

    mutating func retryOpenings() -> [RoomOpening] {
        let rooms = self.unopened
        self.unopened = []
        return rooms.compactMap { self.opening(of: $0) }
    }

    // MARK: Fills

    /// - Returns: What to give to all members, and the next read if one is due.
    mutating func filled(_ room: RoomID, _ page: HistoryPage) -> (deliver: [StoredMessage], next: RoomReading?) {
        guard let (deliver, next) = self.entries[room]?.timeline.filled(page) else { return ([], nil) }
        guard case .read(let after) = next else { return (deliver, nil) }
        return (deliver, self.reading(room, after: after))
    }

    mutating func fillFailed(_ room: RoomID) {
        self.entries[room]?.timeline.fillFailed()
        self.stalled.insert(room)
    }

    mutating func retry() -> [RoomReading] {
        let rooms = self.stalled
        self.stalled = []
        return rooms.sorted().compactMap { room in
            guard case .read(let after)? = self.entries[room]?.timeline.retry() else { return nil }
            return self.reading(room, after: after)
        }
    }

    // MARK: Replays

    mutating func replayBegan(in room: RoomID) { self.entries[room]?.timeline.replayBegan() }
    mutating func replayEnded(in room: RoomID) { self.entries[room]?.timeline.replayEnded() }

    /// A page of a replay has come.
    func advance(_ replay: inout JoinReplay, _ page: HistoryPage, in room: RoomID) -> JoinReplay.Step? {
        guard let timeline = self.entries[room]?.timeline else { return nil }
        return replay.read(page, timeline)
    }

    /// The next page behind `after`, for one join or, without one, for all members.
    func reading(_ room: RoomID, after: Int, join: UInt64? = nil) -> RoomReading {
        let query = HistoryQuery(
            after: after,
            limit: self.limits.replayPageMessages,
            maximumBytes: self.limits.replayPageBytes
        )
        return RoomReading(room: room, query: query, epoch: self.entries[room]?.epoch ?? 0, join: join)
    }
}

/// What becomes of a message that was appended.
package enum RoomDelivery: Equatable, Sendable {
    /// Give it to all sockets in the room.
    case deliver(StoredMessage)
    /// Nobody is there, or all have it.
    case nothing
    /// As ``RoomHubAction/read(_:)``.
    case read(RoomReading)
}
