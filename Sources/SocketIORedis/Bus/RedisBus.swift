// Licensed under the MIT licence.

public import Logging
import NIOCore
public import RedisNIO
public import SocketIOCore
import Synchronization

/// Joins the nodes of a cluster over the pub/sub of Redis, on the wire of existing Socket.IO servers and emitters.
///
/// ```swift
/// let bus = RedisBus(client: redis)
/// let io = Server(shards: engine.shards, adapter: ClusterAdapter.factory(bus: bus), logger: logger)
/// ```
/// Node servers with `@socket.io/redis-adapter` and every emitter of that family take part as they are.
///
/// - **Subscriptions**: a namespace is subscribed to its own channels from the moment it is made, and to the channel of each room as long
///   as the room has members in this process (``RedisBusOptions/Subscriptions``). Until Redis has confirmed the subscription of a room,
///   which ``/SocketIOCore/Adapter/whenReachable(_:completion:)`` tells, events that other nodes send to that room alone may be missed.
/// - **Answers**: Redis tells how many nodes a question reached. While answers are awaited it is asked twice a second how many there
///   are still, so that nobody waits for one that has died.
/// - **Rights**: a user of Redis with an access list needs `&socket.io*`, and each namespace's pattern by its very letters, such as
///   `&socket.io#/#[!-~]???????????????????#`. A channel or pattern that is refused is given up for good, which the log says.
/// - **Bad messages** are dropped and counted (``statistics``).
public final class RedisBus: ClusterBus {
    /// This process: six random letters and digits, or on sharded channels sixteen hexadecimal digits; different for each bus.
    public let node: NodeID
    private let pubSub: any RedisPubSub
    private let options: RedisBusOptions
    private let logger: Logger?
    private let counters = RedisBusCounters()
    private let members = Members()
    private let python: PythonChannel?

    /// The namespaces that the bus carries, by name.
    private final class Members: Sendable {
        let all = Mutex<[String: RedisMembership]>([:])

        subscript(namespace: String) -> RedisMembership? { self.all.withLock { $0[namespace] } }
    }

    /// Joins a cluster.
    ///
    /// - Parameters:
    ///   - client: Connects to Redis; is not closed with the bus.
    ///   - options: What to subscribe to, and what to call it.
    ///   - logger: Told, at `error`, if Redis does not allow a subscription; nothing is logged if `nil`.
    public convenience init(
        client: RedisClient,
        options: RedisBusOptions = RedisBusOptions(),
        logger: Logger? = nil
    ) {
        let isCluster = if case .cluster = client.configuration.mode { true } else { false }
        self.init(pubSub: ClientPubSub(client: client, isCluster: isCluster), options: options, logger: logger)
    }

    /// Joins a cluster over something that behaves like a client.
    package init(
        pubSub: any RedisPubSub,
        options: RedisBusOptions = RedisBusOptions(),
        logger: Logger? = nil
    ) {
        self.node = NodeID(options.wire == .classic ? RandomName.make(6) : RandomName.makeHexadecimal(16))
        self.pubSub = pubSub
        self.options = options
        self.logger = logger
        let (node, counters, members) = (self.node, self.counters, self.members)
        self.python = options.pythonChannel.map { channel in
            PythonChannel(
                channel,
                node: node,
                maximumBytes: options.maximumMessageBytes,
                limits: .ofOtherNodes(options),
                pubSub: pubSub,
                counters: counters,
                logger: logger
            ) { members[$0]?.receiver }
        }
    }

    /// What has come and gone so far.
    public var statistics: RedisBusStatistics { self.counters.statistics }

    // MARK: ClusterBus

    /// Subscribes to the namespace's channels.
    public func attach(_ receiver: any ClusterReceiver, to namespace: String) {
        var logger = self.logger
        logger?[metadataKey: "sio.namespace"] = "\(namespace)"
        let member = RedisMembership(
            wire: self.wire(of: namespace),
            receiver: receiver,
            pubSub: self.pubSub,
            counters: self.counters,
            idleTime: TimeAmount(self.options.idleTime),
            logger: logger
        )
        let (old, isNew) = self.members.all.withLock { members -> (RedisMembership?, Bool) in
            let old = members[namespace]
            guard old?.receiver !== receiver else { return (nil, false) }
            members[namespace] = member
            return (old, true)
        }
        old?.close()
        if isNew { member.open() }
        self.python?.setOpen(true)
    }

    private func wire(of namespace: String) -> any RedisWire {
        switch self.options.wire {
        case .classic: ClassicWire(node: self.node, namespace: namespace, options: self.options)
        case .sharded: ShardedWire(node: self.node, namespace: namespace, options: self.options)
        }
    }

    /// Unsubscribes.
    public func detach(_ receiver: any ClusterReceiver, from namespace: String) {
        let member = self.members.all.withLock { members -> RedisMembership? in
            guard members[namespace]?.receiver === receiver else { return nil }
            return members.removeValue(forKey: namespace)
        }
        member?.close()
        self.python?.setOpen(!self.members.all.withLock { $0.isEmpty })
    }

    /// Publishes a message on the channel of its room or of the namespace.
    public func publish(_ message: ClusterMessage, in namespace: String) {
        self.publish(message, to: nil, in: namespace)
        self.python?.publish(message)
    }

    /// Publishes an answer.
    public func send(_ message: ClusterMessage, in namespace: String, to node: NodeID) {
        if self.python?.answer(message) == true { return }
        self.publish(message, to: node, in: namespace)
    }

    private func publish(_ message: ClusterMessage, to node: NodeID?, in namespace: String) {
        guard let (topic, body) = self.members[namespace]?.encode(message, to: node) else { return }
        self.publish(body, on: topic) { _ in }
    }

    private func publish(
        _ body: ByteBuffer,
        on topic: RedisSubscription,
        completion: @escaping @Sendable (RedisPublication) -> Void
    ) {
        let counters = self.counters
        counters.published.add(1, ordering: .relaxed)
        self.pubSub.publish(body, on: topic) { publication in
            if publication == .failed { counters.failed.add(1, ordering: .relaxed) }
            completion(publication)
        }
    }

    /// Publishes a question, and finds out how many it reached.
    public func ask(
        _ question: ClusterMessage,
        in namespace: String,
        audience: @escaping @Sendable (ClusterAudience) -> Void
    ) {
        guard let wire = self.members[namespace]?.wire, let (topic, body) = wire.encode(question, to: nil) else {
            return audience(.unknown)
        }
        let count = ReceiverCount(audience)
        self.publish(body, on: topic) { count.published($0) }
        self.python?.publish(question)
        // Behind the question: who has subscribed in between is counted here only, and who has died there only. Whoever listens to
        // everything by a pattern is counted there only, too.
        self.pubSub.subscriberCounts(of: [wire.questions]) { count.counted($0?.first) }
    }

    /// Counts the nodes that are subscribed to the namespace's questions, and looks who of those that have answered still is.
    public func recount(
        _ heard: Set<NodeID>,
        in namespace: String,
        completion: @escaping @Sendable (ClusterCensus?) -> Void
    ) {
        guard let wire = self.members[namespace]?.wire else { return completion(nil) }
        let nodes = Array(heard)
        let topics = [wire.questions, wire.presence(of: self.node)] + nodes.map { wire.presence(of: $0) }
        self.pubSub.subscriberCounts(of: topics) { counts in
            guard let counts, counts.count == topics.count else { return completion(nil) }
            let alive = zip(nodes, counts.dropFirst(2)).filter { $0.1 > 0 }.map(\.0)
            // This node has heard itself, and counts as one even at a moment when it is not subscribed.
            completion(ClusterCensus(count: counts[0] + (counts[1] > 0 ? 0 : 1), alive: Set(alive)))
        }
    }

    /// Subscribes to the room's channel, or unsubscribes some time later.
    public func roomChanged(_ room: Room, isOccupied: Bool, in namespace: String) {
        self.members[namespace]?.roomChanged(room, isOccupied: isOccupied)
    }

    /// Calls back once the room's channel is subscribed to.
    public func whenReachable(_ room: Room, in namespace: String, completion: @escaping @Sendable (Bool) -> Void) {
        guard let member = self.members[namespace] else { return completion(false) }
        member.whenReachable(room, completion: completion)
    }
}

/// Joins the two counts of those whom a question has reached.
private final class ReceiverCount: Sendable {
    private struct State {
        var publication: RedisPublication?
        var counted: Int??
        var audience: (@Sendable (ClusterAudience) -> Void)?
    }

    private let state: Mutex<State>

    init(_ audience: @escaping @Sendable (ClusterAudience) -> Void) {
        self.state = Mutex(State(audience: audience))
    }

    func published(_ publication: RedisPublication) {
        self.change { $0.publication = publication }
    }

    func counted(_ count: Int?) {
        self.change { $0.counted = .some(count) }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let outcome = self.state.withLock { state -> (@Sendable (ClusterAudience) -> Void, ClusterAudience)? in
            body(&state)
            guard let publication = state.publication, let counted = state.counted else { return nil }
            return state.audience.take().map { ($0, Self.audience(publication, counted)) }
        }
        if let (audience, known) = outcome { audience(known) }
    }

    private static func audience(_ publication: RedisPublication, _ counted: Int?) -> ClusterAudience {
        switch (publication, counted) {
        case (.failed, _), (.sent(nil), nil): .unknown
        case (.sent(let receivers?), let counted?): .count(min(receivers, counted))
        case (.sent(let receivers), let counted): .count(receivers ?? counted ?? 0)
        }
    }
}
