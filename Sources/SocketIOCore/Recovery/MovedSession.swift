// Licensed under the MIT licence.

package import NIOCore
package import WireJSON

/// A session on its way from the log that had it to another: what is needed to go on with it there.
///
/// Positions and times mean nothing to the other log, so it has none of them.
package struct MovedSession: Sendable, Equatable {
    /// The private id, which it keeps.
    package let pid: PrivateSessionID
    /// The public id, which it keeps.
    package let sid: String
    /// Its own data.
    package let data: [String: JSONValue]
    /// Its rooms at the end.
    package let rooms: [Room]
    /// What it was sent, or would have been, and its client has not received; in order.
    package let missed: [RecoverableEvent]
    /// Where its rooms' events are numbered, the number of the last that it was sent; rooms of which that is not known are left out.
    package let numbers: [Room: Int]

    /// Makes a session move.
    package init(
        _ session: RecoverySession,
        missed: [RecoverableEvent],
        numbers: [Room: Int]
    ) {
        self.pid = session.pid
        self.sid = session.sid
        self.data = session.data
        self.rooms = session.history.rooms
        self.missed = missed
        self.numbers = numbers
    }
}

// On the way it is journal records behind their lengths, the session first, and then the numbers, as `realm number:i64 name`.
extension MovedSession {
    private static let clock = JournalClock(start: .uptimeNanoseconds(0), nanoseconds: 0)

    /// The session as bytes, for ``init(decoding:)``.
    package var encoded: ByteBuffer {
        let session = RecoverySession(
            pid: self.pid,
            sid: self.sid,
            data: self.data,
            history: RoomHistory(rooms: self.rooms),
            settledThrough: 0,
            disconnectedAt: .uptimeNanoseconds(0),
            receivedBefore: .uptimeNanoseconds(0)
        )
        var records = [TimedRecord(time: .uptimeNanoseconds(0), record: .saved(session))]
        for (index, event) in self.missed.enumerated() {
            records.append(TimedRecord(time: .uptimeNanoseconds(0), record: .event(position: UInt64(index), event)))
        }
        var bytes = ByteBuffer()
        for record in JournalEncoder(clock: Self.clock).encode(records) {
            bytes.writeInteger(UInt32(clamping: record.readableBytes))
            bytes.writeImmutableBuffer(record)
        }
        bytes.writeInteger(UInt32(0))
        for (room, number) in self.numbers {
            bytes.writeInteger(UInt32(clamping: room.name.utf8.count + 9))
            bytes.writeInteger(room.realm)
            bytes.writeInteger(Int64(number))
            bytes.writeString(room.name)
        }
        return bytes
    }

    /// Reads what ``encoded`` writes; `nil` for anything else.
    package init?(decoding bytes: ByteBuffer) {
        var bytes = bytes
        var decoder = JournalDecoder(clock: Self.clock)
        var session: RecoverySession?
        var missed: [RecoverableEvent] = []
        while let length = bytes.readInteger(as: UInt32.self), length > 0 {
            guard let record = bytes.readSlice(length: Int(length)), let timed = try? decoder.decode(record) else {
                return nil
            }
            switch timed.record {
            case .saved(let saved) where session == nil: session = saved
            case .event(_, let event) where session != nil: missed.append(event)
            default: return nil
            }
        }
        var numbers: [Room: Int] = [:]
        while let length = bytes.readInteger(as: UInt32.self) {
            guard length >= 9, let realm = bytes.readInteger(as: UInt8.self),
                let number = bytes.readInteger(as: Int64.self), let name = bytes.readString(length: Int(length) - 9)
            else { return nil }
            numbers[Room(name, realm: realm)] = Int(number)
        }
        guard let session, bytes.readableBytes == 0 else { return nil }
        self.init(session, missed: missed, numbers: numbers)
    }
}
