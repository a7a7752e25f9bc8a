// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import SocketIOCore
import SocketIOTesting
import Synchronization
import Testing

@testable import ChatStores

/// What processes keep of their clients on a real server, and take from each other.
@Suite(.timeLimit(.minutes(15))) struct RedisRecoveryTests {
    private static let numbering = RoomNumbering(eventName: "n") { Int(String(buffer: $0.arguments)) }
    private static let options = ConnectionStateRecovery()

    /// A process with its own connection; its log is on a loop of its own.
    private final class Process: Sendable {
        let client: RedisClient
        let recovery: RedisRecovery
        let loop: any EventLoop
        let log: SharedRecoveryLog
        private let box = Box()

        init(
            _ server: ServerProcess,
            _ adjust: (inout RedisRecoveryOptions) -> Void = { _ in }
        ) async throws {
            let client = RedisClient(.live(server))
            try client.start()
            self.client = client
            var options = RedisRecoveryOptions(leaseDuration: .seconds(4))
            options.silence = .milliseconds(200)
            adjust(&options)
            let recovery = RedisRecovery(client, options)
            self.recovery = recovery
            // Where there is more than one loop, not the client's.
            let loop = RedisClient(.live(server)).eventLoop
            self.loop = loop
            let box = self.box
            self.log = try await loop.submit {
                recovery.open(on: loop, options: RedisRecoveryTests.options, numbering: RedisRecoveryTests.numbering) {
                    pid,
                    offset,
                    whenDone in
                    guard let log = box.log.withLock({ $0 }) else { return whenDone(nil) }
                    log.take(pid, now: .now()) { session in
                        guard let session else { return whenDone(nil) }
                        let pause = box.pause.withLock { $0 } ?? { goOn in goOn() }
                        pause { log.depart(session, after: offset, now: .now(), whenDone: whenDone) }
                    }
                }
                let log = SharedRecoveryLog(
                    options: RedisRecoveryTests.options,
                    receiptWindow: .seconds(70),
                    journal: recovery,
                    surroundings: .init(
                        peers: recovery,
                        numbering: RedisRecoveryTests.numbering,
                        now: { .now() },
                        welcome: { welcome, whenDone in
                            for room in welcome.session.rooms { welcome.joined(room) }
                            whenDone(true)
                        }
                    ),
                    nanosecondsSince1970: Int64(Date().timeIntervalSince1970 * 1_000_000_000)
                )
                recovery.attach(log)
                box.log.withLock { $0 = log }
                return log
            }.get()
            // Who is not heard is taken for gone.
            while try await loop.submit({ recovery.listeningSince == nil }).get() {}
        }

        /// Keeps a session whose client is away, with an event that it missed; returns when that is recorded.
        ///
        /// Before that there are so many large events, of which two are more than a page of the journal.
        func save(_ number: UInt64, largeEvents: Int = 0) async throws -> PrivateSessionID {
            try await self.loop.flatSubmit {
                let promise = self.loop.makePromise(of: PrivateSessionID.self)
                let target = BroadcastTarget(rooms: ["a"])
                for _ in 0..<largeEvents {
                    let arguments = ByteBuffer(repeating: UInt8(ascii: " "), count: 700_000)
                    let event = RecoverableEvent(name: "l", arguments: arguments, target: target)
                    self.log.append(event, now: .now()) { _ in }
                }
                let pid = PrivateSessionID(random: (number, number)).given(by: self.log.name)
                self.log.opened("a", number: 6)
                self.log.save(RedisRecoveryTests.session(pid, self.log.current.position), now: .now())
                let event = RecoverableEvent(name: "n", arguments: ByteBuffer(string: "7"), target: target)
                self.log.append(event, now: .now()) { _ in }
                self.log.flush { promise.succeed(pid) }
                return promise.futureResult
            }.get()
        }

        func take(_ pid: PrivateSessionID, after offset: String? = nil) async throws -> RecoverySession? {
            try await self.loop.flatSubmit {
                let promise = self.loop.makePromise(of: RecoverySession?.self)
                self.log.take(pid, after: offset, now: .now()) { promise.succeed($0) }
                return promise.futureResult
            }.get()
        }

        func missed(_ session: RecoverySession) async throws -> [String] {
            try await self.loop.flatSubmit {
                let promise = self.loop.makePromise(of: [String].self)
                self.log.missedEvents(of: session, after: nil, now: .now()) { answer in
                    guard case .complete(let missed, _, _) = answer else { return promise.succeed(["?"]) }
                    promise.succeed(missed.map { $0.event.name + String(buffer: $0.event.arguments) })
                }
                return promise.futureResult
            }.get()
        }

        /// Does something with each session that was taken to be given up; that goes on when it is called back, on the loop.
        func pause(_ body: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
            self.box.pause.withLock { $0 = body }
        }

        /// Ends without a word.
        func kill() async { await self.client.close() }
    }

    private final class Box: Sendable {
        let log = Mutex<SharedRecoveryLog?>(nil)
        let pause = Mutex<(@Sendable (@escaping @Sendable () -> Void) -> Void)?>(nil)
    }

    private static func session(_ pid: PrivateSessionID, _ position: UInt64) -> RecoverySession {
        RecoverySession(
            pid: pid,
            sid: "s\(pid.encoded)",
            history: RoomHistory(rooms: ["a"]),
            settledThrough: position,
            disconnectedAt: .now(),
            receivedBefore: .now()
        )
    }

    @Test("A process that lives hands a session over with what it missed, once")
    func handover() async throws {
        try await withServer { server in
            let (first, second) = (try await Process(server), try await Process(server))
            let pid = try await first.save(1)
            let session = try #require(try await second.take(pid))
            #expect(session.sid == "s\(pid.encoded)")
            #expect(try await second.missed(session) == ["n7"])
            #expect(try await first.take(pid) == nil)
            #expect(try await second.take(pid) == nil)
            await first.kill()
            await second.kill()
        }
    }

    @Test("A process that ends hands over what it was asked for before")
    func handoverAtTheEnd() async throws {
        try await withServer { server in
            let (first, second) = (try await Process(server), try await Process(server))
            let pid = try await first.save(1)
            let isAsked = first.loop.makePromise(of: Void.self)
            let mayGo = first.loop.makePromise(of: Void.self)
            first.pause { goOn in
                isAsked.succeed()
                mayGo.futureResult.whenComplete { _ in goOn() }
            }
            async let taken = second.take(pid)
            try await isAsked.futureResult.get()
            let isClosed = Mutex(false)
            let closed = first.loop.makePromise(of: Void.self)
            // Without a thread of the test's between: the process ends after two seconds in any case.
            first.loop.execute {
                first.recovery.close {
                    isClosed.withLock { $0 = true }
                    closed.succeed()
                }
                first.loop.execute {
                    // Behind whatever that has sent.
                    first.client.send(RedisCommand("PING")) { _ in
                        first.loop.execute {
                            #expect(!isClosed.withLock { $0 })
                            mayGo.succeed()
                        }
                    }
                }
            }
            try await closed.futureResult.get()
            await first.client.close()
            #expect(try await taken != nil)
            await second.kill()
        }
    }

    @Test("The journal of a process that is gone is read by all others, and each session goes to one")
    func inheritance() async throws {
        try await withServer { server in
            let (first, second, third) = (
                try await Process(server), try await Process(server), try await Process(server)
            )
            var pids: [PrivateSessionID] = []
            for number in 1...20 { pids.append(try await first.save(UInt64(number))) }
            await first.kill()
            for pid in pids {
                async let one = second.take(pid)
                async let other = third.take(pid)
                let taken = try await [one, other]
                #expect(taken.compactMap(\.self).count == 1)
            }
            let unknown = PrivateSessionID(random: (1, 2)).given(by: LogName(random: 3))
            #expect(try await second.take(unknown) == nil)
            await second.kill()
            await third.kill()
        }
    }

    @Test("Journals of several processes that are gone are read one after the other")
    func manyRetired() async throws {
        try await withServer { server in
            let heir = try await Process(server) { $0.maximumRetiredBytes = 1 }
            var pids: [PrivateSessionID] = []
            for number in 1...4 {
                let process = try await Process(server)
                pids.append(try await process.save(UInt64(number), largeEvents: 4))
                await process.kill()
            }
            try await withClient(.live(server)) { client in
                _ = try await client.send(RedisCommand("CONFIG", "SET", "slowlog-log-slower-than", "0"))
                let taken = try await withThrowingTaskGroup(of: RecoverySession?.self) { group in
                    for pid in pids { group.addTask { try await heir.take(pid) } }
                    return try await group.reduce(into: Set()) { taken, session in taken.insert(session?.pid) }
                }
                #expect(taken == Set(pids))
                let slow = try #require(try await client.send(RedisCommand("SLOWLOG", "GET", "-1")).elements)
                // `EVALSHA`, the script, `1`, the journal.
                let reads = slow.compactMap { $0.elements?[3].elements }.filter { $0.count > 3 && $0[2].text == "1" }
                    .compactMap { $0[3].text }.filter { $0.hasSuffix(":log") }
                #expect(reads.count > 2 * pids.count)
                let turns = zip(reads, reads.dropFirst()).count { $0 != $1 }
                #expect(turns == pids.count - 1, "\(reads)")
            }
            await heir.kill()
        }
    }

    @Test("A journal that somebody else has written into is given up, whatever its numbers are")
    func foreignNumbers() async throws {
        try await withServer { server in
            let (first, second) = (try await Process(server), try await Process(server))
            let pid = try await first.save(1)
            await first.kill()
            let journal = "martlet:recovery:{\(pid.home.string)}:log"
            try await withClient(.live(server)) { client in
                // More than a page.
                let record = RedisCommand.Argument.bytes(ByteBuffer(repeating: 0, count: 700_000))
                for id in ["9223372036854775807-0", "18446744073709551615-0"] {
                    _ = try await client.send(RedisCommand("XADD", .key(journal), .text(id), "r", record))
                }
            }
            #expect(try await second.take(pid) == nil)
            await second.kill()
        }
    }

    @Test("A session goes from process to process, and back home")
    func wandering() async throws {
        try await withServer { server in
            let (first, second) = (try await Process(server), try await Process(server))
            let pid = try await first.save(1)
            for process in [second, first, second, first] {
                let session = try #require(try await process.take(pid))
                try await process.loop.flatSubmit {
                    let promise = process.loop.makePromise(of: Void.self)
                    process.log.save(session, now: .now())
                    process.log.flush { promise.succeed() }
                    return promise.futureResult
                }.get()
            }
            await first.kill()
            #expect(try await second.take(pid) != nil)
            await second.kill()
        }
    }

    @Test("A process that was taken for gone begins anew under another name, and keeps nothing")
    func fencing() async throws {
        try await withServer { server in
            let (first, second) = (try await Process(server), try await Process(server))
            let (pid, other) = (try await first.save(1), try await first.save(2))
            let name = try await first.loop.submit { first.log.name }.get()
            // As if it had stood still for long.
            try await withClient(.live(server)) { client in
                let key = "martlet:recovery:{\(name.string)}:"
                _ = try await client.send(RedisCommand("SET", .key(key + "state"), "retired", "PX", 60_000))
            }
            #expect(try await first.take(pid) == nil)
            #expect(try await second.take(other) == nil)
            #expect(try await first.loop.submit { first.log.name }.get() != name)
            let next = try await first.save(3)
            #expect(try await second.take(next) != nil)
            await first.kill()
            await second.kill()
        }
    }
}
