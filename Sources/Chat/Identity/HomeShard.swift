// Licensed under the MIT licence.

/// Which shard is home to a room or a user: the one that alone holds its state and decides its order.
///
/// The answer is the same all through one process and differs from process to process (Swift seeds its hashes at random),
/// so that nobody can choose names that all land on one shard.
package enum HomeShard {
    /// The home of a room or user among `count` shards, in `0..<count`.
    package static func index(of id: some Identifier, count: Int) -> Int {
        // The high half of a product spreads as evenly as a remainder and needs no division.
        Int(truncatingIfNeeded: (UInt64(id.hash) &* UInt64(truncatingIfNeeded: max(count, 1))) &>> 32)
    }
}
