// Licensed under the MIT licence.

import NIOCore
import SocketIOCore
import Synchronization

/// One namespace's part in a ``RedisBus``: what it is subscribed to, and who gets what comes.
///
/// Subscribing and unsubscribing is asked for with the lock held, so that the client hears of it in the order of the decisions. It does not
/// call back from within.
final class RedisMembership: RedisSubscriber {
    typealias Waiter = @Sendable (Bool) -> Void

    private struct State {
        var subscriptions = TopicSubscriptions<Waiter>()
        /// The rooms with members: news of them may be repeated.
        var rooms: Set<Room> = []
        var isOpen = true
    }

    let wire: any RedisWire
    let receiver: any ClusterReceiver
    private let pubSub: any RedisPubSub
    private let counters: RedisBusCounters
    private let idleTime: TimeAmount
    private let state = Mutex(State())

    init(
        wire: any RedisWire,
        receiver: any ClusterReceiver,
        pubSub: any RedisPubSub,
        counters: RedisBusCounters,
        idleTime: TimeAmount
    ) {
        self.wire = wire
        self.receiver = receiver
        self.pubSub = pubSub
        self.counters = counters
        self.idleTime = idleTime
    }

    /// Subscribes to what every node hears.
    func open() {
        self.state.withLock { state in
            for topic in self.wire.topics where state.subscriptions.wanted(topic) {
                self.pubSub.subscribe(self, to: topic)
            }
        }
    }

    /// Unsubscribes from everything.
    func close() {
        let waiters = self.state.withLock { state in
            state.isOpen = false
            let (topics, waiters) = state.subscriptions.removeAll()
            for topic in topics { self.pubSub.unsubscribe(self, from: topic) }
            return waiters
        }
        for waiter in waiters { waiter(false) }
    }

    // MARK: Rooms

    func roomChanged(_ room: Room, isOccupied: Bool) {
        let topic = self.wire.topic(of: room)
        let release = self.state.withLock { state -> TopicSubscriptions<Waiter>.Release in
            guard state.isOpen else { return .init() }
            guard isOccupied else {
                return state.rooms.remove(room) == nil ? .init() : state.subscriptions.released(topic)
            }
            if state.rooms.insert(room).inserted, state.subscriptions.wanted(topic) {
                self.pubSub.subscribe(self, to: topic)
            }
            return .init()
        }
        for waiter in release.waiters { waiter(false) }
        if release.needsTick { self.tickLater() }
    }

    func whenReachable(_ room: Room, completion: @escaping Waiter) {
        let topic = self.wire.topic(of: room)
        let outcome = self.state.withLock { state -> TopicSubscriptions<Waiter>.Wait in
            // Sockets' ids are rooms whose members are not told of.
            guard state.rooms.contains(room) || self.wire.topics.contains(topic) else { return .isUnwanted }
            return state.subscriptions.wait(completion, for: topic)
        }
        switch outcome {
        case .untilConfirmed: break
        case .isConfirmed: completion(true)
        case .isUnwanted: completion(false)
        }
    }

    private func tickLater() {
        self.pubSub.schedule(after: self.idleTime) { [weak self] in
            guard let self else { return }
            let needsTick = self.state.withLock { state in
                let (topics, needsTick) = state.subscriptions.tick()
                for topic in topics { self.pubSub.unsubscribe(self, from: topic) }
                return needsTick
            }
            if needsTick { self.tickLater() }
        }
    }

    // MARK: RedisSubscriber

    func subscribed(to topic: RedisTopic) {
        let waiters = self.state.withLock { $0.subscriptions.confirmed(topic) }
        for waiter in waiters { waiter(true) }
    }

    func interrupted(_ topic: RedisTopic) {
        self.state.withLock { $0.subscriptions.interrupted(topic) }
    }

    func received(_ body: ByteBuffer, on topic: RedisTopic) {
        // The last member of the room left a moment ago.
        guard self.state.withLock({ $0.subscriptions.isWanted(topic) }) else { return }
        self.counters.received.add(1, ordering: .relaxed)
        do throws(RedisWireError) {
            switch try self.wire.decode(body, on: topic) {
            case .message(let message, let node): self.receiver.received(message, from: node)
            case .returned(let id): self.receiver.returned(id)
            case .ignored: break
            }
        } catch {
            self.counters.rejected.add(1, ordering: .relaxed)
        }
    }
}
