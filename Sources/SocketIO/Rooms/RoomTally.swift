// Licensed under the MIT licence.

import EngineIOCore
import SocketIOCore

/// Counts on how many shards each room has members, for an adapter that brings only what concerns these rooms.
///
/// Unlike ``RoomObservers`` it is not told at once but in order: what one shard tells arrives in the order of its changes, so whatever the
/// shards' changes are among each other, the count is right once all have arrived.
///
/// `@unchecked Sendable`: `counts` is touched on `home` only.
final class RoomTally: @unchecked Sendable {
    private let home: any EngineShard
    private let changed: @Sendable (Room, Bool) -> Void
    private var counts: [Room: Int] = [:]

    init(home: any EngineShard, changed: @escaping @Sendable (Room, Bool) -> Void) {
        self.home = home
        self.changed = changed
    }

    /// A room has its first member on a shard, or has lost its last there.
    ///
    /// Call on that shard.
    func changed(_ room: Room, isOccupied: Bool) {
        self.home.run {
            let count = self.counts[room, default: 0] + (isOccupied ? 1 : -1)
            self.counts[room] = count == 0 ? nil : count
            if isOccupied && count == 1 { self.changed(room, true) }
            if !isOccupied && count == 0 { self.changed(room, false) }
        }
    }
}
