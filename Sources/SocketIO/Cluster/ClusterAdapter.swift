// Licensed under the MIT licence.

import EngineIOCore
import NIOCore
public import SocketIOCore
import Synchronization

/// The adapter of one namespace on one of many nodes: acts on the sockets of this process at once, and tells the other nodes over
/// a bus.
///
/// ```swift
/// let io = Server(shards: engine.shards, adapter: ClusterAdapter.factory(bus: bus), logger: logger)
/// ```
/// Whatever is called reaches this process's sockets and the bus at once, in the order of the calls; only the gathering of answers
/// waits for news of who else is there. Requests await answers only from nodes that are alive: a node that the bus reports gone
/// is not waited for.
public final class ClusterAdapter: Adapter {
    typealias Requests = ClusterRequests<ClusterAnswer, @Sendable (ClusterOutcome<ClusterAnswer>) -> Void>

    let namespace: String
    let local: any LocalSockets
    let bus: any ClusterBus
    private let requestTimeout: Duration
    private let requests: Mutex<Requests>
    private let isRecounting = Atomic(false)
    private let mailbox: ClusterMailbox
    /// How often it is looked after who has died, while a request awaits nodes that are only counted.
    static let recountInterval: TimeAmount = .milliseconds(500)

    /// Makes adapters whose nodes talk over a bus.
    ///
    /// - Parameters:
    ///   - bus: Reaches the other nodes.
    ///   - requestTimeout: How long to wait for nodes that are asked for their sockets; 5 s by default, as in the reference.
    ///   - maximumRequests: How many requests of a namespace may wait for answers at once; 10,000 by default. Events that ask for
    ///     answers go out without waiting for any when there are more.
    /// - Returns: What a ``Server`` makes its adapters with.
    public static func factory(
        bus: any ClusterBus,
        requestTimeout: Duration = .seconds(5),
        maximumRequests: Int = 10_000
    ) -> AdapterFactory {
        { namespace, local in
            ClusterAdapter(
                namespace: namespace,
                local: local,
                bus: bus,
                requestTimeout: requestTimeout,
                requests: Requests(maximumPending: maximumRequests)
            )
        }
    }

    private init(
        namespace: String,
        local: any LocalSockets,
        bus: any ClusterBus,
        requestTimeout: Duration,
        requests: Requests
    ) {
        self.namespace = namespace
        self.local = local
        self.bus = bus
        self.requestTimeout = requestTimeout
        self.requests = Mutex(requests)
        self.mailbox = ClusterMailbox(home: local.home)
        self.mailbox.adapter = self
    }

    /// Takes part in what the other nodes do.
    public func open() {
        self.bus.attach(self.mailbox, to: self.namespace)
        let (bus, namespace) = (self.bus, self.namespace)
        self.local.watchRooms { room, isOccupied in bus.roomChanged(room, isOccupied: isOccupied, in: namespace) }
    }

    /// Waits for nothing any more.
    public func close() {
        self.local.watchRooms(nil)
        self.bus.detach(self.mailbox, from: self.namespace)
        self.local.home.run {
            self.finish { $0.removeAll() }
        }
    }

    // MARK: Calls

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
        let id = self.begin(from: node, asksOthers: !target.isLocal, within: timeout) {
            completion($0.broadcastAnswers)
        }
        guard let id else {
            self.broadcast(event, to: target)
            return self.local.home.run { completion(BroadcastAnswers(failure: .tooManyRequests)) }
        }
        self.local.deliver(
            event,
            to: target,
            answersWithin: timeout,
            asked: { count in self.change { $0.announced(id, from: node, count: count) } },
            answered: { reply in self.change { $0.answered(id, from: node, reply.map(ClusterAnswer.reply)) } }
        )
        if !target.isLocal { self.ask(id, .ask(.init(id), event, target, timeout: timeout)) }
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
        let id = self.begin(
            from: node,
            asksOthers: !target.isLocal,
            answersPerNode: 1,
            within: self.requestTimeout
        ) { outcome in completion(outcome.complete { $0.sockets }) }
        guard let id else { return self.local.home.run { completion(.failure(.tooManyRequests)) } }
        self.local.describe(target) { sockets in self.change { $0.answered(id, from: node, .sockets(sockets)) } }
        if !target.isLocal { self.ask(id, .describe(.init(id), target)) }
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
        let id = self.begin(from: nil, asksOthers: true, answersPerNode: 1, within: timeout) { outcome in
            completion(outcome.complete { $0.replies })
        }
        guard let id else {
            self.serverSideEmit(event)
            return self.local.home.run { completion(.failure(.tooManyRequests)) }
        }
        self.ask(id, .serverSide(event, .init(id)))
    }

    /// Calls back once what other nodes send to a room reaches this one.
    public func whenReachable(_ room: Room, completion: @escaping @Sendable (Bool) -> Void) {
        let (bus, namespace) = (self.bus, self.namespace)
        // On its way the question stays behind the news that the room has a member.
        self.local.home.run { bus.whenReachable(room, in: namespace, completion: completion) }
    }

    // MARK: Requests

    /// Notes a request, if there is room for it.
    ///
    /// - Parameters:
    ///   - node: This node, if it answers as well.
    ///   - asksOthers: Whether ``ask(_:_:)`` follows.
    ///   - answersPerNode: How many answers each node will send; `nil` if each announces the number.
    ///   - timeout: How long to wait.
    ///   - completion: Gets what came of it, once, on the home shard.
    /// - Returns: The request's number; `nil` if there is no room, and then `completion` is not kept.
    private func begin(
        from node: NodeID?,
        asksOthers: Bool,
        answersPerNode: Int? = nil,
        within timeout: Duration,
        completion: @escaping @Sendable (ClusterOutcome<ClusterAnswer>) -> Void
    ) -> Requests.Number? {
        let deadline = self.local.home.now + TimeAmount(timeout)
        let id = self.requests.withLock {
            $0.begin(
                completion,
                from: node,
                asksOthers: asksOthers,
                answersPerNode: answersPerNode,
                deadline: deadline
            )
        }
        if id != nil { self.setTimer() }
        return id
    }

    /// Asks the other nodes, and finds out who they are.
    private func ask(_ id: Requests.Number, _ question: ClusterMessage) {
        // Who joins after that may get the question, but is not waited for.
        self.bus.ask(question, in: self.namespace) { audience in
            self.local.home.run {
                switch audience {
                case .nodes(let nodes): self.change { $0.othersKnown(id, nodes) }
                case .unknown: self.change { $0.lost(id) }
                case .count(let count):
                    self.change { $0.othersCounted(id, count) }
                    self.recountLater()
                }
            }
        }
    }

    /// As long as anybody is awaited by number, looks now and then how many are left.
    private func recountLater() {
        guard self.requests.withLock({ $0.censusQuestion }) != nil,
            !self.isRecounting.exchange(true, ordering: .relaxed)
        else { return }
        self.local.home.schedule(after: Self.recountInterval) {
            guard let question = self.requests.withLock({ $0.censusQuestion }) else {
                self.isRecounting.store(false, ordering: .relaxed)
                // One may have begun to wait in between.
                return self.recountLater()
            }
            self.bus.recount(question.heard, in: self.namespace) { census in
                self.local.home.run {
                    if let census { self.finish { $0.recounted(census, for: question) } }
                    self.isRecounting.store(false, ordering: .relaxed)
                    self.recountLater()
                }
            }
        }
    }

    /// Notes something about a request, and completes it if that was all.
    ///
    /// Call on the home shard.
    func change(_ body: (inout Requests) -> Requests.Finished?) {
        guard let finished = self.requests.withLock({ body(&$0) }) else { return }
        finished.completion(finished.outcome)
    }

    private func finish(_ body: (inout Requests) -> [Requests.Finished]) {
        for finished in self.requests.withLock({ body(&$0) }) { finished.completion(finished.outcome) }
    }

    /// One timer for all requests: it comes at the earliest deadline, and again as long as any waits.
    private func setTimer() {
        let home = self.local.home
        guard let deadline = self.requests.withLock({ $0.timerToSet() }) else { return }
        home.schedule(after: max(.milliseconds(1), deadline - home.now)) {
            let expired = self.requests.withLock { requests in
                requests.timerFired(deadline)
                return requests.expire(now: home.now)
            }
            for finished in expired { finished.completion(finished.outcome) }
            self.setTimer()
        }
    }

    /// Another node is gone.
    ///
    /// Call on the home shard.
    func left(_ node: NodeID) {
        self.finish { $0.left(node) }
    }
}
