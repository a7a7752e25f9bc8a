// Licensed under the MIT licence.

import Chat
import ChatStores
import Synchronization

/// A store that answers at once, and notes how deep it is asked from within its own answers.
final class NestingStore: MessageStore {
    private struct Depth {
        var now = 0
        var greatest = 0
    }

    private let base = MemoryStore(stripes: 1)
    private let depth = Mutex(Depth())

    /// How many reads were under way at once.
    var greatestDepth: Int { self.depth.withLock { $0.greatest } }

    private func nested(_ call: () -> Void) {
        self.depth.withLock { depth in
            depth.now += 1
            depth.greatest = max(depth.greatest, depth.now)
        }
        call()
        self.depth.withLock { $0.now -= 1 }
    }

    func messages(
        in room: RoomID,
        _ query: HistoryQuery,
        now: Timestamp,
        completion: @escaping @Sendable (Result<HistoryPage, StoreError>) -> Void
    ) { self.nested { self.base.messages(in: room, query, now: now, completion: completion) } }

    func lastSequence(of room: RoomID, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void) {
        self.nested { self.base.lastSequence(of: room, completion: completion) }
    }

    func readCursor(
        of user: UserID,
        in room: RoomID,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { self.nested { self.base.readCursor(of: user, in: room, completion: completion) } }

    func append(
        _ message: ChatMessage,
        floor: Int,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { self.base.append(message, floor: floor, completion: completion) }

    func advance(_ cursor: ReadCursor, completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {
        self.base.advance(cursor, completion: completion)
    }

    func record(_ sighting: LastSeen, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        self.base.record(sighting, completion: completion)
    }

    func lastSeen(of user: UserID, completion: @escaping @Sendable (Result<LastSeen?, StoreError>) -> Void) {
        self.base.lastSeen(of: user, completion: completion)
    }
}
