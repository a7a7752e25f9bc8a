// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Synchronization
import Testing
import WireJSON

// Sessions in use, and what is left of everything when a process ends without a word.
extension RecoveryLogSuite {
    func inUse() async throws {
        let log = try await self.fresh(Self.options)
        let session = session("me", on: log)
        let answers = Mutex<[String]>([])
        log.append(event(0), now: time(1)) { _ in answers.withLock { $0.append("append") } }
        log.changing(session.pid, now: time(1)) { answers.withLock { $0.append("changing unknown") } }
        log.checkpoint(self.checkpoint(session, 1), now: time(1))
        log.changing(session.pid, now: time(2)) { answers.withLock { $0.append("changing") } }
        log.missedEvents(of: session, after: nil, now: time(2)) { _ in answers.withLock { $0.append("missed") } }
        log.flush { answers.withLock { $0.append("flush") } }
        try await self.settle()
        #expect(answers.withLock { $0 } == ["append", "changing unknown", "changing", "missed", "flush"])
        log.checkpoint(self.checkpoint(session, 3), now: time(3))
        #expect(try await self.take(session.pid, log, 3) == nil, "its socket lives in this process")
        log.save(session, now: time(4))
        #expect(try await self.take(session.pid, log, 5) == session)
        log.checkpoint(self.checkpoint(session, 6), now: time(6))
        log.noteTime(now: time(7))
        log.forget(session.pid, now: time(8))
        #expect(try await self.take(session.pid, log, 9) == nil)
    }

    func restarts() async throws {
        try await self.everythingSurvives()
        try await self.sessionsInUseSurvive()
        try await self.changesSurviveOrEndSessions()
        try await self.whatIsGoneStaysGone()
        try await self.quietSessionsSurvive()
        try await self.timeGoesOn()
    }

    private func restarted(at seconds: Int64) async throws -> any RecoveryLog {
        try await self.settle()
        let reopen = try #require(self.reopen)
        let log = try await reopen(Self.options, time(seconds))
        #expect(log.isDurable)
        return log
    }

    private func everythingSurvives() async throws {
        var log = try await self.fresh(Self.options)
        let begin = log.current
        let session = session("me", on: log, history: RoomHistory(rooms: ["é\u{0}", Room("x", realm: 1)]))
        for number in 1...3 { self.append(number, to: BroadcastTarget(), log, 1) }
        for _ in 0..<2 {
            log.save(session, now: time(2))
            log = try await self.restarted(at: 3)
            #expect(log.current == RecoveryOffset(epoch: begin.epoch, position: begin.position + 3))
            #expect(try await self.take(session.pid, log, 3) == session)
            try await self.expect(session, at: 3, on: log, gets: [1, 2, 3])
        }
        self.append(4, to: BroadcastTarget(rooms: ["é\u{0}"], except: ["y"], exceptSocket: "other"), log, 4)
        let behind = RecoveryOffset(epoch: begin.epoch, position: begin.position + 5).encoded
        #expect(try await self.missed(session, after: behind, log, 5) == .incomplete, "behind the log's end")
        log = try await self.restarted(at: 6)
        try await self.expect(session, at: 6, on: log, gets: [1, 2, 3, 4])
    }

    private func sessionsInUseSurvive() async throws {
        var log = try await self.fresh(Self.options)
        let session = session("me", on: log, history: RoomHistory(rooms: ["a"]))
        log.checkpoint(self.checkpoint(session, 1), now: time(1))
        self.append(1, to: BroadcastTarget(rooms: ["a"]), log, 90)
        self.append(2, to: BroadcastTarget(rooms: ["b"]), log, 100)
        log = try await self.restarted(at: 110)
        self.append(3, to: BroadcastTarget(rooms: ["a"]), log, 180)
        // A second end, before the client is back: nothing more has been received meanwhile.
        log = try await self.restarted(at: 190)
        let taken = try #require(try await self.take(session.pid, log, 190))
        #expect(taken.history == session.history && taken.sid == session.sid)
        #expect(taken.disconnectedAt == time(100), "the last that was heard of the process")
        #expect(taken.receivedBefore == time(30))
        try await self.expect(taken, at: 190, on: log, gets: [1, 3])
    }

    private func changesSurviveOrEndSessions() async throws {
        var log = try await self.fresh(Self.options)
        let names = ["unchanged", "changing", "changed", "left"]
        let sessions = names.map { self.session($0, on: log, history: RoomHistory(rooms: ["a"])) }
        for session in sessions { log.checkpoint(self.checkpoint(session, 1), now: time(1)) }
        for session in sessions[1...] { log.changing(session.pid, now: time(2)) {} }
        var changed = sessions[2]
        changed.history = RoomHistory(rooms: ["a", "b"])
        changed.data = ["k": .emptyObject]
        log.checkpoint(self.checkpoint(changed, 2), now: time(2))
        log.save(sessions[3], now: time(2))
        log = try await self.restarted(at: 3)
        #expect(try await self.take(sessions[0].pid, log, 3) != nil)
        #expect(try await self.take(sessions[1].pid, log, 3) == nil, "nobody knows to what")
        let taken = try await self.take(changed.pid, log, 3)
        #expect(taken?.history == changed.history && taken?.data == changed.data)
        #expect(try await self.take(sessions[3].pid, log, 3) == sessions[3])
    }

    private func whatIsGoneStaysGone() async throws {
        var log = try await self.fresh(Self.options)
        let (forgotten, taken) = (session("forgotten", on: log), session("taken", on: log))
        log.checkpoint(self.checkpoint(forgotten, 1), now: time(1))
        log.save(taken, now: time(1))
        #expect(try await self.take(taken.pid, log, 2) == taken)
        log.forget(forgotten.pid, now: time(2))
        log = try await self.restarted(at: 3)
        #expect(try await self.take(forgotten.pid, log, 3) == nil)
        #expect(try await self.take(taken.pid, log, 3) == nil, "it may have been sent anything")
    }

    private func quietSessionsSurvive() async throws {
        var log = try await self.fresh(Self.options)
        let (read, unread) = (session("read", on: log), session("unread", on: log))
        log.checkpoint(self.checkpoint(read, 1), now: time(1))
        var clock = self.checkpoint(unread, 1).clock
        clock.readingPaused(now: time(1))
        log.checkpoint(SessionCheckpoint(session: unread, clock: clock), now: time(1))
        self.append(1, to: BroadcastTarget(rooms: ["elsewhere"]), log, 1)
        for second in stride(from: 5, through: 600, by: 5) { log.noteTime(now: time(Int64(second))) }
        self.append(2, to: BroadcastTarget(), log, 600)
        log = try await self.restarted(at: 610)
        let taken = try #require(try await self.take(read.pid, log, 610))
        #expect(taken.receivedBefore == time(530))
        try await self.expect(taken, at: 610, on: log, gets: [2])
        let held = try #require(try await self.take(unread.pid, log, 610))
        #expect(held.receivedBefore <= time(1), "it was not heard, so nobody knows what it received")
        #expect(try await self.missed(held, after: nil, log, 610) == .incomplete)
    }

    private func timeGoesOn() async throws {
        var log = try await self.fresh(Self.options)
        let (early, late) = (session("early", on: log, awayAt: 10), session("late", on: log, awayAt: 20))
        log.save(early, now: time(10))
        log.save(late, now: time(20))
        log = try await self.restarted(at: 135)
        #expect(try await self.take(early.pid, log, 135) == nil, "two minutes are over")
        #expect(try await self.take(late.pid, log, 135) == late)
    }

    private func checkpoint(_ session: RecoverySession, _ seconds: Int64) -> SessionCheckpoint {
        let clock = ReceiptClock(window: Self.receiptWindow, now: time(seconds), receivedBefore: session.receivedBefore)
        var session = session
        session.disconnectedAt = time(seconds)
        return SessionCheckpoint(session: session, clock: clock)
    }
}
