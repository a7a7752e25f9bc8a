// Licensed under the MIT licence.

public import NIOCore
public import WireJSON

/// What is kept of a socket whose client went away and may come back.
public struct RecoverySession: Sendable, Equatable {
    /// What was sent to it in front of its CONNECT answer when it was last restored.
    public struct Replay: Sendable, Equatable {
        /// The position of the last event of the replay.
        public let lastEvent: UInt64
        /// The log's position at the time: what is after the replay and up to this was not for the session.
        public let logPosition: UInt64
        /// Whether the client may have put it aside; see ``RecoverySession/mayHoldReplay(from:)``.
        public var mayBeHeld: Bool

        /// Creates a replay.
        public init(lastEvent: UInt64, logPosition: UInt64, mayBeHeld: Bool = true) {
            self.lastEvent = lastEvent
            self.logPosition = logPosition
            self.mayBeHeld = mayBeHeld
        }
    }

    /// The private id, by which the client asks for it.
    public let pid: PrivateSessionID
    /// The public id, which it gets back.
    public let sid: String
    /// Its own data.
    public var data: [String: JSONValue]
    /// Its rooms.
    public var history: RoomHistory
    /// Events up to this position do not concern it: it had not joined yet, or none was for it.
    public var settledThrough: UInt64
    /// Its last replay; `nil` if it never missed an event.
    public var replay: Replay?
    /// When the client went away.
    public var disconnectedAt: NIODeadline
    /// What was sent before this time was received (``ReceiptClock/receivedBefore(now:)``).
    public var receivedBefore: NIODeadline
    /// Of a session that came from another log, what its client said then as its offset: as long as it says the same, it has received
    /// nothing of this log.
    package var priorOffset: String?

    /// Creates a session.
    /// - Parameters:
    ///   - pid: The private id.
    ///   - sid: The public id.
    ///   - data: Its own data.
    ///   - history: Its rooms.
    ///   - settledThrough: The position at which it joined the namespace.
    ///   - replay: Its last replay.
    ///   - disconnectedAt: When the client went away.
    ///   - receivedBefore: What was sent before this time was received.
    public init(
        pid: PrivateSessionID,
        sid: String,
        data: [String: JSONValue] = [:],
        history: RoomHistory,
        settledThrough: UInt64,
        replay: Replay? = nil,
        disconnectedAt: NIODeadline,
        receivedBefore: NIODeadline
    ) {
        self.pid = pid
        self.sid = sid
        self.data = data
        self.history = history
        self.settledThrough = settledThrough
        self.replay = replay
        self.disconnectedAt = disconnectedAt
        self.receivedBefore = receivedBefore
    }

    /// About what it costs to keep the session.
    public var byteCount: Int {
        var count = 512
        for room in self.history.rooms { count += 32 + room.name.utf8.count }
        for change in self.history.changes.all { count += 64 + change.room.name.utf8.count }
        for (key, value) in self.data { count += 64 + key.utf8.count + value.bytes.readableBytes }
        return count
    }

    /// After which position a replay has to begin, or `nil` if what the client says makes no sense.
    ///
    /// Clients never forget an offset: one that got no event since it joined names its last offset of some earlier session, or none
    /// if it had none. So an older position than ``settledThrough``, or another epoch, says that nothing of this session was
    /// received. (Had anything been, the client would name an offset of this log, since all that clients could
    /// take for one is one: ``RecoveryOffset/isTaken(fromEndOf:)``.)
    ///
    /// - Parameters:
    ///   - offset: What the client sent; `nil` if nothing.
    ///   - current: The log's newest offset.
    /// - Returns: A position of the log.
    public func replayStart(offset: String?, current: RecoveryOffset) -> UInt64? {
        guard let offset else { return self.settledThrough }
        guard let offset = RecoveryOffset(offset) else { return nil }
        guard offset.epoch == current.epoch else { return self.settledThrough }
        guard offset.position <= current.position else { return nil }
        let start = max(self.settledThrough, offset.position)
        guard let replay, start >= replay.lastEvent else { return start }
        return max(start, replay.logPosition)
    }

    /// Whether the client may hold events of the last replay without having handled them.
    ///
    /// A client puts what comes before its CONNECT is answered aside, and handles it when the answer comes. If the connection ends in
    /// between it keeps what it put aside (`receiveBuffer` of socket.io-client 4.8.1, `socket.ts`) and handles it in its next
    /// session, in front of what is replayed then: events would come twice. Nobody but the client knows what it holds.
    public func mayHoldReplay(from start: UInt64) -> Bool {
        guard let replay, replay.mayBeHeld else { return false }
        return start < replay.lastEvent
    }

    /// Notes that it was restored and is in use again.
    ///
    /// What the client has yet to receive is now exactly what is replayed, so what is known of its past grows, however short its
    /// connections are and however long it stays quiet between them.
    ///
    /// - Parameters:
    ///   - start: After which position the replay began.
    ///   - replay: What was replayed.
    ///   - current: The log's position at the time.
    ///   - now: The present.
    public mutating func restored(from start: UInt64, replay: [LoggedEvent], current: UInt64, now: NIODeadline) {
        self.settledThrough = replay.isEmpty ? current : start
        self.replay = replay.last.map { Replay(lastEvent: $0.offset.position, logPosition: current) }
        let known = (replay.first?.time ?? now) - ReceiptClock.reserve
        self.receivedBefore = max(self.receivedBefore, known)
    }
}
