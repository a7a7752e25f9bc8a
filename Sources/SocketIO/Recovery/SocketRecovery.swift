// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
import SocketIOCore
import WireJSON

/// What a socket notes so that its state can be restored.
///
/// Confined to the socket's shard.
final class SocketRecovery {
    let pid: PrivateSessionID
    /// Whether the log is told of the socket while it is in use.
    let isDurable: Bool
    /// Whether it is about to be told.
    var isCheckpointDue = false
    /// How many changes, of which the log was told before, the next checkpoint covers.
    var coveredChanges = 0
    private let settledThrough: UInt64
    private var replay: RecoverySession.Replay?
    private let priorOffset: String?
    private let restoredAt: NIODeadline
    private var clock: ReceiptClock
    private var changes = RoomChanges()
    private let maximumChanges: Int
    /// The rooms at the end; joins that were on their way when the connection ended still count.
    private var lastRooms: Set<Room>?
    private var disconnectedAt: NIODeadline?

    /// A socket that joins; `session`: as which it is restored.
    init(
        pid: PrivateSessionID,
        isDurable: Bool,
        options: ConnectionStateRecovery,
        connection: any EngineConnection,
        position: UInt64,
        session: RecoverySession? = nil
    ) {
        self.pid = pid
        self.isDurable = isDurable
        self.settledThrough = session?.settledThrough ?? position
        self.replay = session?.replay
        self.priorOffset = session?.priorOffset
        self.restoredAt = connection.shard.now
        self.clock = ReceiptClock(
            window: ReceiptClock.window(pingInterval: connection.pingInterval, pingTimeout: connection.pingTimeout),
            now: connection.shard.now,
            receivedBefore: session?.receivedBefore
        )
        self.changes = session?.history.changes ?? RoomChanges()
        self.maximumChanges = options.maximumRoomChanges
    }

    /// Notes that the socket has joined or left a room, or would have if its connection had lasted.
    func changed(_ room: Room, isJoin: Bool, position: UInt64, now: NIODeadline) {
        if let rooms = self.lastRooms {
            guard rooms.contains(room) != isJoin else { return }
            if isJoin { self.lastRooms?.insert(room) } else { self.lastRooms?.remove(room) }
        }
        self.changes.note(
            .init(room: room, isJoin: isJoin, position: position, time: now),
            receivedBefore: self.clock.receivedBefore(now: now),
            maximumCount: self.maximumChanges
        )
    }

    /// The client has sent something, so it has handled the answer to its CONNECT and all before it.
    func heard() {
        self.replay?.mayBeHeld = false
    }

    func readingPaused(now: NIODeadline) { self.clock.readingPaused(now: now) }

    func readingResumed(now: NIODeadline) { self.clock.readingResumed(now: now) }

    /// The connection has ended while the socket was in these rooms.
    func disconnected(rooms: [Room], now: NIODeadline) {
        self.lastRooms = Set(rooms)
        self.disconnectedAt = now
        if self.clock.receivedBefore(now: now) > self.restoredAt { self.replay?.mayBeHeld = false }
        // Nothing more is heard of it.
        self.clock.readingPaused(now: now)
    }

    /// What to keep; once the connection has ended.
    func session(sid: String, data: [String: JSONValue]) -> RecoverySession? {
        guard let rooms = self.lastRooms, let disconnectedAt else { return nil }
        return self.session(sid: sid, data: data, rooms: Array(rooms), now: disconnectedAt)
    }

    /// What to keep while the socket is in use.
    func checkpoint(sid: String, data: [String: JSONValue], rooms: [Room], now: NIODeadline) -> SessionCheckpoint {
        SessionCheckpoint(session: self.session(sid: sid, data: data, rooms: rooms, now: now), clock: self.clock)
    }

    private func session(sid: String, data: [String: JSONValue], rooms: [Room], now: NIODeadline) -> RecoverySession {
        var session = RecoverySession(
            pid: self.pid,
            sid: sid,
            data: data,
            history: RoomHistory(rooms: rooms, changes: self.changes),
            settledThrough: self.settledThrough,
            replay: self.replay,
            disconnectedAt: now,
            receivedBefore: self.clock.receivedBefore(now: now)
        )
        session.priorOffset = self.priorOffset
        return session
    }
}
