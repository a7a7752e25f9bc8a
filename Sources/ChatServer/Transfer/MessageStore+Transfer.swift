// Licensed under the MIT licence.

import Chat
import ChatStores
import EngineIO

/// A store's calls, to be waited for.
extension MessageStore {
    /// Retained messages of a room, as of now.
    func messages(in room: RoomID, _ query: HistoryQuery) async -> Result<HistoryPage, StoreError> {
        let now = Timestamp(milliseconds: WallClock.milliseconds)
        return await withCheckedContinuation { continuation in
            self.messages(in: room, query, now: now) { continuation.resume(returning: $0) }
        }
    }

    /// The `seq` of a room's last message, 0 if there has been none.
    func lastSequence(of room: RoomID) async -> Result<Int, StoreError> {
        await withCheckedContinuation { continuation in
            self.lastSequence(of: room) { continuation.resume(returning: $0) }
        }
    }

    /// Finishes what waits and gives back what the store holds.
    func closeAndWait() async {
        await withCheckedContinuation { continuation in self.close { continuation.resume() } }
    }
}

extension SQLiteStore {
    /// Which `seq` of a room have messages, of those retained at a time or, without one, of all that the tables hold.
    func sequences(
        in room: RoomID,
        _ range: ClosedRange<Int>,
        now: Timestamp? = nil
    ) async -> Result<RangeSet<Int>, StoreError> {
        await withCheckedContinuation { continuation in
            self.sequences(in: room, range, now: now) { continuation.resume(returning: $0) }
        }
    }
}
