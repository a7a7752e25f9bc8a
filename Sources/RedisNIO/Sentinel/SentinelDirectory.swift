// Licensed under the MIT licence.

import NIOCore

/// The sentinels of a client, the one that answered last in front; belongs to the event loop.
///
/// All that are asked are those of the configuration. Sentinels know each other by addresses that are right among themselves, which
/// behind address translation lead nowhere, or to others.
final class SentinelDirectory {
    let masterName: String
    let handshake: HandshakeSettings
    private(set) var endpoints: [RedisEndpoint]

    /// `nil` if the configuration names no sentinels.
    init?(_ configuration: RedisConfiguration) {
        guard case .sentinel(let masterName, let username, let password) = configuration.mode else { return nil }
        self.masterName = masterName
        self.endpoints = configuration.endpoints
        self.handshake = HandshakeSettings(
            protocolVersion: configuration.protocolVersion,
            username: username,
            password: password,
            clientName: configuration.clientName
        )
    }

    /// Notes that a sentinel has answered.
    func answered(_ endpoint: RedisEndpoint) {
        guard let index = self.endpoints.firstIndex(of: endpoint), index > 0 else { return }
        self.endpoints.remove(at: index)
        self.endpoints.insert(endpoint, at: 0)
    }
}
