// Licensed under the MIT licence.

/// Which shard is home to a room or a user: the one that alone holds its state and decides its order.
///
/// The answer is the same all through one process and differs from process to process (Swift seeds its hashes at random),
/// so that nobody can choose names that all land on one shard.
package enum HomeShard {
    /// The home of `room` among `count` shards, in `0..<count`.
    package static func index(of room: RoomID, count: Int) -> Int { self.index(room.hashValue, count: count) }

    /// The home of `user` among `count` shards, in `0..<count`.
    package static func index(of user: UserID, count: Int) -> Int { self.index(user.hashValue, count: count) }

    private static func index(_ hash: Int, count: Int) -> Int {
        // The high half of a product spreads as evenly as a remainder and needs no division.
        Int(UInt(bitPattern: hash).multipliedFullWidth(by: UInt(max(count, 1))).high)
    }
}
