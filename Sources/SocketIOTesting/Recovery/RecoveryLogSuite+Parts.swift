// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Synchronization
import Testing

// What the checks are made of.
extension RecoveryLogSuite {
    func take(
        _ pid: PrivateSessionID,
        _ log: any RecoveryLog,
        _ seconds: Int64
    ) async throws -> RecoverySession? {
        let answer = Mutex<[RecoverySession?]>([])
        log.take(pid, now: time(seconds)) { taken in answer.withLock { $0.append(taken) } }
        try await self.settle()
        return try #require(answer.withLock { $0.first }, "take was not answered")
    }

    func missed(
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

    func expect(
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

    func append(_ number: Int, to target: BroadcastTarget, _ log: any RecoveryLog, _ seconds: Int64) {
        log.append(event(String(number), to: target), now: time(seconds)) { _ in }
    }

    func session(
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

    func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1_000 + seconds) }

    func pid(_ name: String) -> PrivateSessionID {
        let bits = name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
        return PrivateSessionID(random: (bits, ~bits))
    }

    func event(_ number: Int, bytes: Int) -> RecoverableEvent {
        let text = String(repeating: "x", count: bytes - 2)
        return RecoverableEvent(
            name: "\(number)",
            arguments: ByteBuffer(string: "\"\(text)\""),
            target: BroadcastTarget()
        )
    }

    func event(_ number: Int) -> RecoverableEvent { event(String(number), to: BroadcastTarget()) }

    func event(_ name: String, to target: BroadcastTarget) -> RecoverableEvent {
        RecoverableEvent(
            name: name,
            arguments: ByteBuffer(string: #"{"_placeholder":true,"num":0}"#),
            attachments: [ByteBuffer(bytes: [0, 255, 30])],
            target: target
        )
    }
}

extension [UInt64] {
    fileprivate var isRising: Bool { zip(self, self.dropFirst()).allSatisfy { $0 < $1 } }
}
