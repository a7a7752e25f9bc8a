// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
public import SocketIOCore

/// The adapter of one namespace on one of many nodes: acts on the sockets of this process at once, and tells the other nodes over
/// a bus.
///
/// ```swift
/// let io = Server(shards: engine.shards, adapter: ClusterAdapter.factory(bus: bus), logger: logger)
/// ```
/// Requests await answers only from nodes that are alive: a node that the bus reports gone is not waited for.
///
/// `@unchecked Sendable`: every `var` is touched on the namespace's home shard only.
public final class ClusterAdapter: Adapter, @unchecked Sendable {
    /// What a node sends back.
    enum Answer: Sendable {
        case reply(AckReply)
        case sockets([SocketDescription])
    }

    typealias Requests = ClusterRequests<Answer, @Sendable (Outcome) -> Void>

    /// What a request came to.
    struct Outcome: Sendable {
        var answers: [Answer]
        var silentNodes: Int
        var missingAnswers: Int
    }

    let namespace: String
    let local: any LocalSockets
    let bus: any ClusterBus
    private let requestTimeout: Duration
    private var requests = Requests()
    private var scheduledExpiry: NIODeadline?
    private let mailbox: ClusterMailbox

    /// Makes adapters whose nodes talk over a bus.
    ///
    /// - Parameters:
    ///   - bus: Reaches the other nodes.
    ///   - requestTimeout: How long to wait for nodes that are asked for their sockets; 5 s by default, as in the reference.
    /// - Returns: What a ``Server`` makes its adapters with.
    public static func factory(bus: any ClusterBus, requestTimeout: Duration = .seconds(5)) -> AdapterFactory {
        { namespace, local in
            let adapter = ClusterAdapter(namespace: namespace, local: local, bus: bus, requestTimeout: requestTimeout)
            bus.attach(adapter.mailbox, to: namespace)
            return adapter
        }
    }

    private init(namespace: String, local: any LocalSockets, bus: any ClusterBus, requestTimeout: Duration) {
        self.namespace = namespace
        self.local = local
        self.bus = bus
        self.requestTimeout = requestTimeout
        self.mailbox = ClusterMailbox(home: local.home)
        self.mailbox.adapter = self
    }

    // MARK: Adapter

    /// Sends an event to the matching sockets of all nodes.
    public func broadcast(_ event: BroadcastEvent, to target: BroadcastTarget) {
        self.local.deliver(event, to: target)
        if !target.isLocal { self.bus.publish(.broadcast(event, target), in: self.namespace) }
    }

    /// Asks the matching sockets of all nodes.
    public func broadcast(
        _ event: BroadcastEvent,
        to target: BroadcastTarget,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (BroadcastAnswers) -> Void
    ) {
        let node = self.bus.node
        self.request(isLocal: target.isLocal, answersPerNode: nil, with: node, timeout: timeout) { id in
            self.local.deliver(
                event,
                to: target,
                answersWithin: timeout,
                asked: { self.finish(self.requests.announced(id, from: node, count: $0)) },
                answered: { self.finish(self.requests.answered(id, from: node, $0.map(Answer.reply))) }
            )
            return .ask(id, event, target, timeout: timeout)
        } completion: { outcome in
            // A node that never said how many it asked is unknown to count.
            completion(BroadcastAnswers(replies: outcome.replies, missing: outcome.missingAnswers))
        }
    }

    /// Makes the matching sockets of all nodes members of rooms.
    public func join(_ rooms: [Room], _ target: BroadcastTarget) {
        self.local.join(rooms, target)
        if !target.isLocal { self.bus.publish(.join(rooms, target), in: self.namespace) }
    }

    /// Ends the membership of the matching sockets of all nodes in rooms.
    public func leave(_ rooms: [Room], _ target: BroadcastTarget) {
        self.local.leave(rooms, target)
        if !target.isLocal { self.bus.publish(.leave(rooms, target), in: self.namespace) }
    }

    /// Puts the matching sockets of all nodes out of the namespace.
    public func disconnect(_ target: BroadcastTarget, closing: Bool) {
        self.local.disconnect(target, closing: closing)
        if !target.isLocal { self.bus.publish(.disconnect(target, closing: closing), in: self.namespace) }
    }

    /// Describes the matching sockets of all nodes.
    public func fetchSockets(
        _ target: BroadcastTarget,
        completion: @escaping @Sendable (Result<[SocketDescription], ClusterError>) -> Void
    ) {
        let node = self.bus.node
        self.request(isLocal: target.isLocal, answersPerNode: 1, with: node, timeout: self.requestTimeout) { id in
            self.local.describe(target) { self.finish(self.requests.answered(id, from: node, .sockets($0))) }
            return .describe(id, target)
        } completion: { outcome in
            completion(outcome.complete { $0.sockets })
        }
    }

    /// Sends an event to the servers of all other nodes.
    public func serverSideEmit(_ event: ServerSideMessage) {
        self.bus.publish(.serverSide(event, nil), in: self.namespace)
    }

    /// Sends an event to the servers of all other nodes and gathers their answers.
    public func serverSideEmit(
        _ event: ServerSideMessage,
        answersWithin timeout: Duration,
        completion: @escaping @Sendable (Result<[AckReply], ClusterError>) -> Void
    ) {
        self.request(isLocal: false, answersPerNode: 1, with: nil, timeout: timeout) { id in
            .serverSide(event, id)
        } completion: { outcome in
            completion(outcome.complete { $0.replies })
        }
    }

    /// Waits for nothing any more.
    public func close() {
        self.bus.detach(self.mailbox, from: self.namespace)
        self.local.home.run { for finished in self.requests.removeAll() { self.finish(finished) } }
    }

    // MARK: Requests

    /// Asks the nodes that are alive.
    ///
    /// - Parameters:
    ///   - isLocal: Whether this node is the only one that matters.
    ///   - answersPerNode: How many answers each node will send; `nil` if each announces the number.
    ///   - node: This node, if it answers as well.
    ///   - timeout: How long to wait.
    ///   - begin: Asks this node, and returns what to ask the others.
    ///   - completion: Gets what came of it, once, on the home shard.
    private func request(
        isLocal: Bool,
        answersPerNode: Int?,
        with node: NodeID?,
        timeout: Duration,
        _ begin: @escaping @Sendable (ClusterRequestID) -> ClusterMessage,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        let ask: @Sendable (Set<NodeID>) -> Void = { others in
            self.local.home.run {
                let deadline = self.local.home.now + TimeAmount(timeout)
                let nodes = node.map { others.union([$0]) } ?? others
                let (id, finished) = self.requests.begin(
                    completion,
                    awaiting: nodes,
                    answersPerNode: answersPerNode,
                    deadline: deadline
                )
                guard finished == nil else { return self.finish(finished) }
                self.scheduleExpiry()
                let message = begin(id)
                if !others.isEmpty { self.bus.publish(message, in: self.namespace) }
            }
        }
        if isLocal { ask([]) } else { self.bus.otherNodes(in: self.namespace, completion: ask) }
    }

    func finish(_ finished: Requests.Finished?) {
        guard let finished else { return }
        finished.completion(
            Outcome(
                answers: finished.answers,
                silentNodes: finished.silentNodes,
                missingAnswers: finished.missingAnswers
            )
        )
    }

    /// One timer for all requests: it comes at the earliest deadline, and again as long as any waits.
    private func scheduleExpiry() {
        guard let next = self.requests.nextDeadline else { return }
        if let scheduledExpiry, scheduledExpiry <= next { return }
        self.scheduledExpiry = next
        let home = self.local.home
        home.schedule(after: max(.milliseconds(1), next - home.now)) {
            if self.scheduledExpiry == next { self.scheduledExpiry = nil }
            for finished in self.requests.expire(now: home.now) { self.finish(finished) }
            self.scheduleExpiry()
        }
    }

    // MARK: What other nodes send

    /// Acts on a message of another node.
    ///
    /// Call on the home shard.
    func received(_ message: ClusterMessage, from node: NodeID) {
        switch message {
        case .broadcast(let event, let target):
            self.local.deliver(event, to: target)
        case .ask(let id, let event, let target, let timeout):
            self.local.deliver(
                event,
                to: target,
                answersWithin: timeout,
                asked: { self.bus.send(.asked(id, count: $0), in: self.namespace, to: node) },
                answered: { reply in
                    // Who asked counts what does not come.
                    if let reply { self.bus.send(.answer(id, reply), in: self.namespace, to: node) }
                }
            )
        case .asked(let id, let count):
            self.finish(self.requests.announced(id, from: node, count: count))
        case .answer(let id, let reply):
            self.finish(self.requests.answered(id, from: node, .reply(reply)))
        case .join(let rooms, let target):
            self.local.join(rooms, target)
        case .leave(let rooms, let target):
            self.local.leave(rooms, target)
        case .disconnect(let target, let closing):
            self.local.disconnect(target, closing: closing)
        case .describe(let id, let target):
            self.local.describe(target) { self.bus.send(.sockets(id, $0), in: self.namespace, to: node) }
        case .sockets(let id, let sockets):
            self.finish(self.requests.answered(id, from: node, .sockets(sockets)))
        case .serverSide(let event, let id):
            let answer = id.map { id -> @Sendable (AckReply) -> Void in
                { self.bus.send(.answer(id, $0), in: self.namespace, to: node) }
            }
            self.local.serverSideEventReceived(event, answer: answer)
        }
    }

    /// Another node is gone.
    ///
    /// Call on the home shard.
    func left(_ node: NodeID) {
        for finished in self.requests.left(node) { self.finish(finished) }
    }
}

/// Brings what the bus delivers to the adapter's home shard; does not keep the adapter alive.
///
/// `@unchecked Sendable`: `adapter` is set once, before the bus knows of it.
private final class ClusterMailbox: ClusterReceiver, @unchecked Sendable {
    private let home: any EngineShard
    weak var adapter: ClusterAdapter?

    init(home: any EngineShard) {
        self.home = home
    }

    func received(_ message: ClusterMessage, from node: NodeID) {
        self.home.run { self.adapter?.received(message, from: node) }
    }

    func left(_ node: NodeID) {
        self.home.run { self.adapter?.left(node) }
    }
}

extension ClusterAdapter.Outcome {
    var replies: [AckReply] {
        self.answers.compactMap { if case .reply(let reply) = $0 { reply } else { nil } }
    }

    var sockets: [SocketDescription] {
        self.answers.flatMap { answer -> [SocketDescription] in
            if case .sockets(let sockets) = answer { sockets } else { [] }
        }
    }

    /// What was asked for, if every node that is alive has answered.
    func complete<Value>(_ value: (Self) -> Value) -> Result<Value, ClusterError> {
        self.silentNodes == 0 ? .success(value(self)) : .failure(.missingAnswers(from: self.silentNodes))
    }
}
