// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import SocketIOTesting
import Testing

@Suite struct InMemoryRecoveryLogTests {
    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1_000 + seconds) }

    private func event(_ bytes: Int, to rooms: [Room] = []) -> RecoverableEvent {
        RecoverableEvent(
            name: "e",
            arguments: ByteBuffer(repeating: UInt8(ascii: "1"), count: bytes),
            target: BroadcastTarget(rooms: rooms)
        )
    }

    @Test("It does what every log has to do")
    func suite() async throws {
        let suite = RecoveryLogSuite { InMemoryRecoveryLog(options: $0, receiptWindow: RecoveryLogSuite.receiptWindow) }
        try await suite.run()
    }

    @Test("Logs differ in their epoch")
    func epochs() {
        let epochs = (0..<10).map { _ in
            InMemoryRecoveryLog(options: .init(), receiptWindow: .seconds(70)).current.epoch
        }
        #expect(Set(epochs).count > 1)
    }

    @Test("Events are kept for the longest absence and a receipt window more")
    func age() {
        let log = InMemoryRecoveryLog(options: RecoveryLogSuite.options, receiptWindow: .seconds(70))
        log.append(self.event(10), now: time(0)) { _ in }
        log.append(self.event(10), now: time(1)) { _ in }
        log.append(self.event(10), now: time(190)) { _ in }
        #expect(log.eventCount == 3)
        log.append(self.event(10), now: time(191)) { _ in }
        #expect(log.eventCount == 3)
    }

    @Test("A client that was away for as long as it may be misses nothing, whatever it was sent before it went")
    func longestAbsence() async {
        let log = InMemoryRecoveryLog(options: RecoveryLogSuite.options, receiptWindow: .seconds(70))
        // Sent just within the window before the end: the client may not have got it.
        log.append(self.event(10), now: time(30)) { _ in }
        let session = RecoverySession(
            pid: PrivateSessionID(random: (1, 1)),
            sid: "me",
            history: RoomHistory(rooms: []),
            settledThrough: 0,
            disconnectedAt: time(100),
            receivedBefore: time(30)
        )
        log.save(session, now: time(100))
        for second in 101...220 as ClosedRange<Int64> { log.append(self.event(10), now: time(second)) { _ in } }
        await confirmation { answered in
            log.take(session.pid, now: time(220)) { taken in
                #expect(taken == session)
                answered()
            }
        }
        await confirmation { answered in
            log.missedEvents(of: session, after: nil, now: time(220)) { missed in
                guard case .complete(let events, _, _) = missed else { return }
                #expect(events.count == 121)
                answered()
            }
        }
    }

    private func session(_ sid: String, rooms: [Room] = []) -> RecoverySession {
        RecoverySession(
            pid: PrivateSessionID(random: (1, 1)),
            sid: sid,
            history: RoomHistory(rooms: rooms),
            settledThrough: 0,
            disconnectedAt: time(1),
            receivedBefore: time(0)
        )
    }

    @Test("A thousand clients that missed too much cost little each, and so do those that missed little")
    func boundedSearch() {
        let log = InMemoryRecoveryLog(
            options: .init(maximumReplayBytes: 100 * 300, maximumExaminedEvents: 500),
            receiptWindow: .seconds(70)
        )
        for number in 0..<20_000 { log.append(self.event(10, to: [Room("\(number % 20)")]), now: time(1)) { _ in } }
        for _ in 0..<1_000 {
            log.missedEvents(of: self.session("me", rooms: ["3", "4"]), after: nil, now: time(2)) {
                #expect($0 == .incomplete)
            }
        }
        #expect(log.examinedEventCount < 1_000 * 150, "none after the byte bound was passed")
        let before = log.examinedEventCount
        let offset = RecoveryOffset(epoch: log.current.epoch, position: 19_900).encoded
        log.missedEvents(of: self.session("me", rooms: ["3", "4"]), after: offset, now: time(2)) { missed in
            guard case .complete(let events, _, _) = missed else {
                Issue.record("not complete")
                return
            }
            #expect(events.map(\.offset.position) == (19_901...20_000).filter { [3, 4].contains(($0 - 1) % 20) })
        }
        #expect(log.examinedEventCount == before + 10, "only those of its rooms, from its position on")
    }

    @Test("Events that are looked at in vain are bounded, too")
    func boundedExamination() {
        let log = InMemoryRecoveryLog(options: .init(maximumExaminedEvents: 100), receiptWindow: .seconds(70))
        let others = BroadcastTarget(exceptSocket: "me")
        for number in 1...101 {
            let event = RecoverableEvent(name: "e", arguments: ByteBuffer(), target: others)
            log.append(event, now: time(1)) { _ in }
            let isTooMuch = number > 100
            log.missedEvents(of: self.session("me"), after: nil, now: time(2)) { missed in
                #expect((missed == .incomplete) == isTooMuch, "\(number)")
            }
        }
    }

    @Test("What is for several of a session's rooms comes once, and all of it in order")
    func mergedRooms() {
        var random = SeededGenerator()
        let log = InMemoryRecoveryLog(options: .init(), receiptWindow: .seconds(70))
        let rooms = (0..<12).map { Room("\($0)") }
        var due: [UInt64] = []
        for position in 1...2_000 as ClosedRange<UInt64> {
            let target = rooms.filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
            if target.isEmpty || target.contains(where: { rooms.prefix(9).contains($0) }) { due.append(position) }
            log.append(self.event(10, to: target), now: time(1)) { _ in }
        }
        let (expected, seed) = (due, random.seed)
        log.missedEvents(of: self.session("me", rooms: Array(rooms.prefix(9))), after: nil, now: time(2)) { missed in
            guard case .complete(let events, _, _) = missed else {
                Issue.record("not complete")
                return
            }
            #expect(events.map(\.offset.position) == expected, "seed \(seed)")
        }
    }

    @Test("Any duration may be given")
    func longDurations() {
        let options = ConnectionStateRecovery(maxDisconnectionDuration: .seconds(Int64.max))
        let log = InMemoryRecoveryLog(options: options, receiptWindow: .seconds(70))
        for second in 0..<10 as Range<Int64> { log.append(self.event(10), now: time(second)) { _ in } }
        #expect(log.eventCount == 10)
    }

    @Test("An event does not keep the buffer that it came in")
    func compaction() {
        let log = InMemoryRecoveryLog(options: .init(), receiptWindow: .seconds(70))
        var received = ByteBufferAllocator().buffer(capacity: 65_536)
        received.writeRepeatingByte(UInt8(ascii: "1"), count: 60_000)
        let slice = received.getSlice(at: 100, length: 20) ?? ByteBuffer()
        let event = RecoverableEvent(name: "e", arguments: slice, attachments: [slice], target: BroadcastTarget())
        log.append(event, now: time(0)) { _ in }
        let session = RecoverySession(
            pid: PrivateSessionID(random: (1, 1)),
            sid: "me",
            history: RoomHistory(rooms: []),
            settledThrough: 0,
            disconnectedAt: time(1),
            receivedBefore: time(0)
        )
        log.missedEvents(of: session, after: nil, now: time(2)) { missed in
            guard case .complete(let events, _, _) = missed, let kept = events.first?.event else {
                Issue.record("not complete")
                return
            }
            #expect(kept == event)
            #expect(kept.arguments.storageCapacity < 1_000)
            #expect(kept.attachments.allSatisfy { $0.storageCapacity < 1_000 })
        }
    }

    @Test("Sessions that come and go leave nothing behind")
    func sessionChurn() {
        let log = InMemoryRecoveryLog(options: .init(maximumSessions: 50), receiptWindow: .seconds(70))
        var random = SeededGenerator()
        var saved: [PrivateSessionID] = []
        for second in 0..<5_000 as Range<Int64> {
            let pid = PrivateSessionID(random: (random.next(), random.next()))
            let session = RecoverySession(
                pid: pid,
                sid: "s",
                history: RoomHistory(rooms: ["a"]),
                settledThrough: 0,
                disconnectedAt: time(second),
                receivedBefore: time(second)
            )
            log.save(session, now: time(second))
            saved.append(pid)
            if Bool.random(using: &random) {
                log.take(saved.remove(at: .random(in: 0..<saved.count, using: &random)), now: time(second)) { _ in }
            }
            if saved.count > 60 { saved.removeFirst() }
            #expect(log.sessionCount <= 50, "seed \(random.seed)")
        }
        for pid in saved { log.take(pid, now: time(10_000)) { #expect($0 == nil) } }
        #expect(log.sessionCount == 0)
    }
}
