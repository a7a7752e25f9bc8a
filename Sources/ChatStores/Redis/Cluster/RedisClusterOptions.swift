// Licensed under the MIT licence.

/// How ``RedisCluster`` keeps nodes together.
package struct RedisClusterOptions: Sendable {
    /// What all keys and channels begin with; the same as the store's.
    package var prefix: String
    /// Whether channels are those of the place's slot; the same as the store's.
    package var usesShardChannels: Bool
    /// How long a node may be silent before the others take its users away (`NODE_TTL`).
    package var leaseDuration: Duration

    /// The defaults, or others.
    package init(
        prefix: String = "martlet:",
        usesShardChannels: Bool = false,
        leaseDuration: Duration = .seconds(15)
    ) {
        self.prefix = prefix
        self.usesShardChannels = usesShardChannels
        self.leaseDuration = leaseDuration
    }
}
