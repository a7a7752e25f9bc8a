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
