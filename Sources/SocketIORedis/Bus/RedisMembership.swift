// Licensed under the MIT licence.

import Logging
import NIOCore
import RedisNIO
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
        /// The rooms that other nodes were told of late to put sockets in.
        var settling = FadingSet<Room>()
        var isOpen = true
        var hasToldOfRefusal = false
    }

    /// How long a node may take to subscribe, at least.
    static let settlingTime: TimeAmount = .seconds(2)

    let wire: any RedisWire
    let receiver: any ClusterReceiver
    private let pubSub: any RedisPubSub
    private let counters: RedisBusCounters
    private let idleTime: TimeAmount
    private let logger: Logger?
    private let state = Mutex(State())

    init(
        wire: any RedisWire,
        receiver: any ClusterReceiver,
        pubSub: any RedisPubSub,
        counters: RedisBusCounters,
        idleTime: TimeAmount,
        logger: Logger?
    ) {
        self.wire = wire
        self.receiver = receiver
        self.pubSub = pubSub
        self.counters = counters
        self.idleTime = idleTime
        self.logger = logger
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

    // MARK: Sending

    /// What a message is to be published as.
    ///
    /// A node that was told to put sockets in a room takes a moment until it is subscribed to the room's channel. What is sent to the
    /// room meanwhile goes to all nodes, so that it finds these sockets, as it would if nodes were subscribed to everything.
    func encode(_ message: ClusterMessage, to node: NodeID?) -> (topic: RedisSubscription, body: ByteBuffer)? {
        guard let (topic, body) = self.wire.encode(message, to: node) else { return nil }
        switch message {
        case .join(let rooms, _):
            let needsTick = self.state.withLock { state in
                rooms.reduce(false) { state.settling.insert($1) || $0 }
            }
            if needsTick { self.settleLater() }
        case .broadcast(_, let target):
            guard let room = target.onlyRoom else { break }
            if self.state.withLock({ $0.settling.contains(room) }) { return (self.wire.common, body) }
        default:
            break
        }
        return (topic, body)
    }

    private func settleLater() {
        self.pubSub.schedule(after: Self.settlingTime) { [weak self] in
            guard let self else { return }
            if self.state.withLock({ $0.settling.tick().needsTick }) { self.settleLater() }
        }
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

    func subscribed(to topic: RedisSubscription, afterInterruption: Bool) {
        let waiters = self.state.withLock { $0.subscriptions.confirmed(topic) }
        for waiter in waiters { waiter(true) }
    }

    func interrupted(_ topic: RedisSubscription) {
        self.state.withLock { $0.subscriptions.interrupted(topic) }
    }

    func failed(_ topic: RedisSubscription, error: RedisError) {
        let (waiters, isTold) = self.state.withLock { state in
            defer { if error.code != .closed { state.hasToldOfRefusal = true } }
            return (state.subscriptions.failed(topic), state.hasToldOfRefusal)
        }
        for waiter in waiters { waiter(false) }
        // There may be as many refusals as there are rooms, all for the same reason.
        guard error.code != .closed, !isTold else { return }
        var metadata: Logger.Metadata = ["code": "\(error.serverCode ?? "")"]
        // Rooms may be called what is not for logs.
        if self.wire.topics.contains(topic) { metadata["channel"] = "\(topic.name)" }
        self.logger?.error(
            "Redis refuses a channel or pattern of the namespace; what other servers send to it, or to its rooms, may not arrive here",
            metadata: metadata
        )
    }

    func received(_ body: ByteBuffer, on channel: String, by topic: RedisSubscription) {
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
