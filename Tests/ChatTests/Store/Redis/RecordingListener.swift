// Licensed under the MIT licence.

import Chat
import ChatStores
import RedisNIO
import Synchronization

/// Writes down what it is told, and lets a test wait for it.
final class RecordingListener: ChatClusterListener {
    enum Event: Hashable {
        case stored(Int, String)
        case came(UserID, Int)
        case left(UserID, Int)
        case nodeGone(Int)
        case doubted
        case renamed(Int)
    }

    private struct State {
        var events: [Event] = []
        var waiters: [(@Sendable ([Event]) -> Bool, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var events: [Event] { self.state.withLock { $0.events } }

    func wait(until condition: @escaping @Sendable ([Event]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = self.state.withLock { state in
                if condition(state.events) { return true }
                state.waiters.append((condition, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    /// Asks until so many nodes have leases.
    func waitForNodes(_ count: Int, _ client: RedisClient) async {
        while (try? await client.send(RedisCommand("ZCARD", "martlet:nodes")).number) != count { await Task.yield() }
    }

    private func note(_ event: Event) {
        let ready: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            state.events.append(event)
            let events = state.events
            let ready = state.waiters.filter { $0.0(events) }.map(\.1)
            state.waiters.removeAll { $0.0(events) }
            return ready
        }
        for waiter in ready { waiter.resume() }
    }

    func stored(_ message: StoredMessage) { self.note(.stored(message.seq, message.message.id.string)) }

    func changed(_ change: RosterChange, at place: ClusterPlace) {
        switch change.event {
        case .came(let user, _): self.note(.came(user.id, change.version))
        case .left(let user, _): self.note(.left(user, change.version))
        case .nodeGone: self.note(.nodeGone(change.version))
        }
    }

    func doubted(_ place: ClusterPlace) { self.note(.doubted) }
    func renamed(_ names: Set<NodeName>) { self.note(.renamed(names.count)) }
}

extension RedisCluster {
    func follow(_ place: ClusterPlace) async throws {
        try await withCheckedThrowingContinuation { continuation in
            self.follow(place) { continuation.resume(with: $0) }
        }
    }

    func roster(of place: ClusterPlace) async throws -> RosterSnapshot {
        try await withCheckedThrowingContinuation { continuation in
            self.roster(of: place) { continuation.resume(with: $0) }
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in self.close { continuation.resume() } }
    }

    /// Asks who is at a place until it is as expected; the suite's time limit ends what never is.
    func awaitRoster(
        of place: ClusterPlace,
        _ client: RedisClient,
        _ isRight: ([NodeName: [ChatUser]]) -> Bool
    ) async throws {
        // The node's own connection may be the one that has just been broken.
        while await (try? self.roster(of: place)).map({ !isRight($0.users) }) ?? true {
            _ = try await client.send(RedisCommand("PING"))
        }
    }
}
