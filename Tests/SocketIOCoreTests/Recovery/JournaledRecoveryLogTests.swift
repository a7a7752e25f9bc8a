// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Synchronization
import Testing

@Suite struct JournaledRecoveryLogTests {
    private static let epochStart: Int64 = 1_700_000_000_000_000_000

    private func time(_ seconds: Int64) -> NIODeadline { RecoveryLogSuite.start + .seconds(seconds) }

    /// The log of a process whose clock shows `now`.
    private static func open(
        _ journal: TestRecoveryJournal,
        _ options: ConnectionStateRecovery = RecoveryLogSuite.options,
        now: NIODeadline = RecoveryLogSuite.start,
        nanoseconds: Int64? = nil
    ) -> JournaledRecoveryLog {
        JournaledRecoveryLog(
            options: options,
            receiptWindow: RecoveryLogSuite.receiptWindow,
            journal: journal,
            entries: journal.crash(),
            now: now,
            nanosecondsSince1970: nanoseconds ?? Self.epochStart + Int64(now.uptimeNanoseconds)
        )
    }

    private func event(_ name: String, bytes: Int = 10, to rooms: [Room] = []) -> RecoverableEvent {
        let arguments = ByteBuffer(repeating: UInt8(ascii: "1"), count: bytes)
        return RecoverableEvent(name: name, arguments: arguments, target: BroadcastTarget(rooms: rooms))
    }

    private func session(_ number: UInt64, on log: JournaledRecoveryLog, at seconds: Int64 = 1) -> RecoverySession {
        RecoverySession(
            pid: PrivateSessionID(random: (number, ~number)),
            sid: "s\(number)",
            history: RoomHistory(rooms: ["a"]),
            settledThrough: log.current.position,
            disconnectedAt: time(seconds),
            receivedBefore: time(0)
        )
    }

    private func checkpoint(_ session: RecoverySession) -> SessionCheckpoint {
        SessionCheckpoint(
            session: session,
            clock: ReceiptClock(window: RecoveryLogSuite.receiptWindow, now: session.disconnectedAt)
        )
    }

    private func take(_ session: RecoverySession, _ log: JournaledRecoveryLog, _ seconds: Int64) -> RecoverySession? {
        let taken = Mutex<RecoverySession?>(nil)
        log.take(session.pid, now: time(seconds)) { answer in taken.withLock { $0 = answer } }
        return taken.withLock { $0 }
    }

    @Test("It does what every log has to do, and what durable logs have to", arguments: [false, true])
    func suite(isSlow: Bool) async throws {
        let current = Mutex(TestRecoveryJournal())
        let suite = RecoveryLogSuite { options in
            let journal = TestRecoveryJournal()
            if isSlow { journal.behaviour = .holding }
            current.withLock { $0 = journal }
            // Opening ends what was there before, so the behaviour is set again.
            let log = Self.open(journal, options)
            if isSlow { journal.behaviour = .holding }
            return log
        } settle: {
            let journal = current.withLock { $0 }
            while journal.commit() {}
        } reopen: { options, now in
            let journal = current.withLock { $0 }
            let log = Self.open(journal, options, now: now)
            if isSlow { journal.behaviour = .holding }
            return log
        }
        try await suite.run()
    }

    @Test("Nothing is answered before it is committed, and what gathers meanwhile is committed together")
    func groupCommit() {
        let journal = TestRecoveryJournal()
        let log = Self.open(journal)
        journal.behaviour = .holding
        let answers = Mutex<[String]>([])
        for number in 1...5 {
            log.append(self.event("\(number)"), now: time(1)) { offset in
                answers.withLock { $0.append("\(offset?.position ?? 0)") }
            }
        }
        log.flush { answers.withLock { $0.append("flush") } }
        #expect(answers.withLock { $0 } == [])
        journal.commit()
        #expect(answers.withLock { $0 } == ["1"])
        journal.commit()
        #expect(answers.withLock { $0 } == ["1", "2", "3", "4", "5", "flush"])
        #expect(!journal.commit())
        #expect(journal.batchCount == 2)
    }

    @Test("What a turn of the shard records is committed together, at its end")
    func gathering() {
        let journal = TestRecoveryJournal()
        let log = Self.open(journal)
        let endsOfTurns = Mutex<[@Sendable () -> Void]>([])
        journal.gather { end in endsOfTurns.withLock { $0.append(end) } }
        let answers = Mutex<[UInt64]>([])
        func append(_ name: String) {
            log.append(self.event(name), now: time(1)) { offset in answers.withLock { $0.append(offset?.position ?? 0) }
            }
        }
        func endTurn() { for end in endsOfTurns.withLock({ [$0.removeFirst()] }) { end() } }
        append("1")
        append("2")
        log.save(self.session(1, on: log), now: time(1))
        log.flush { answers.withLock { $0.append(100) } }
        #expect(answers.withLock { $0 } == [] && journal.batchCount == 0)
        endTurn()
        #expect(answers.withLock { $0 } == [1, 2, 100] && journal.batchCount == 1)
        journal.behaviour = .holding
        append("3")
        endTurn()
        append("4")
        append("5")
        #expect(endsOfTurns.withLock { $0.isEmpty }, "a batch is being committed")
        journal.commit()
        #expect(answers.withLock { $0 } == [1, 2, 100, 3])
        endTurn()
        journal.commit()
        #expect(answers.withLock { $0 } == [1, 2, 100, 3, 4, 5] && journal.batchCount == 3)
        #expect(endsOfTurns.withLock { $0.isEmpty })
    }

    @Test(
        "Events that are lost are not taken up again, though their records may still be there",
        arguments: [0, 2, 100]
    )
    func lateDrop(lateness: UInt64) {
        let journal = TestRecoveryJournal()
        journal.lateness = lateness
        var log = Self.open(journal)
        for number in 0..<5 { log.append(self.event("\(number)", to: ["a"]), now: time(1)) { _ in } }
        log.skipped(now: time(2))
        #expect(Self.open(journal, now: time(3)).lastEvents(named: "4").isEmpty)
        log = Self.open(journal, now: time(3))
        #expect(log.eventCount == 0 && log.current.position == 5)
        log.append(self.event("next", to: ["a"]), now: time(4)) { #expect($0?.position == 6) }
        log = Self.open(journal, now: time(5))
        #expect(log.eventCount == 1 && log.current.position == 6)
    }

    @Test("What was not committed is lost, and its place is given to another event")
    func lostTail() {
        let journal = TestRecoveryJournal()
        var log = Self.open(journal)
        log.append(self.event("kept"), now: time(1)) { _ in }
        let offset = log.current
        journal.behaviour = .dying(afterBatches: 0, isLastAnswered: false)
        log.append(self.event("lost"), now: time(1)) { _ in Issue.record("answered") }
        log = Self.open(journal, now: time(2))
        #expect(log.current == offset)
        log.append(self.event("other"), now: time(3)) { #expect($0?.position == offset.position + 1) }
    }

    @Test("A journal that fails: its events go out without a place, and nobody is restored across them")
    func failing() {
        let journal = TestRecoveryJournal()
        let log = Self.open(journal)
        let (away, online) = (self.session(1, on: log), self.session(2, on: log))
        log.append(self.event("1"), now: time(1)) { #expect($0 != nil) }
        log.save(away, now: time(1))
        let before = log.current
        journal.behaviour = .failing
        let answers = Mutex<[RecoveryOffset?]>([])
        log.append(self.event("2"), now: time(2)) { offset in answers.withLock { $0.append(offset) } }
        #expect(answers.withLock { $0 } == [nil])
        #expect(log.current.epoch != before.epoch && log.current.position == before.position + 1)
        journal.behaviour = .prompt
        log.append(self.event("3"), now: time(3)) { #expect($0?.position == before.position + 2) }
        for reopened in [log, Self.open(journal, now: time(4))] {
            #expect(self.take(away, reopened, 4) == nil)
            reopened.missedEvents(of: online, after: before.encoded, now: time(4)) { #expect($0 == .incomplete) }
            let known = RecoveryOffset(epoch: reopened.current.epoch, position: before.position + 1).encoded
            reopened.missedEvents(of: online, after: known, now: time(4)) { missed in
                guard case .complete(let events, _, _) = missed else {
                    Issue.record("not complete")
                    return
                }
                #expect(events.map(\.event.name) == ["3"])
            }
        }
    }

    @Test("A damaged journal is dropped whole, wherever the damage is")
    func damage() {
        var random = SeededGenerator()
        for _ in 0..<300 {
            let journal = TestRecoveryJournal()
            var log = Self.open(journal)
            let session = self.session(1, on: log)
            for number in 0..<4 { log.append(self.event("\(number)", to: ["a"]), now: time(1)) { _ in } }
            log.save(session, now: time(2))
            let epoch = log.current.epoch
            let index = Int.random(in: 0..<journal.entries.count, using: &random)
            journal.damage { entries in
                var bytes = Array(entries[index].record.readableBytesView)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
                case 1: bytes.append(0)
                default: bytes[0] = 99
                }
                entries[index] = JournalEntry(serial: entries[index].serial, record: ByteBuffer(bytes: bytes))
            }
            log = Self.open(journal, now: time(3))
            #expect(log.current.epoch != epoch && log.eventCount == 0, "seed \(random.seed)")
            #expect(self.take(session, log, 3) == nil, "seed \(random.seed)")
            log.append(self.event("new"), now: time(4)) { #expect($0 != nil) }
            let next = Self.open(journal, now: time(5)).current
            #expect(next == log.current, "seed \(random.seed)")
        }
    }

    @Test("Records in which bytes are changed, or which are missing, never trap")
    func garbage() {
        var random = SeededGenerator()
        let seed = random.seed
        for _ in 0..<400 {
            let journal = TestRecoveryJournal()
            let log = Self.open(journal)
            let session = self.session(1, on: log)
            for number in 0..<3 { log.append(self.event("\(number)", to: ["a"]), now: time(1)) { _ in } }
            log.checkpoint(self.checkpoint(session), now: time(2))
            journal.damage { entries in
                let index = Int.random(in: 0..<entries.count, using: &random)
                if Bool.random(using: &random) {
                    entries.remove(at: index)
                } else {
                    var bytes = Array(entries[index].record.readableBytesView)
                    for _ in 0..<Int.random(in: 1...4, using: &random) {
                        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                    }
                    entries[index] = JournalEntry(serial: entries[index].serial, record: ByteBuffer(bytes: bytes))
                }
            }
            let reopened = Self.open(journal, now: time(3))
            reopened.append(self.event("new", to: ["a"]), now: time(4)) { #expect($0 != nil, "seed \(seed)") }
            if let taken = self.take(session, reopened, 4) {
                reopened.missedEvents(of: taken, after: nil, now: time(4)) { _ in }
            }
        }
    }

    @Test("A machine that was started anew, or set back, makes nobody miss anything")
    func clocks() {
        let wall = Self.epochStart + Int64(time(110).uptimeNanoseconds)
        // Up for three seconds only; set back by an hour.
        #expect(self.restart(at: [(3, wall)]) == ["1"])
        #expect(self.restart(at: [(5_000, wall - 3_600_000_000_000)]) == ["1"])
        // After a second start of the machine nobody knows any more for how long the client has been away.
        #expect(self.restart(at: [(3, wall), (3, wall + 10_000_000_000)]) == nil)
    }

    /// Takes a session after each start and saves it again.
    ///
    /// Returns what it was due after the last; `nil` if it begins anew.
    private func restart(at starts: [(uptime: UInt64, nanoseconds: Int64)]) -> [String]? {
        let journal = TestRecoveryJournal()
        let log = Self.open(journal)
        let session = self.session(1, on: log)
        log.checkpoint(self.checkpoint(session), now: time(1))
        log.append(self.event("1", to: ["a"]), now: time(100)) { _ in }
        let due = Mutex<[String]?>(nil)
        for (uptime, nanoseconds) in starts {
            let now = NIODeadline.uptimeNanoseconds(uptime * 1_000_000_000)
            let reopened = Self.open(journal, now: now, nanoseconds: nanoseconds)
            due.withLock { $0 = nil }
            reopened.take(session.pid, now: now) { taken in
                guard let taken else { return }
                reopened.missedEvents(of: taken, after: nil, now: now) { missed in
                    guard case .complete(let events, _, _) = missed else { return }
                    due.withLock { $0 = events.map(\.event.name) }
                }
                reopened.save(taken, now: now)
            }
        }
        return due.withLock { $0 }
    }

    @Test("The journal stays small: what is not needed is dropped, and sessions that stay are written again")
    func compaction() {
        let journal = TestRecoveryJournal()
        var options = RecoveryLogSuite.options
        options.maximumEvents = 100
        var log = Self.open(journal, options)
        let stays = (0..<20).map { self.session($0, on: log) }
        for session in stays { log.checkpoint(self.checkpoint(session), now: time(1)) }
        for number in 0..<8_000 {
            log.append(self.event("\(number)", to: ["a"]), now: time(2)) { _ in }
            if number % 10 == 0 {
                let visitor = self.session(UInt64(1_000 + number), on: log)
                log.checkpoint(self.checkpoint(visitor), now: time(2))
                log.forget(visitor.pid, now: time(2))
            }
            if number % 100 == 0 { #expect(journal.entries.count < 4_000) }
        }
        #expect(log.recordCount < 4_000)
        let current = log.current
        log = Self.open(journal, options, now: time(3))
        #expect(log.current == current)
        #expect(log.eventCount == 100)
        for session in stays { #expect(self.take(session, log, 3)?.history == session.history) }
        for _ in 0..<100 { log.noteTime(now: time(4)) }
        #expect(log.eventCount == 100)
    }
}
