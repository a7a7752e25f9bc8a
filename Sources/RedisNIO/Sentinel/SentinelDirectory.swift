// Licensed under the MIT licence.

import NIOCore

/// The sentinels of a client, the one that answered last in front; belongs to the event loop.
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

    /// Adds a sentinel that another one knows; at most 32 are kept.
    func learned(_ endpoint: RedisEndpoint) {
        guard self.endpoints.count < 32, !self.endpoints.contains(endpoint) else { return }
        self.endpoints.append(endpoint)
    }
}
