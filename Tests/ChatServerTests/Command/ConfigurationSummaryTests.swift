// Licensed under the MIT licence.

import Testing

@testable import ChatServer

/// What `martlet check-config` says.
@Suite struct ConfigurationSummaryTests {
    @Test(arguments: [
        ([:], "0.0.0.0 port 8080, store: sqlite in ./data, auth: OPEN"),
        (["STORE": "memory", "API_KEYS": "s3cret"], "0.0.0.0 port 8080, store: memory, auth: API keys over HTTP"),
        (["REDIS_HOST": "redis", "REDIS_PASSWORD": "s3cret"], "0.0.0.0 port 8080, store: redis, auth: OPEN"),
    ])
    func aSummaryHasNoSecrets(variables: [String: String], summary: String) throws {
        #expect(try ChatServerConfiguration(variables: variables).summary == "the settings do: \(summary)")
    }
}
