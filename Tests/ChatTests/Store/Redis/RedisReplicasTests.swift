// Licensed under the MIT licence.

import Chat
import ChatTesting
import Foundation
import NIOCore
import RedisNIO
import RedisTesting
import Synchronization
import Testing

@testable import ChatStores

/// The store where messages wait for replicas, on a primary and a replica of their own.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RedisReplicasTests {
    private struct Fixture {
        let primary: ServerProcess
        let replica: ServerProcess
        let client: RedisClient
        /// Gives the replica all the time it may need on a busy machine.
        let store: RedisStore
        /// For as long as the replica stands still.
        let impatient: RedisStore
        let subscriber: RecordingSubscriber

        var published: [Int] { self.subscriber.events }
    }

    /// Writes down the `seq` of each message that is published.
    private final class RecordingSubscriber: RedisSubscriber {
        let room: RoomID
        private let heard = Results<Int>()
        private let all = Mutex<[Int]>([])
        private let ready = Results<Int>()

        init(_ room: RoomID) { self.room = room }

        var events: [Int] { self.all.withLock { $0 } }

        func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
            guard case .stored(let message) = PlaceMessage(message, at: .room(self.room)) else { return }
            self.all.withLock { $0.append(message.seq) }
            self.heard.add(.success(message.seq))
        }

        func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) { self.ready.add(.success(0)) }

        func waitUntilReady() async throws { _ = try await self.ready.all(1) }
        func wait(for count: Int) async throws -> [Int] { try await self.heard.all(count) }
    }

    private func with(_ body: (Fixture) async throws -> Void) async throws {
        let primary = try ServerProcess(["--repl-diskless-sync-delay", "0"])
        defer { primary.remove() }
        try await primary.start()
        let replica = try ServerProcess(["--replicaof", "127.0.0.1", "\(primary.port)"])
        defer { replica.remove() }
        try await replica.start()
        try await withClient(.live(primary)) { client in
            // The replica counts once it has caught up, with something to catch up with.
            try await client.send(RedisCommand("SET", "caught", "up"))
            while try await client.send(RedisCommand("WAIT", 1, 1000)).number != 1 {}
            let subscriber = RecordingSubscriber(try room())
            client.subscribe(to: .channel("martlet:room:{r1}"), subscriber)
            try await subscriber.waitUntilReady()
            try await withClient(self.confirming(primary, within: .seconds(20))) { patient in
                try await withClient(self.confirming(primary, within: .milliseconds(300))) { impatient in
                    try await body(
                        Fixture(
                            primary: primary,
                            replica: replica,
                            client: client,
                            store: RedisStore(client, confirming: patient),
                            impatient: RedisStore(client, confirming: impatient),
                            subscriber: subscriber
                        )
                    )
                }
            }
        }
    }

    private func confirming(_ primary: ServerProcess, within timeout: TimeAmount) -> RedisConfiguration {
        var configuration = RedisConfiguration.live(primary)
        configuration.confirmation = ReplicaConfirmation(replicas: 1, timeout: timeout)
        return configuration
    }

    @Test("Does what every store does")
    func conformance() async throws {
        try await self.with { fixture in
            try await withClient(self.confirming(fixture.primary, within: .seconds(20))) { confirming in
                try await StoreConformance { retention in
                    _ = try await fixture.client.send(RedisCommand("FLUSHALL"))
                    return RedisStore(
                        fixture.client,
                        RedisStoreOptions(retention: retention),
                        confirming: confirming
                    )
                }.run()
            }
        }
    }

    @Test("What a replica does not have is neither acknowledged, nor published, nor read")
    func unconfirmed() async throws {
        try await self.with { fixture in
            let store = fixture.impatient
            let first = try await fixture.store.append(message(id: "m1"))
            #expect(first.receipt.seq == 1)
            #expect(try await fixture.subscriber.wait(for: 1) == [1])

            fixture.replica.signal(SIGSTOP)
            await #expect { try await store.append(message(id: "m2", clientID: "c2")) } throws: { error in
                (error as? StoreError)?.outcome == .unknown
            }
            await #expect { try await store.lastSequence(of: room()) } throws: { error in
                (error as? StoreError)?.outcome == .unknown
            }
            await #expect { try await store.check() } throws: { error in error is StoreError }
            let after = HistoryQuery(after: 0, limit: 10)
            await #expect(throws: StoreError.self) {
                try await store.messages(in: room(), after, now: time())
            }
            // Who looks back is given what there is for certain.
            let latest = try await store.messages(in: room(), HistoryQuery(limit: 10), now: time())
            #expect(latest.messages.map(\.seq) == [1])
            #expect(fixture.published == [1])

            fixture.replica.signal(SIGCONT)
            // Sent again with its client id, it is the same message; only now everybody learns of it.
            let again = try await self.append(message(id: "m3", clientID: "c2"), store)
            #expect(again.receipt.seq == 2)
            #expect(again.receipt.id.string == "m2")
            #expect(try await fixture.subscriber.wait(for: 2) == [1, 2])
            #expect(try await fixture.store.lastSequence(of: room()) == 2)
        }
    }

    @Test("Who reads has what was left behind confirmed and published first")
    func leftBehind() async throws {
        try await self.with { fixture in
            let store = fixture.impatient
            _ = try await fixture.store.append(message(id: "m1"))
            fixture.replica.signal(SIGSTOP)
            for number in 2...40 {
                store.append(try message(id: "m\(number)"), floor: 0) { _ in }
            }
            await #expect(throws: StoreError.self) { try await store.append(message(id: "m41")) }
            fixture.replica.signal(SIGCONT)
            let query = HistoryQuery(after: 0, limit: 100)
            while true {
                guard let page = try? await store.messages(in: room(), query, now: time()) else { continue }
                #expect(page.messages.map(\.seq) == Array(1...41))
                break
            }
            #expect(try await fixture.subscriber.wait(for: 41) == Array(1...41))
        }
    }

    @Test("A new primary that has forgotten how far a room was shown gives out nothing twice")
    func failover() async throws {
        try await self.with { fixture in
            let store = fixture.store
            for number in 1...5 { _ = try await store.append(message(id: "m\(number)")) }
            // As if the mark of the last ones had not reached the replica.
            try await fixture.client.send(RedisCommand("HSET", "martlet:room:{r1}:state", "shown", 2))
            #expect(try await store.lastSequence(of: room()) == 5)
            #expect(try await fixture.subscriber.wait(for: 8) == [1, 2, 3, 4, 5, 3, 4, 5])
            // As if all that comes behind the mark had been lost: it is not given out to others.
            try await fixture.client.send(RedisCommand("HSET", "martlet:room:{r1}:state", "seq", 3))
            #expect(try await store.append(message(id: "m6")).receipt.seq == 6)
        }
    }

    @Test("What members have been given is not given out again after a loss")
    func raising() async throws {
        try await self.with { fixture in
            let store = RedisStore(fixture.client)
            _ = try await store.append(message(id: "m1"))
            store.raise(100, of: try room())
            #expect(try await store.append(message(id: "m2")).receipt.seq == 101)
            store.raise(50, of: try room())
            #expect(try await store.append(message(id: "m3")).receipt.seq == 102)
            // Nobody can have been given these, and behind them there is nothing.
            for number in [1 << 53, .max] { store.raise(number, of: try room()) }
            #expect(try await store.append(message(id: "m4")).receipt.seq == 103)
        }
    }

    /// Appends once the replica is there again.
    private func append(_ message: ChatMessage, _ store: RedisStore) async throws -> AppendOutcome {
        while true {
            if let outcome = try? await store.append(message) { return outcome }
        }
    }
}
