// Licensed under the MIT licence.

package import Chat

/// The store's calls, to be awaited.
extension MessageStore {
    private func one<Value: Sendable>(
        _ call: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void
    ) async throws -> Value {
        let results = Results<Value>()
        call { results.add($0) }
        return try await results.all(1)[0]
    }

    package func append(_ message: ChatMessage, floor: Int = 0) async throws -> AppendOutcome {
        try await self.one { self.append(message, floor: floor, completion: $0) }
    }

    package func messages(in room: RoomID, _ query: HistoryQuery, now: Timestamp) async throws -> HistoryPage {
        try await self.one { self.messages(in: room, query, now: now, completion: $0) }
    }

    package func lastSequence(of room: RoomID) async throws -> Int {
        try await self.one { self.lastSequence(of: room, completion: $0) }
    }

    package func advance(_ cursor: ReadCursor) async throws -> Bool {
        try await self.one { self.advance(cursor, completion: $0) }
    }

    package func readCursor(of user: UserID, in room: RoomID) async throws -> Int {
        try await self.one { self.readCursor(of: user, in: room, completion: $0) }
    }

    package func arrived(_ sighting: LastSeen) async throws {
        try await self.one { self.arrived(sighting, completion: $0) }
    }

    package func record(_ sighting: LastSeen) async throws {
        try await self.one { self.record(sighting, completion: $0) }
    }

    package func check() async throws {
        try await self.one { self.check(completion: $0) }
    }

    package func close() async {
        await withCheckedContinuation { continuation in self.close { continuation.resume() } }
    }

    package func lastSeen(of user: UserID) async throws -> LastSeen? {
        try await self.one { self.lastSeen(of: user, completion: $0) }
    }
}
