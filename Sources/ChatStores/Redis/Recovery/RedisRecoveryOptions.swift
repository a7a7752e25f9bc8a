// Licensed under the MIT licence.

package import NIOCore

/// How ``RedisRecovery`` keeps what clients may come back for.
package struct RedisRecoveryOptions: Sendable {
    /// What all keys and channels begin with; the same as the store's.
    package var prefix: String
    /// Whether channels are those of the process's slot; the same as the store's.
    package var usesShardChannels: Bool
    /// For how long a process may be silent before others take its sessions (`NODE_TTL`).
    package var leaseDuration: Duration
    /// How long an answer of another process, or of the server, may take; 5 s unless told.
    package var patience: TimeAmount = .seconds(5)
    /// How long nobody may listen for a process before it counts as gone though its lease lasts; 1 s unless told.
    package var silence: TimeAmount = .seconds(1)
    /// How long the server must have been there without a break before another process is taken for gone; 5 s unless told.
    ///
    /// After an outage of the server others may need a moment longer to come back.
    package var trialPeriod: TimeAmount = .seconds(5)
    /// The most bytes of a journal that are read; 192 MiB unless told.
    package var maximumJournalBytes = 192 << 20
    /// The most bytes of journals of other processes that are held at once; 256 MiB unless told.
    package var maximumRetiredBytes = 256 << 20
    /// The most bytes of a session that is handed over, with what it missed; 8 MiB unless told.
    package var maximumSessionBytes = 8 << 20

    /// Told once, with the server's code, if it does not allow a channel.
    package var onRefusal: (@Sendable (_ code: String) -> Void)?

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
