// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// Why a journal cannot be used.
enum JournalError: Error, Equatable {
    /// Written by a version that this one does not know.
    case unknownVersion(UInt8)
    /// Cut off, or not what any version writes.
    case damaged
}

/// Reads what ``JournalEncoder`` writes, and refuses everything else without a trap.
struct JournalDecoder {
    let clock: JournalClock
    /// How old the last record is.
    private(set) var recordAge = TimeAmount.zero
    /// For how long the client of the last session has been away.
    private(set) var absence = TimeAmount.zero
    private var buffer = ByteBuffer()

    init(clock: JournalClock) {
        self.clock = clock
    }

    mutating func decode(_ record: ByteBuffer) throws(JournalError) -> TimedRecord {
        self.buffer = record
        let version: UInt8 = try self.integer()
        guard version == JournalEncoder.version else { throw .unknownVersion(version) }
        let kind: UInt8 = try self.integer()
        let nanoseconds: Int64 = try self.integer()
        self.recordAge = self.clock.age(nanoseconds)
        let decoded = try self.record(kind)
        guard self.buffer.readableBytes == 0 else { throw .damaged }
        return TimedRecord(time: self.clock.decoded(nanoseconds), record: decoded)
    }

    private mutating func record(_ kind: UInt8) throws(JournalError) -> JournalRecord {
        switch kind {
        case 0:
            let epoch: UInt32 = try self.integer()
            let position = try self.position()
            let lostThrough = try self.position()
            guard lostThrough <= position else { throw .damaged }
            return .mark(epoch: epoch, position: position, lostThrough: lostThrough, lostTime: try self.time())
        case 1: return .event(position: try self.position(), try self.event())
        case 2: return .live(SessionCheckpoint(session: try self.session(), clock: ReceiptClock(try self.clockState())))
        case 3: return .changing(try self.privateID())
        case 4: return .saved(try self.session())
        case 5: return .gone(try self.privateID())
        default: throw .damaged
        }
    }

    // MARK: Parts

    private mutating func integer<Integer: FixedWidthInteger>() throws(JournalError) -> Integer {
        guard let integer = self.buffer.readInteger(as: Integer.self) else { throw .damaged }
        return integer
    }

    /// Positions are counted on from, so the highest numbers there are would not do.
    private mutating func position() throws(JournalError) -> UInt64 {
        let position: UInt64 = try self.integer()
        guard position < 1 << 62 else { throw .damaged }
        return position
    }

    private mutating func flag(below bound: UInt8 = 2) throws(JournalError) -> UInt8 {
        let flag: UInt8 = try self.integer()
        guard flag < bound else { throw .damaged }
        return flag
    }

    private mutating func time() throws(JournalError) -> NIODeadline {
        self.clock.decoded(try self.integer())
    }

    private mutating func bytes() throws(JournalError) -> ByteBuffer {
        let count: UInt32 = try self.integer()
        guard let bytes = self.buffer.readSlice(length: Int(count)) else { throw .damaged }
        return bytes
    }

    private mutating func text() throws(JournalError) -> String {
        let bytes = try self.bytes()
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else { throw .damaged }
        return text
    }

    private mutating func list<Element>(
        _ element: (inout JournalDecoder) throws(JournalError) -> Element
    ) throws(JournalError) -> [Element] {
        let count: UInt32 = try self.integer()
        // Every element takes a byte at least, so this bounds what a damaged count can ask for.
        guard Int(count) <= self.buffer.readableBytes else { throw .damaged }
        var list: [Element] = []
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }

    private mutating func room() throws(JournalError) -> Room {
        let realm: UInt8 = try self.integer()
        return Room(try self.text(), realm: realm)
    }

    private mutating func rooms() throws(JournalError) -> [Room] {
        try self.list { decoder throws(JournalError) in try decoder.room() }
    }

    private mutating func privateID() throws(JournalError) -> PrivateSessionID {
        guard let pid = PrivateSessionID(try self.text()) else { throw .damaged }
        return pid
    }

    private mutating func event() throws(JournalError) -> RecoverableEvent {
        let name = try self.text()
        let arguments = try self.bytes()
        let attachments = try self.list { decoder throws(JournalError) in try decoder.bytes() }
        var target = BroadcastTarget(rooms: try self.rooms(), except: try self.rooms())
        if try self.flag() == 1 { target.exceptSocket = try self.text() }
        let flags = try self.flag(below: 4)
        target.isLocal = flags & 1 != 0
        target.isVolatile = flags & 2 != 0
        return RecoverableEvent(name: name, arguments: arguments, attachments: attachments, target: target)
    }

    private mutating func session() throws(JournalError) -> RecoverySession {
        let pid = try self.privateID()
        let sid = try self.text()
        let entries = try self.list { decoder throws(JournalError) in
            (name: try decoder.text(), value: try decoder.json())
        }
        let rooms = try self.rooms()
        let changes = try self.list { decoder throws(JournalError) in try decoder.change() }
        let history = RoomHistory(rooms: rooms, changes: RoomChanges(changes, unknownThrough: try self.position()))
        let settledThrough = try self.position()
        var replay: RecoverySession.Replay?
        let hold = try self.flag(below: 3)
        if hold > 0 {
            replay = .init(lastEvent: try self.position(), logPosition: try self.position(), mayBeHeld: hold == 2)
        }
        let disconnectedAt: Int64 = try self.integer()
        self.absence = self.clock.age(disconnectedAt)
        var session = RecoverySession(
            pid: pid,
            sid: sid,
            data: Dictionary(entries.map { ($0.name, $0.value) }) { $1 },
            history: history,
            settledThrough: settledThrough,
            replay: replay,
            disconnectedAt: self.clock.decoded(disconnectedAt),
            receivedBefore: try self.time()
        )
        if try self.flag() == 1 { session.priorOffset = try self.text() }
        return session
    }

    private mutating func json() throws(JournalError) -> JSONValue {
        let bytes = try self.bytes()
        guard let value = try? JSONValue(validating: bytes) else { throw .damaged }
        return value
    }

    private mutating func change() throws(JournalError) -> RoomChanges.Change {
        let room = try self.room()
        let isJoin = try self.flag() == 1
        return RoomChanges.Change(room: room, isJoin: isJoin, position: try self.position(), time: try self.time())
    }

    private mutating func clockState() throws(JournalError) -> ReceiptClock.State {
        let window: Int64 = try self.integer()
        guard window >= 0 else { throw .damaged }
        let readSince = try self.flag() == 1 ? try self.time() : nil
        return .init(window: .nanoseconds(window), readSince: readSince, known: try self.time())
    }
}
