// Licensed under the MIT licence.

import Chat
import ChatStores
import ChatTesting
import NIOCore
import RedisNIO
import RedisTesting
import Testing

/// The store on a real server, of which each test has one of its own.
@Suite struct RedisStoreTests {
    @Test("Does what every store does")
    func conformance() async throws {
        try await withServer { server in
            try await withClient(.live(server)) { client in
                try await StoreConformance { retention in
                    _ = try await client.send(RedisCommand("FLUSHALL"))
                    return RedisStore(client, RedisStoreOptions(retention: retention))
                }.run()
            }
        }
    }

    private func with(_ body: (RedisStore, RedisClient) async throws -> Void) async throws {
        try await withServer { server in
            try await withClient(.live(server)) { try await body(RedisStore($0), $0) }
        }
    }

    @Test("A room whose state was lost, and not its log, gives out no seq twice")
    func lostState() async throws {
        try await self.with { store, client in
            for number in 1...3 { _ = try await store.append(message(id: "m\(number)")) }
            try await client.send(RedisCommand("DEL", "martlet:room:{r1}:state"))
            #expect(try await store.append(message(id: "m4")).receipt.seq == 4)
            let page = try await store.messages(in: room(), HistoryQuery(limit: 9), now: time())
            #expect(page.messages.map(\.seq) == [1, 2, 3, 4])
            #expect(try await store.lastSequence(of: room()) == 4)
        }
    }

    @Test("A room that somebody else wrote into fails by itself")
    func foreign() async throws {
        try await self.with { store, client in
            _ = try await store.append(message(id: "m1"))
            try await client.send(
                RedisCommand("XADD", "martlet:room:{r1}:log", "2-0", "t", "9000000000000", "s", "1", "m", "rubbish")
            )
            try await client.send(RedisCommand("HSET", "martlet:room:{r1}:state", "seq", "2"))
            let error = await #expect(throws: StoreError.self) {
                try await store.messages(in: room(), HistoryQuery(limit: 9), now: time())
            }
            #expect(error?.reason == "Redis answered what is not ours")
            // What cannot be read in one page does not keep others back, nor senders.
            let first = try await store.messages(in: room(), HistoryQuery(before: 2, limit: 9), now: time())
            #expect(first.messages.map(\.seq) == [1])
            #expect(try await store.append(message(id: "m3")).receipt.seq == 3)
            try await client.send(RedisCommand("SET", "martlet:room:{r2}:state", "of another kind"))
            await #expect(throws: StoreError.self) { try await store.append(message(in: room("r2"))) }
            await #expect(throws: StoreError.self) { try await store.lastSequence(of: room("r2")) }
            #expect(try await store.append(message(in: room("r3"))).receipt.seq == 1)
        }
    }
}
