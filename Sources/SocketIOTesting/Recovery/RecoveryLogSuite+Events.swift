// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Synchronization
import Testing

// Places, and what a session missed.
extension RecoveryLogSuite {
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
}
