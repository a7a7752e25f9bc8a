// Licensed under the MIT licence.

import Chat
import Synchronization

/// Gathers what completions bring, in the order in which they come.
final class Results<Value: Sendable>: Sendable {
    private struct State {
        var results: [Result<Value, StoreError>] = []
        var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    func add(_ result: Result<Value, StoreError>) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.results.append(result)
            guard let waiting = state.waiting, state.results.count >= waiting.count else { return nil }
            state.waiting = nil
            return waiting.continuation
        }
        continuation?.resume()
    }

    /// The values, once there are `count`; or the first failure.
    func all(_ count: Int) async throws -> [Value] {
        await withCheckedContinuation { continuation in
            let isComplete = self.state.withLock { state in
                if state.results.count >= count { return true }
                state.waiting = (count, continuation)
                return false
            }
            if isComplete { continuation.resume() }
        }
        return try self.state.withLock { $0.results }.map { try $0.get() }
    }
}

/// The store's calls, to be awaited.
extension MessageStore {
    private func one<Value: Sendable>(
        _ call: (@escaping @Sendable (Result<Value, StoreError>) -> Void) -> Void
    ) async throws -> Value {
        let results = Results<Value>()
        call { results.add($0) }
        return try await results.all(1)[0]
    }

    func append(_ message: ChatMessage, floor: Int = 0) async throws -> AppendOutcome {
        try await self.one { self.append(message, floor: floor, completion: $0) }
    }

    func messages(in room: RoomID, _ query: HistoryQuery, now: Timestamp) async throws -> HistoryPage {
        try await self.one { self.messages(in: room, query, now: now, completion: $0) }
    }

    func lastSequence(of room: RoomID) async throws -> Int {
        try await self.one { self.lastSequence(of: room, completion: $0) }
    }

    func advance(_ cursor: ReadCursor) async throws -> Bool {
        try await self.one { self.advance(cursor, completion: $0) }
    }

    func readCursor(of user: UserID, in room: RoomID) async throws -> Int {
        try await self.one { self.readCursor(of: user, in: room, completion: $0) }
    }

    func record(_ sighting: LastSeen) async throws {
        try await self.one { self.record(sighting, completion: $0) }
    }

    func lastSeen(of user: UserID) async throws -> LastSeen? {
        try await self.one { self.lastSeen(of: user, completion: $0) }
    }
}
