// Licensed under the MIT licence.

package import NIOCore

/// What a log that is gone has left in its journal, to be read by those that its clients come to.
///
/// Sessions stay in it however often they are found: who may have one is decided elsewhere.
///
/// `@unchecked Sendable`: to be used by one thread at a time.
package final class RetiredRecoveryLog: @unchecked Sendable {
    /// A session as its log left it.
    package struct Found: Sendable {
        fileprivate let session: RecoverySession
        fileprivate let missed: [RecoverableEvent]
        fileprivate let numbers: [Room: Int]
        fileprivate let epoch: UInt32
        fileprivate let lostThrough: UInt64

        /// Its rooms.
        package var rooms: [Room] { self.session.history.rooms }

        /// The session with what is known besides of its rooms' numbers.
        ///
        /// - Parameters:
        ///   - numbers: Numbers of events that rooms had been sent, noted now and then.
        ///   - offset: Where the log was when all were noted; `nil` if that is not known.
        /// - Returns: The session; without numbers where one may be missing.
        package func moved(noted numbers: [Room: Int], at offset: RecoveryOffset?) -> MovedSession {
            // Events behind the note must all be there.
            let isComplete = offset.map { $0.epoch == self.epoch && $0.position >= self.lostThrough } ?? false
            let known = isComplete ? self.numbers.merging(numbers) { max($0, $1) } : self.numbers
            return MovedSession(self.session, missed: self.missed, numbers: known)
        }
    }

    private let memory: InMemoryRecoveryLog
    private let sessions: [PrivateSessionID: RecoverySession]
    private let numbers: [Room: Int]
    private let maximumAbsence: TimeAmount

    /// Reads a journal; `nil` if any of it makes no sense, or there is nothing in it.
    ///
    /// - Parameters:
    ///   - entries: All that it holds, in order.
    ///   - options: How long clients may be away, and how much one may cost.
    ///   - now: The present.
    ///   - nanosecondsSince1970: The present, as the journal tells it.
    ///   - numbering: How rooms' events are numbered.
    package init?(
        _ entries: [JournalEntry],
        options: ConnectionStateRecovery,
        now: NIODeadline,
        nanosecondsSince1970: Int64,
        numbering: RoomNumbering
    ) {
        let clock = JournalClock(start: now, nanoseconds: nanosecondsSince1970)
        guard let replay = try? JournalReplay(entries, clock: clock), let epoch = replay.epoch else { return nil }
        self.memory = InMemoryRecoveryLog(options: options, receiptWindow: .minutes(5), epoch: epoch)
        self.memory.restore(replay.events, lostThrough: replay.lostThrough, lostTime: replay.lostTime, now: now)
        self.maximumAbsence = TimeAmount(options.maxDisconnectionDuration)
        self.sessions = Dictionary(
            replay.takeableSessions(maximumAbsence: self.maximumAbsence).map { ($0.session.pid, $0.session) }
        ) { $1 }
        self.numbers = self.memory.lastEvents(named: numbering.eventName).compactMapValues(numbering.number)
    }

    /// How many sessions there are.
    package var sessionCount: Int { self.sessions.count }

    /// Finds a session, and all that its client has not received.
    ///
    /// The log may have gone on for a while without its journal. What it sent then carried offsets that the journal does not know, so only
    /// a client whose offset is of this journal, or the one that it came with, is sure to have been sent nothing else.
    ///
    /// - Parameters:
    ///   - pid: The private id.
    ///   - offset: How far its client got; `nil` if it never got anything.
    ///   - now: The present.
    /// - Returns: `nil` if it is not there, or something may be missing.
    package func find(_ pid: PrivateSessionID, after offset: String?, now: NIODeadline) -> Found? {
        guard let session = self.sessions[pid], session.disconnectedAt + self.maximumAbsence >= now else { return nil }
        if let offset, offset != session.priorOffset {
            guard let known = RecoveryOffset(offset), known.epoch == self.memory.current.epoch else { return nil }
        }
        guard case .complete(let missed, _, _) = self.memory.missed(by: session, after: offset, now: now) else {
            return nil
        }
        let rooms = Set(session.history.rooms)
        return Found(
            session: session,
            missed: missed.map(\.event),
            numbers: self.numbers.filter { rooms.contains($0.key) },
            epoch: self.memory.current.epoch,
            lostThrough: self.memory.lost.through
        )
    }
}

/// How an application numbers the events of its rooms, each room's from 1 on without a gap.
package struct RoomNumbering: Sendable {
    /// The name of the events that have numbers; they are for one room.
    package let eventName: String
    /// Which number an event has.
    package let number: @Sendable (RecoverableEvent) -> Int?

    /// Tells how events are numbered.
    package init(eventName: String, number: @escaping @Sendable (RecoverableEvent) -> Int?) {
        self.eventName = eventName
        self.number = number
    }
}
