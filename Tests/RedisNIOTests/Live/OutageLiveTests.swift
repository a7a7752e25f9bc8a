// Licensed under the MIT licence.

import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

extension LiveTests {
    @Suite(.timeLimit(.minutes(15)))
    struct OutageLiveTests {
        /// What became of many commands.
        private final class Ledger: Sendable {
            private struct State {
                var done: Set<Int> = []
                var notDone: Set<Int> = []
                var unknown: Set<Int> = []
                var waiters: [(Int, CheckedContinuation<Void, Never>)] = []

                var ended: Int { self.done.count + self.notDone.count + self.unknown.count }
            }

            private let state = Mutex(State())

            var done: Set<Int> { self.state.withLock { $0.done } }
            var notDone: Set<Int> { self.state.withLock { $0.notDone } }
            var unknown: Set<Int> { self.state.withLock { $0.unknown } }

            func note(_ number: Int, _ result: Result<RESPValue, RedisError>) {
                let ready = self.state.withLock { state in
                    switch result {
                    case .success: state.done.insert(number)
                    case .failure(let error) where error.outcome == .notDone: state.notDone.insert(number)
                    case .failure: state.unknown.insert(number)
                    }
                    let ended = state.ended
                    defer { state.waiters.removeAll { $0.0 <= ended } }
                    return state.waiters.filter { $0.0 <= ended }.map(\.1)
                }
                for waiter in ready { waiter.resume() }
            }

            func wait(for count: Int) async {
                await withCheckedContinuation { continuation in
                    let isMet = self.state.withLock { state in
                        if state.ended >= count { return true }
                        state.waiters.append((count, continuation))
                        return false
                    }
                    if isMet { continuation.resume() }
                }
            }
        }

        @Test func `A server that is killed amid traffic loses nothing that was acknowledged`() async throws {
            try await withServer(["--appendonly", "yes", "--appendfsync", "no"]) { server in
                var configuration = RedisConfiguration.live(server)
                configuration.commandTimeout = .seconds(20)
                try await withClient(configuration) { client in
                    let ledger = Ledger()
                    let subscriber = RecordingSubscriber()
                    client.subscribe(to: .channel("c"), subscriber)
                    await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: false))
                    func send(_ numbers: Range<Int>) {
                        for number in numbers {
                            client.send(RedisCommand("SADD", .key("all"), .number(number))) { ledger.note(number, $0) }
                        }
                    }
                    send(0..<2_000)
                    await ledger.wait(for: 500)
                    await server.stop()
                    send(2_000..<3_000)
                    await subscriber.wait(for: .interrupted(.channel("c")))
                    try await server.start()
                    await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: true))
                    send(3_000..<4_000)
                    await ledger.wait(for: 4_000)
                    let members = try await client.send(RedisCommand("SMEMBERS", .key("all"))).elements ?? []
                    let stored = Set(members.compactMap(\.number))
                    #expect(ledger.done.subtracting(stored).isEmpty)
                    #expect(ledger.notDone.intersection(stored).isEmpty)
                    #expect(ledger.done.isSuperset(of: 3_000..<4_000))
                    #expect(stored.subtracting(ledger.done).isSubset(of: ledger.unknown))
                }
            }
        }

        @Test func `A server that stands still lets deadlines pass, and goes on`() async throws {
            try await withServer { server in
                try await withClient(.live(server)) { client in
                    try await client.send(RedisCommand("SET", .key("a"), 1))
                    server.signal(SIGSTOP)
                    let error = await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand("INCR", .key("a")), within: .seconds(2))
                    }
                    #expect(error?.code == .timedOut)
                    #expect(error?.outcome == .unknown)
                    server.signal(SIGCONT)
                    // The late reply is not taken for this one's.
                    #expect(try await client.send(RedisCommand("GET", .key("a"))).number == 2)
                    #expect(client.counters.lateReplies == 1)
                    #expect(client.counters.connections == 1)
                    try await client.send(RedisCommand("CLIENT", "PAUSE", 6_000, "ALL"))
                    await #expect(throws: RedisError.self) {
                        try await client.send(RedisCommand("INCR", .key("a")), within: .seconds(2))
                    }
                    #expect(try await client.send(RedisCommand("GET", .key("a"))).number == 3)
                }
            }
        }

        @Test func `A server that stands still for too long is given up`() async throws {
            try await withServer { server in
                var configuration = RedisConfiguration.live(server)
                configuration.stallTimeout = .milliseconds(300)
                configuration.pingInterval = .milliseconds(100)
                configuration.connectTimeout = .milliseconds(500)
                try await withClient(configuration) { client in
                    let subscriber = RecordingSubscriber()
                    client.subscribe(to: .channel("c"), subscriber)
                    await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: false))
                    server.signal(SIGSTOP)
                    // Nothing is sent, and it is noticed all the same.
                    await subscriber.wait(for: .interrupted(.channel("c")))
                    var command = RedisCommand("PING")
                    command.failsWhenDisconnected = true
                    await sendRepeatedly(client, command) { result in
                        guard case .failure(let error) = result else {
                            Issue.record("answered")
                            return true
                        }
                        return error.code == .notConnected
                    }
                    server.signal(SIGCONT)
                    await subscriber.wait(for: .subscribed(.channel("c"), afterInterruption: true))
                    await sendRepeatedly(client, RedisCommand("PING")) { (try? $0.get().text) == "PONG" }
                }
            }
        }

        @Test func `Without a server commands wait until their deadline, and the queue is bounded`() async throws {
            let server = try ServerProcess()
            defer { server.remove() }
            var configuration = RedisConfiguration.live(server)
            configuration.maximumPendingCommands = 10
            try await withClient(configuration) { client in
                let ledger = Ledger()
                let codes = Mutex<[RedisError.Code: Int]>([:])
                for number in 0..<15 {
                    client.send(RedisCommand("PING"), within: .seconds(3)) { result in
                        if case .failure(let error) = result { codes.withLock { $0[error.code, default: 0] += 1 } }
                        ledger.note(number, result)
                    }
                }
                await ledger.wait(for: 15)
                #expect(ledger.notDone.count == 15)
                #expect(codes.withLock { $0 } == [.queueFull: 5, .timedOut: 10])
                #expect(!client.isReady)

                async let late = client.send(RedisCommand("PING"), within: .seconds(20))
                try await server.start()
                #expect(try await late.text == "PONG")
                let states = Mutex<[RedisState]>([])
                client.observeState { state in states.withLock { $0.append(state) } }
                await client.close()
                #expect(states.withLock { $0 } == [.ready, .closed])
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
                #expect(error?.code == .closed)
            }
        }

        @Test func `Closing answers everything in bounded time`() async throws {
            try await withServer { server in
                var configuration = RedisConfiguration.live(server)
                configuration.closeTimeout = .milliseconds(200)
                let client = RedisClient(configuration)
                try client.start()
                try await client.send(RedisCommand("PING"))
                let ledger = Ledger()
                let subscriber = RecordingSubscriber()
                client.subscribe(to: .channel("c"), subscriber)
                client.send(RedisCommand("PING")) { ledger.note(0, $0) }
                await ledger.wait(for: 1)
                server.signal(SIGSTOP)
                client.send(RedisCommand("PING")) { ledger.note(1, $0) }
                await client.close()
                await ledger.wait(for: 2)
                #expect(ledger.unknown == [1])
                await subscriber.wait(for: .failed(.channel("c"), code: "closed"))
                await client.close()
            }
        }
    }
}
