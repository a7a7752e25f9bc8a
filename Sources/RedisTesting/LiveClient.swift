// Licensed under the MIT licence.

import NIOCore
package import RedisNIO

extension RedisConfiguration {
    /// For a server of a test; impatient, so that tests are quick.
    package static func live(_ server: ServerProcess, mode: Mode = .standalone) -> Self {
        var configuration = Self(endpoints: [.tcp(host: "127.0.0.1", port: server.port)], mode: mode)
        configuration.backoff = Backoff(base: .milliseconds(10), maximum: .milliseconds(100))
        // Where something is to succeed, a slow machine may take its time.
        configuration.connectTimeout = .seconds(20)
        configuration.commandTimeout = .seconds(60)
        configuration.stallTimeout = .seconds(60)
        return configuration
    }
}

/// Runs a test with a client that is closed afterwards.
package func withClient<Result>(
    _ configuration: RedisConfiguration,
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    let client = RedisClient(configuration)
    try client.start()
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}
