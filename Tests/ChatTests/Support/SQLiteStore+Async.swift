// Licensed under the MIT licence.

import Chat

@testable import ChatStores

extension SQLiteStore {
    func restore(_ messages: [StoredMessage]) async throws -> Int {
        let results = Results<Int>()
        self.restore(messages) { results.add($0) }
        return try await results.all(1)[0]
    }

    func sequences(in room: RoomID, _ range: ClosedRange<Int>, now: Timestamp? = nil) async throws -> RangeSet<Int> {
        let results = Results<RangeSet<Int>>()
        self.sequences(in: room, range, now: now) { results.add($0) }
        return try await results.all(1)[0]
    }

    func rooms(after: RoomID?, limit: Int) async throws -> [RoomSummary] {
        let results = Results<[RoomSummary]>()
        self.rooms(after: after, limit: limit) { results.add($0) }
        return try await results.all(1)[0]
    }

    func limit(pages: Int) async throws {
        let results = Results<Void>()
        self.limit(pages: pages) { results.add($0) }
        _ = try await results.all(1)
    }
}
