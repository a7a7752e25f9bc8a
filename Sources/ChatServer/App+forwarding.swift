// Licensed under the MIT licence.

import EngineIO
import EngineIORedis
import Logging

extension RedisNode {
    /// Describes how requests reach sessions of other nodes.
    ///
    /// - Parameter logger: Told if Redis does not allow it.
    /// - Returns: The way over Redis; nothing if each client is kept at one node.
    func forwarding(logger: Logger) -> EngineForwarding? {
        guard let forwardingClient else { return nil }
        return EngineForwarding(
            RedisNodeLink(
                client: forwardingClient,
                prefix: self.configuration.prefix,
                usesShardChannels: self.configuration.mode == .cluster,
                logger: logger
            )
        )
    }
}
