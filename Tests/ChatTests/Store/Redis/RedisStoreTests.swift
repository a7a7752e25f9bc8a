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
}
