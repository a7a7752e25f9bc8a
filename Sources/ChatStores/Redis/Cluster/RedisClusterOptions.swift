// Licensed under the MIT licence.

package import NIOCore

/// How ``RedisCluster`` keeps nodes together.
package struct RedisClusterOptions: Sendable {
    /// What all keys and channels begin with; the same as the store's.
    package var prefix: String
    /// Whether channels are those of the place's slot; the same as the store's.
    package var usesShardChannels: Bool
    /// Within which time a node that is silent, and all its users, are taken away by the others (`NODE_TTL`).
    package var nodeTimeToLive: Duration
    /// How long others have to come back after an outage of Redis: 6 s, longer than one of the client's tries and the wait before it take
    /// (``/RedisNIO/RedisConfiguration/connectTimeout``, ``/RedisNIO/Backoff/maximum``).
    package var trialPeriod = TimeAmount.seconds(6)

    /// Told once, with the server's code, if it does not allow a channel.
    package var onRefusal: (@Sendable (_ code: String) -> Void)?
    /// Told once, with the server's code, if it refuses to grant or renew the node's lease; and again once it has been granted since.
    package var onLeaseRefusal: (@Sendable (_ code: String) -> Void)?

    /// The defaults, or others.
    package init(
        prefix: String = "martlet:",
        usesShardChannels: Bool = false,
        nodeTimeToLive: Duration = .seconds(15)
    ) {
        self.prefix = prefix
        self.usesShardChannels = usesShardChannels
        self.nodeTimeToLive = nodeTimeToLive
    }
}
