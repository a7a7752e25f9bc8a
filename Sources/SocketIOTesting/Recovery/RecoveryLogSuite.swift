// Licensed under the MIT licence.

package import NIOCore
package import SocketIOCore
import Synchronization
import Testing
import WireJSON

/// What every ``RecoveryLog`` has to do.
///
/// A test of each log runs all of it: `try await RecoveryLogSuite(fresh: …).run()`. Logs that call back later are waited for by
/// `settle`, which is to return once every callback has been called.
package struct RecoveryLogSuite: Sendable {
    /// The options of every log under test, unless a check needs others.
    package static let options = ConnectionStateRecovery(
        maxDisconnectionDuration: .seconds(120),
        maximumReplayBytes: 100_000
    )
    /// How long after it was sent something has surely been received.
    package static let receiptWindow: TimeAmount = .seconds(70)

    private let fresh: @Sendable (ConnectionStateRecovery) async throws -> any RecoveryLog
    private let settle: @Sendable () async throws -> Void

    /// Prepares the checks.
    package init(
        fresh: @escaping @Sendable (ConnectionStateRecovery) async throws -> any RecoveryLog,
        settle: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.fresh = fresh
        self.settle = settle
    }

    /// Runs every check.
    package func run() async throws {
        try await self.places()
        try await self.takenOnce()
        try await self.sessionsAsTheyWereSaved()
        try await self.missedByRoom()
        try await self.missedByHistory()
        try await self.offsets()
        try await self.quietSessions()
        try await self.held()
        try await self.tooLong()
        try await self.bounds()
    }

    // MARK: Checks

    func places() async throws {
        let log = try await self.fresh(Self.options)
        let begin = log.current
        let offsets = Mutex<[RecoveryOffset?]>([])
        for number in 0..<20 {
            log.append(event(number), now: time(0)) { offset in offsets.withLock { $0.append(offset) } }
        }
        try await self.settle()
        let expected = (1...20).map { RecoveryOffset(epoch: begin.epoch, position: begin.position + $0) }
        #expect(offsets.withLock { $0 } == expected, "one after the other, in the order of the appends")
        #expect(log.current == expected.last)

        let session = session("me", on: log)
        let answered = Mutex<[String]>([])
        for number in 0..<3 {
            log.append(event(number), now: time(1)) { _ in answered.withLock { $0.append("append \(number)") } }
            log.missedEvents(of: session, after: nil, now: time(1)) { missed in
                guard case .complete(let events, _, _) = missed else { return }
                answered.withLock { $0.append("\(events.count) missed") }
            }
        }
        try await self.settle()
        let order = ["append 0", "1 missed", "append 1", "2 missed", "append 2", "3 missed"]
        #expect(answered.withLock { $0 } == order, "in the order of the calls, each of which sees those before it")
    }

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

    func missedByRoom() async throws {
        let log = try await self.fresh(Self.options)
        let session = session("me", on: log, history: RoomHistory(rooms: ["a", "b"]))
        let targets: [(target: BroadcastTarget, isDue: Bool)] = [
            (BroadcastTarget(), true),
            (BroadcastTarget(rooms: ["a"]), true),
            (BroadcastTarget(rooms: [Room("a", realm: 1)]), false),
            (BroadcastTarget(rooms: ["c"]), false),
            (BroadcastTarget(rooms: ["c", "b", "a", "a"]), true),
            (BroadcastTarget(rooms: ["me"]), true),
            (BroadcastTarget(rooms: ["other"]), false),
            (BroadcastTarget(except: ["b"]), false),
            (BroadcastTarget(except: ["c"]), true),
            (BroadcastTarget(rooms: ["a"], except: ["me"]), false),
            (BroadcastTarget(rooms: ["a"], exceptSocket: "me"), false),
            (BroadcastTarget(exceptSocket: "other"), true),
            (BroadcastTarget(rooms: ["a"], isLocal: true), true),
        ]
        for (number, row) in targets.enumerated() { self.append(number, to: row.target, log, 1) }
        try await self.expect(session, at: 2, on: log, gets: targets.indices.filter { targets[$0].isDue })
    }

    func missedByHistory() async throws {
        let log = try await self.fresh(Self.options)
        // In `a` for events 2 and 3 and from 6 on, in `b` until 4.
        var changes = RoomChanges()
        for (room, isJoin, position) in [("a", true, 1), ("a", false, 3), ("b", false, 4), ("a", true, 5)] {
            let change = RoomChanges.Change(
                room: Room(room),
                isJoin: isJoin,
                position: log.current.position + UInt64(position),
                time: time(1)
            )
            changes.note(change, receivedBefore: time(0), maximumCount: 100)
        }
        let session = session("me", on: log, history: RoomHistory(rooms: ["a"], changes: changes))
        for number in 1...4 { self.append(number, to: BroadcastTarget(rooms: ["a"]), log, 1) }
        for number in 5...8 { self.append(number, to: BroadcastTarget(rooms: ["a"], except: ["b"]), log, 1) }
        try await self.expect(session, at: 2, on: log, gets: [2, 3, 6, 7, 8])

        var forgetful = RoomChanges()
        for change in changes.all { forgetful.note(change, receivedBefore: time(0), maximumCount: 2) }
        let forgotten = RecoverySession(
            pid: session.pid,
            sid: session.sid,
            history: RoomHistory(rooms: ["a"], changes: forgetful),
            settledThrough: session.settledThrough,
            disconnectedAt: session.disconnectedAt,
            receivedBefore: session.receivedBefore
        )
        #expect(try await self.missed(forgotten, after: nil, log, 2) == .incomplete, "nobody knows where it was")
        let known = RecoveryOffset(epoch: log.current.epoch, position: forgetful.unknownThrough).encoded
        try await self.expect(forgotten, after: known, at: 2, on: log, gets: [6, 7, 8])
    }

    func offsets() async throws {
        let log = try await self.fresh(Self.options)
        let begin = log.current
        self.append(0, to: BroadcastTarget(), log, 1)
        try await self.settle()
        let session = session("me", on: log)
        for number in 1...5 { self.append(number, to: BroadcastTarget(), log, 1) }
        func offset(_ position: UInt64) -> String {
            RecoveryOffset(epoch: begin.epoch, position: begin.position + position).encoded
        }
        try await self.expect(session, at: 2, on: log, gets: [1, 2, 3, 4, 5])
        try await self.expect(session, after: offset(3), at: 2, on: log, gets: [3, 4, 5])
        try await self.expect(session, after: offset(6), at: 2, on: log, gets: [])
        try await self.expect(session, after: offset(0), at: 2, on: log, gets: [1, 2, 3, 4, 5], "before it joined")
        let foreign = RecoveryOffset(epoch: begin.epoch ^ 1, position: 4).encoded
        try await self.expect(session, after: foreign, at: 2, on: log, gets: [1, 2, 3, 4, 5], "of an earlier session")
        for nonsense in [offset(7), "", ".", "hello", offset(3) + " ", "0" + offset(3), offset(3).uppercased() + "Z"] {
            let missed = try await self.missed(session, after: nonsense, log, 2)
            #expect(missed == .incomplete, "\(nonsense)")
        }
    }

    func quietSessions() async throws {
        var options = Self.options
        options.maximumEvents = 10
        let log = try await self.fresh(options)
        let session = session("me", on: log, awayAt: 100, receivedBefore: 30)
        // All but the last ten are lost; none of these could be for a client that was away from 100 s on.
        for number in 0..<25 { self.append(number, to: BroadcastTarget(), log, 1) }
        try await self.expect(session, at: 101, on: log, gets: [], "what is older than what it received was not for it")
        for number in 25..<34 { self.append(number, to: BroadcastTarget(), log, 40) }
        try await self.expect(session, at: 101, on: log, gets: Array(25..<34))
        for number in 34..<40 { self.append(number, to: BroadcastTarget(rooms: ["elsewhere"]), log, 41) }
        #expect(try await self.missed(session, after: nil, log, 101) == .incomplete, "nobody knows what was lost")
        try await self.settle()
        let late = RecoveryOffset(epoch: log.current.epoch, position: log.current.position - 10).encoded
        try await self.expect(session, after: late, at: 101, on: log, gets: [30, 31, 32, 33])
    }

    func held() async throws {
        let log = try await self.fresh(Self.options)
        var session = session("me", on: log)
        for number in 1...5 { self.append(number, to: BroadcastTarget(), log, 1) }
        try await self.settle()
        let start = session.settledThrough
        session.replay = .init(lastEvent: start + 4, logPosition: start + 4)
        let before = RecoveryOffset(epoch: log.current.epoch, position: start + 3).encoded
        let after = RecoveryOffset(epoch: log.current.epoch, position: start + 4).encoded
        #expect(try await self.missed(session, after: nil, log, 2) == .held(start: start, current: log.current))
        #expect(try await self.missed(session, after: before, log, 2) == .held(start: start + 3, current: log.current))
        try await self.expect(session, after: after, at: 2, on: log, gets: [5])
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

// MARK: Parts

extension RecoveryLogSuite {
    private func take(
        _ pid: PrivateSessionID,
        _ log: any RecoveryLog,
        _ seconds: Int64
    ) async throws -> RecoverySession? {
        let answer = Mutex<[RecoverySession?]>([])
        log.take(pid, now: time(seconds)) { taken in answer.withLock { $0.append(taken) } }
        try await self.settle()
        return try #require(answer.withLock { $0.first }, "take was not answered")
    }

    private func missed(
        _ session: RecoverySession,
        after offset: String?,
        _ log: any RecoveryLog,
        _ seconds: Int64
    ) async throws -> MissedEvents {
        let answer = Mutex<[MissedEvents]>([])
        log.missedEvents(of: session, after: offset, now: time(seconds)) { missed in
            answer.withLock { $0.append(missed) }
        }
        try await self.settle()
        let answers = answer.withLock { $0 }
        #expect(answers.count == 1)
        return try #require(answers.first, "missedEvents was not answered")
    }

    private func expect(
        _ session: RecoverySession,
        after offset: String? = nil,
        at seconds: Int64,
        on log: any RecoveryLog,
        gets numbers: [Int],
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let missed = try await self.missed(session, after: offset, log, seconds)
        guard case .complete(let events, _, let current) = missed else {
            Issue.record("\(missed), not the events \(numbers)", sourceLocation: sourceLocation)
            return
        }
        #expect(events.map(\.event.name) == numbers.map(String.init), comment, sourceLocation: sourceLocation)
        #expect(events.map(\.offset.position).isRising, sourceLocation: sourceLocation)
        #expect(events.allSatisfy { $0.offset.epoch == current.epoch }, sourceLocation: sourceLocation)
        #expect(current == log.current, sourceLocation: sourceLocation)
        for logged in events where logged.event.arguments.readableBytes < 50 {
            #expect(logged.event == event(logged.event.name, to: logged.event.target), sourceLocation: sourceLocation)
        }
    }

    private func append(_ number: Int, to target: BroadcastTarget, _ log: any RecoveryLog, _ seconds: Int64) {
        log.append(event(String(number), to: target), now: time(seconds)) { _ in }
    }

    private func session(
        _ name: String,
        on log: any RecoveryLog,
        history: RoomHistory = RoomHistory(rooms: []),
        awayAt: Int64 = 1,
        receivedBefore: Int64 = 0
    ) -> RecoverySession {
        RecoverySession(
            pid: pid(name),
            sid: name,
            history: history,
            settledThrough: log.current.position,
            disconnectedAt: time(awayAt),
            receivedBefore: time(receivedBefore)
        )
    }
}

private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1_000 + seconds) }

private func pid(_ name: String) -> PrivateSessionID {
    let bits = name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    return PrivateSessionID(random: (bits, ~bits))
}

private func event(_ number: Int, bytes: Int) -> RecoverableEvent {
    let text = String(repeating: "x", count: bytes - 2)
    return RecoverableEvent(
        name: "\(number)",
        arguments: ByteBuffer(string: "\"\(text)\""),
        target: BroadcastTarget()
    )
}

private func event(_ number: Int) -> RecoverableEvent { event(String(number), to: BroadcastTarget()) }

private func event(_ name: String, to target: BroadcastTarget) -> RecoverableEvent {
    RecoverableEvent(
        name: name,
        arguments: ByteBuffer(string: #"{"_placeholder":true,"num":0}"#),
        attachments: [ByteBuffer(bytes: [0, 255, 30])],
        target: target
    )
}

extension [UInt64] {
    fileprivate var isRising: Bool { zip(self, self.dropFirst()).allSatisfy { $0 < $1 } }
}
