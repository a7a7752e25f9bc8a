// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import Testing

@Suite(.timeLimit(.minutes(15))) struct RefusalTests {
    @Test func `What finds no room on its way to the event loop is counted`() async throws {
        var configuration = RedisConfiguration(endpoints: [.tcp(host: "127.0.0.1", port: 1)])
        configuration.maximumPendingCommands = 0
        let client = RedisClient(configuration)
        for _ in 0..<3 {
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(error?.code == .queueFull)
        }
        #expect(client.counters.refusals == 3)
        await client.close()
    }
}
