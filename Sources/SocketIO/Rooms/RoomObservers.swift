// Licensed under the MIT licence.

import SocketIOCore
import Synchronization

/// Tells observers about rooms, and knows on how many shards each has members, so that a room is created and deleted once.
///
/// Made only for namespaces with observers: others pay nothing.
final class RoomObservers: Sendable {
    private let observers: [@Sendable (RoomEvent) -> Void]
    private let shardCounts: SharedCounts

    /// The counts outlive a change of the observers.
    final class SharedCounts: Sendable {
        let rooms = Mutex<[Room: Int]>([:])
    }

    init(_ observers: [@Sendable (RoomEvent) -> Void], counts: SharedCounts) {
        self.observers = observers
        self.shardCounts = counts
    }

    func joined(_ room: Room, _ socket: Socket, isFirstOnShard: Bool) {
        if isFirstOnShard {
            let isFirst = self.shardCounts.rooms.withLock { rooms in
                rooms[room, default: 0] += 1
                return rooms[room] == 1
            }
            if isFirst { self.tell(.created(room)) }
        }
        self.tell(.joined(room, socketID: socket.id))
    }

    func left(_ room: Room, _ socket: Socket, isLastOnShard: Bool) {
        self.tell(.left(room, socketID: socket.id))
        guard isLastOnShard else { return }
        let isLast = self.shardCounts.rooms.withLock { rooms in
            // Nothing is known of members that were there before the observers.
            guard let count = rooms[room] else { return true }
            rooms[room] = count > 1 ? count - 1 : nil
            return count <= 1
        }
        if isLast { self.tell(.deleted(room)) }
    }

    private func tell(_ event: RoomEvent) {
        for observer in self.observers { observer(event) }
    }
}
