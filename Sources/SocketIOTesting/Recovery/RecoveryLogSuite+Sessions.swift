// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Synchronization
import Testing
import WireJSON

// What is kept of sessions, and for how long.
extension RecoveryLogSuite {
    func takenOnce() async throws {
        let log = try await self.fresh(Self.options)
        let session = session("a", on: log)
        log.save(session, now: time(1))
        let takes = Mutex<[RecoverySession?]>([])
        for _ in 0..<3 { log.take(session.pid, now: time(2)) { taken in takes.withLock { $0.append(taken) } } }
        try await self.settle()
        #expect(takes.withLock { $0 } == [session, nil, nil])
        #expect(try await self.take(pid("b"), log, 2) == nil, "nobody knows it")
        log.save(session, now: time(3))
        #expect(try await self.take(session.pid, log, 4) == session, "saved again, as when a restored client goes away")
    }

    func sessionsAsTheyWereSaved() async throws {
        let log = try await self.fresh(Self.options)
        var changes = RoomChanges()
        for (room, isJoin) in [(Room("x"), true), ("é\u{0}", true), ("x", false)] {
            let change = RoomChanges.Change(room: room, isJoin: isJoin, position: 3, time: time(1))
            changes.note(change, receivedBefore: time(0), maximumCount: 2)
        }
        var session = session(
            "a",
            on: log,
            history: RoomHistory(rooms: ["é\u{0}", Room("x", realm: 1)], changes: changes)
        )
        session.data = ["user": try JSONValue(validating: ByteBuffer(string: #"{"id":1.0,"name":"\u00e9"}"#))]
        session.replay = .init(lastEvent: 2, logPosition: 3)
        log.save(session, now: time(1))
        #expect(try await self.take(session.pid, log, 2) == session)
        var newer = session
        newer.data = [:]
        log.save(session, now: time(3))
        log.save(newer, now: time(4))
        #expect(try await self.take(session.pid, log, 5) == newer, "the newer one counts")
        #expect(try await self.take(session.pid, log, 5) == nil)
    }

    func tooLong() async throws {
        let log = try await self.fresh(Self.options)
        let (early, late) = (session("early", on: log, awayAt: 10), session("late", on: log, awayAt: 11))
        log.save(early, now: time(10))
        log.save(late, now: time(11))
        #expect(try await self.take(early.pid, log, 131) == nil, "two minutes are over")
        #expect(try await self.take(late.pid, log, 131) == late)
    }

    func bounds() async throws {
        var options = Self.options
        options.maximumSessions = 3
        var log = try await self.fresh(options)
        for name in ["a", "b", "c", "d"] { log.save(self.session(name, on: log), now: time(1)) }
        #expect(try await self.take(pid("a"), log, 2) == nil, "the oldest goes first")
        for name in ["b", "c", "d"] { #expect(try await self.take(pid(name), log, 2) != nil) }

        options = Self.options
        options.maximumEventBytes = 20_000
        options.maximumReplayBytes = 4_000
        log = try await self.fresh(options)
        let session = session("me", on: log)
        log.append(event(0, bytes: 5_000), now: time(1)) { _ in }
        try await self.settle()
        let after = log.current.encoded
        #expect(try await self.missed(session, after: nil, log, 2) == .incomplete, "more than one client is sent")
        for number in 1...10 { log.append(event(number, bytes: 100), now: time(2)) { _ in } }
        try await self.expect(session, after: after, at: 2, on: log, gets: Array(1...10))
        for number in 11...50 { log.append(event(number, bytes: 2_000), now: time(3)) { _ in } }
        #expect(try await self.missed(session, after: after, log, 4) == .incomplete, "bytes are bounded")
    }
}
