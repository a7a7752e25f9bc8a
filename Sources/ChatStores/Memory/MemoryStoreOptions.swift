// Licensed under the MIT licence.

/// How much an in-memory store keeps.
///
/// The defaults are the documented ones.
///
/// The totals hold for the whole store and are shared out evenly among its stripes. Byte counts are estimates of what is held
/// in memory, bookkeeping included.
package struct MemoryStoreOptions: Equatable, Sendable {
    /// How many messages of a room are retained (`HISTORY_MAX_MESSAGES`).
    package var maximumMessagesPerRoom = 1000
    /// How long a message is retained, in milliseconds (`HISTORY_MAX_AGE`): 7 days.
    package var maximumAgeMilliseconds: Int64 = 7 * 24 * 3600 * 1000
    /// How many bytes of messages of a room are retained; the newest message always is.
    package var maximumBytesPerRoom = 32 << 20
    /// How many bytes are held in all.
    ///
    /// Past it the rooms that were quiet for longest lose their messages.
    package var maximumBytes = 512 << 20
    /// How many rooms are remembered in all.
    ///
    /// Past it the one that was quiet for longest is forgotten, its last `seq` too.
    package var maximumRooms = 1_000_000
    /// How many users' last sightings are remembered in all; past it the oldest is forgotten.
    package var maximumUsers = 1_000_000
    /// How many readers of a room have their cursor remembered; past it, one of them is forgotten.
    package var maximumReadersPerRoom = 100_000
    /// Within what time the same `client_id` is the same message, in milliseconds: 10 minutes.
    package var clientIDWindowMilliseconds: Int64 = 10 * 60 * 1000
    /// How many client ids of a room are remembered within that time; past it the oldest is forgotten early.
    package var maximumClientIDsPerRoom = 100_000

    /// The defaults.
    package init() {}

    /// What one of `count` stripes may hold.
    func share(among count: Int) -> MemoryStoreOptions {
        var share = self
        share.maximumBytes = max(self.maximumBytes / count, 1)
        share.maximumRooms = max(self.maximumRooms / count, 1)
        share.maximumUsers = max(self.maximumUsers / count, 1)
        return share
    }
}
