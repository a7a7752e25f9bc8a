// Licensed under the MIT licence.

package import Chat

/// How ``RedisStore`` keeps the chat.
package struct RedisStoreOptions: Sendable {
    /// What all keys and channels begin with.
    package var prefix: String
    /// How much of each room's past is given out.
    package var retention: Retention
    /// Whether channels are those of the room's slot (`SPUBLISH`, Redis 7 and later), which a Redis Cluster needs if not every
    /// message is to cross all of its nodes.
    package var usesShardChannels: Bool

    /// The defaults, or others.
    package init(
        prefix: String = "martlet:",
        retention: Retention = Retention(),
        usesShardChannels: Bool = false
    ) {
        self.prefix = prefix
        self.retention = retention
        self.usesShardChannels = usesShardChannels
    }
}
