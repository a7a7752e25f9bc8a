// Licensed under the MIT licence.

import NIOCore
import WireJSON

/// Writes records: a version byte, a kind, the time, and the parts one after the other, numbers big-endian, everything of varying length
/// behind its length.
///
/// ```
/// 02 kind time:i64 …
/// 0 mark      epoch:u32 position:u64 lostThrough:u64 lostTime:i64
/// 1 event     position:u64 name arguments [attachment] target
/// 2 live      session window:i64 isRead:u8 readSince:i64 known:i64
/// 3 changing  pid
/// 4 saved     session
/// 5 gone      pid
/// ```
/// Texts and bytes are preceded by a u32, lists by a u32 count.
struct JournalEncoder {
    static let version: UInt8 = 2
    let clock: JournalClock

    /// Records in a row, each of them a part of the same storage.
    func encode(_ records: [TimedRecord]) -> [ByteBuffer] {
        var buffer = ByteBufferAllocator().buffer(capacity: records.reduce(0) { $0 + $1.record.likelyByteCount })
        let ends = records.map { record in
            self.encode(record, &buffer)
            return buffer.writerIndex
        }
        var parts: [ByteBuffer] = []
        parts.reserveCapacity(ends.count)
        for end in ends {
            guard let part = buffer.readSlice(length: end - buffer.readerIndex) else { continue }
            parts.append(part)
        }
        return parts
    }

    private func encode(_ timed: TimedRecord, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(Self.version)
        switch timed.record {
        case .mark(let epoch, let position, let lostThrough, let lostTime):
            self.writeHead(0, timed.time, &buffer)
            buffer.writeInteger(epoch)
            buffer.writeInteger(position)
            buffer.writeInteger(lostThrough)
            self.write(lostTime, &buffer)
        case .event(let position, let event):
            self.writeHead(1, timed.time, &buffer)
            buffer.writeInteger(position)
            self.write(event, &buffer)
        case .live(let checkpoint):
            self.writeHead(2, timed.time, &buffer)
            self.write(checkpoint.session, &buffer)
            self.write(checkpoint.clock.state, &buffer)
        case .changing(let pid):
            self.writeHead(3, timed.time, &buffer)
            self.write(pid.encoded, &buffer)
        case .saved(let session):
            self.writeHead(4, timed.time, &buffer)
            self.write(session, &buffer)
        case .gone(let pid):
            self.writeHead(5, timed.time, &buffer)
            self.write(pid.encoded, &buffer)
        }
    }

    private func writeHead(_ kind: UInt8, _ time: NIODeadline, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(kind)
        self.write(time, &buffer)
    }

    private func write(_ time: NIODeadline, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(self.clock.encoded(time))
    }

    private func write(_ text: String, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(clamping: text.utf8.count))
        buffer.writeString(text)
    }

    private func write(_ bytes: ByteBuffer, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(clamping: bytes.readableBytes))
        buffer.writeImmutableBuffer(bytes)
    }

    private func write<Element>(
        _ list: some Collection<Element>,
        _ buffer: inout ByteBuffer,
        _ body: (Element, inout ByteBuffer) -> Void
    ) {
        buffer.writeInteger(UInt32(clamping: list.count))
        for element in list { body(element, &buffer) }
    }

    private func write(_ room: Room, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(room.realm)
        self.write(room.name, &buffer)
    }

    private func write(_ event: RecoverableEvent, _ buffer: inout ByteBuffer) {
        self.write(event.name, &buffer)
        self.write(event.arguments, &buffer)
        self.write(event.attachments, &buffer) { self.write($0, &$1) }
        let target = event.target
        self.write(target.rooms, &buffer) { self.write($0, &$1) }
        self.write(target.except, &buffer) { self.write($0, &$1) }
        buffer.writeInteger(UInt8(target.exceptSocket == nil ? 0 : 1))
        if let socket = target.exceptSocket { self.write(socket, &buffer) }
        buffer.writeInteger(UInt8((target.isLocal ? 1 : 0) | (target.isVolatile ? 2 : 0)))
    }

    private func write(_ session: RecoverySession, _ buffer: inout ByteBuffer) {
        self.write(session.pid.encoded, &buffer)
        self.write(session.sid, &buffer)
        self.write(session.data.sorted { $0.key < $1.key }, &buffer) { entry, buffer in
            self.write(entry.key, &buffer)
            self.write(entry.value.bytes, &buffer)
        }
        self.write(session.history.rooms, &buffer) { self.write($0, &$1) }
        let changes = session.history.changes
        self.write(changes.all, &buffer) { change, buffer in
            self.write(change.room, &buffer)
            buffer.writeInteger(UInt8(change.isJoin ? 1 : 0))
            buffer.writeInteger(change.position)
            self.write(change.time, &buffer)
        }
        buffer.writeInteger(changes.unknownThrough)
        buffer.writeInteger(session.settledThrough)
        buffer.writeInteger(UInt8(session.replay == nil ? 0 : session.replay?.mayBeHeld == true ? 2 : 1))
        if let replay = session.replay {
            buffer.writeInteger(replay.lastEvent)
            buffer.writeInteger(replay.logPosition)
        }
        self.write(session.disconnectedAt, &buffer)
        self.write(session.receivedBefore, &buffer)
        buffer.writeInteger(UInt8(session.priorOffset == nil ? 0 : 1))
        if let offset = session.priorOffset { self.write(offset, &buffer) }
    }

    private func write(_ clock: ReceiptClock.State, _ buffer: inout ByteBuffer) {
        buffer.writeInteger(clock.window.nanoseconds)
        buffer.writeInteger(UInt8(clock.readSince == nil ? 0 : 1))
        if let readSince = clock.readSince { self.write(readSince, &buffer) }
        self.write(clock.known, &buffer)
    }
}

extension JournalRecord {
    /// How many bytes it may take; for most it is enough.
    fileprivate var likelyByteCount: Int {
        switch self {
        case .event(_, let event): event.byteCount
        case .live, .saved: 1_024
        case .mark, .changing, .gone: 64
        }
    }
}
