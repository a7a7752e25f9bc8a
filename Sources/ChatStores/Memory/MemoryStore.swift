// Licensed under the MIT licence.

package import Chat
import Synchronization

/// A store that keeps everything in memory, for as long as the process lives.
///
/// All calls finish before they return. The store is cut into stripes, each with a lock of its own; with as many stripes as
/// there are shards, each stripe is used by one shard alone (``HomeShard``), so that its lock is never contended.
///
/// What is promised: a room's last ``MemoryStoreOptions/maximumMessagesPerRoom`` messages, unless they are too old or the
/// store runs out of the bytes it may use. Messages outlive the members of their room.
package final class MemoryStore: MessageStore {
    private let stripes: [MemoryStripe]

    /// - Parameters:
    ///   - stripes: How many; as many as there are shards.
    ///   - options: How much to keep.
    package init(stripes: Int, options: MemoryStoreOptions = MemoryStoreOptions()) {
        let count = max(stripes, 1)
        let share = options.share(among: count)
        self.stripes = (0..<count).map { _ in MemoryStripe(share) }
    }

    /// How many bytes are held, as the options count them.
    package var byteCount: Int { self.stripes.reduce(0) { $0 + $1.rooms.withLock { $0.byteCount } } }

    /// How many rooms are remembered.
    package var roomCount: Int { self.stripes.reduce(0) { $0 + $1.rooms.withLock { $0.count } } }

    package func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        let outcome = self.stripe(of: message.room).rooms.withLock { $0.append(message, floor: floor) }
        completion(outcome.map { .success($0) } ?? .failure(.noSequenceLeft))
    }

    package func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) {
        let page = self.stripe(of: room).rooms.withLock { $0.messages(in: room, query, now: now) }
        completion(.success(page))
    }

    package func lastSequence(
        of room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        completion(.success(self.stripe(of: room).rooms.withLock { $0.lastSequence(of: room) }))
    }

    package func advance(
        _ cursor: ReadCursor,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        completion(.success(self.stripe(of: cursor.room).rooms.withLock { $0.advance(cursor) }))
    }

    package func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        completion(.success(self.stripe(of: room).rooms.withLock { $0.readCursor(of: user, in: room) }))
    }

    package func record(
        _ sighting: LastSeen,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        self.stripe(of: sighting.user.id).sightings.withLock { $0.record(sighting) }
        completion(.success(()))
    }

    package func lastSeen(
        of user: UserID,
        completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void
    ) {
        completion(.success(self.stripe(of: user).sightings.withLock { $0.lastSeen(of: user) }))
    }

    private func stripe(of room: RoomID) -> MemoryStripe {
        self.stripes[HomeShard.index(of: room, count: self.stripes.count)]
    }

    private func stripe(of user: UserID) -> MemoryStripe {
        self.stripes[HomeShard.index(of: user, count: self.stripes.count)]
    }
}

/// The rooms and users of one shard.
private final class MemoryStripe: Sendable {
    let rooms: Mutex<RetainedRooms>
    let sightings: Mutex<SightingTable>

    init(_ options: MemoryStoreOptions) {
        self.rooms = Mutex(RetainedRooms(options))
        self.sightings = Mutex(SightingTable(maximumCount: options.maximumUsers))
    }
}
