// Licensed under the MIT licence.

import NIOCore

/// Sends each command to the node that serves its keys, and learns of changes from the nodes' answers.
///
/// There is a link to each primary, one to any node for plain subscriptions, one to each primary for sharded ones once there are any,
/// and one to ask for the topology. Belongs to its event loop.
final class ClusterRouter: RequestRouter, NodeLinkDelegate {
    let surroundings: ClientSurroundings
    private(set) var delegate: (any RequestRouterDelegate)?
    private var nodes: [RedisEndpoint: NodeLink] = [:]
    private(set) var topology: ClusterTopology?
    private let topologyLink: TopologyLink
    private var refresh: TopologyRefresh
    private var refreshTimer: Scheduled<Void>?
    private var periodicTimer: Scheduled<Void>?
    /// Whether something suggests that the node which is asked does not see the cluster as it is.
    private var isDoubtful = false
    private(set) var subscriptions: ClusterSubscriptions?

    init(_ surroundings: ClientSurroundings, delegate: any RequestRouterDelegate) {
        self.surroundings = surroundings
        self.delegate = delegate
        self.topologyLink = TopologyLink(surroundings)
        self.refresh = TopologyRefresh(spacing: surroundings.configuration.topologyRefreshSpacing)
        self.subscriptions = ClusterSubscriptions(surroundings, delegate: delegate, router: self)
    }

    private var now: NIODeadline {
        self.surroundings.eventLoop.now
    }

    var isReady: Bool {
        guard let topology, topology.isComplete else { return false }
        return topology.primaries.allSatisfy { self.nodes[$0]?.isReady ?? false }
    }

    func start() {
        self.topologyLink.start()
        self.perform(self.refresh.wanted(now: self.now))
        self.schedulePeriodicRefresh()
    }

    // MARK: Requests

    func submit(_ request: RedisRequest) {
        var request = request
        request.isAsking = false
        switch request.placement {
        case .differentSlots:
            request.completion(.failure(RedisError(.differentSlots, message: "the keys are in different hash slots")))
        case .slot(let slot):
            self.submit(request, to: self.topology?.primary(of: slot))
        case .anywhere:
            let primaries = self.topology?.primaries ?? []
            self.submit(request, to: primaries.first { self.nodes[$0]?.isReady ?? false } ?? primaries.first)
        }
    }

    private func submit(_ request: RedisRequest, to endpoint: RedisEndpoint?) {
        if let endpoint { return self.node(at: endpoint).submit(request) }
        guard !request.failsWhenDisconnected else {
            request.completion(.failure(RedisError(.notConnected, message: "no node is known for it")))
            return
        }
        if self.topology != nil { self.refreshWanted() }
        self.delegate?.routerPostponed(request)
    }

    func submitToPrimaries(
        _ command: RedisCommand,
        deadline: NIODeadline,
        completion: @escaping @Sendable ([RedisPrimaryReply]) -> Void
    ) {
        let primaries = self.topology?.primaries ?? []
        let replies = PrimaryReplies(expected: primaries.count, completion: completion)
        for endpoint in primaries {
            let request = RedisRequest(.command(command), deadline: deadline, isPinned: true) { result in
                replies.add(RedisPrimaryReply(endpoint: endpoint, result: result))
            }
            self.node(at: endpoint).submit(request)
        }
    }

    private func node(at endpoint: RedisEndpoint) -> NodeLink {
        if let node = self.nodes[endpoint] { return node }
        let node = NodeLink(
            self.surroundings,
            source: EndpointRotation([endpoint]),
            handshake: self.surroundings.configuration.handshake(verifiesRole: false),
            role: .commands,
            confirmation: self.surroundings.configuration.confirmation,
            delegate: self
        )
        self.nodes[endpoint] = node
        node.start()
        return node
    }

    // MARK: NodeLinkDelegate

    func link(_ link: NodeLink, answered request: RedisRequest, with reply: RESPValue) {
        guard let error = RedisServerReply(reply) else { return request.completion(.success(reply)) }
        let failure = error.error(ofScript: request.isScript)
        guard failure.outcome == .notDone, !request.isPinned, let delegate else {
            return request.completion(.failure(failure))
        }
        if let redirection = ClusterRedirection(error, from: link.endpoint) {
            return self.redirect(request, redirection)
        }
        switch error.code {
        case "NOSCRIPT" where request.isScript && !request.sendsSource:
            var request = request
            request.sendsSource = true
            link.submit(request)
        case "TRYAGAIN", "LOADING":
            delegate.routerPostponed(request)
        case "CLUSTERDOWN", "MASTERDOWN", "READONLY":
            self.doubt()
            delegate.routerPostponed(request)
        default:
            request.completion(.failure(failure))
        }
    }

    private func redirect(_ request: RedisRequest, _ redirection: ClusterRedirection) {
        self.surroundings.counters.update { $0.redirections += 1 }
        var request = request
        request.redirections += 1
        if redirection.kind == .moved { self.moved(redirection) }
        guard request.redirections <= self.surroundings.configuration.maximumRedirections else {
            request.completion(
                .failure(RedisError(.tooManyRedirections, message: "the nodes do not agree who serves it"))
            )
            return
        }
        request.isAsking = redirection.kind == .ask
        self.node(at: redirection.endpoint).submit(request)
    }

    /// Takes a node's word for one slot, and asks for all.
    func moved(_ redirection: ClusterRedirection) {
        self.topology?.move(redirection.slot, to: redirection.endpoint)
        self.refreshWanted()
    }

    func linkBecameReady(_ link: NodeLink) {
        self.delegate?.routerReadinessChanged()
    }

    func linkLost(_ link: NodeLink, reason: RedisError) {
        self.doubt()
        self.delegate?.routerReadinessChanged()
    }

    func linkFailed(_ link: NodeLink, reason: RedisError) {
        self.doubt()
        self.delegate?.routerReadinessChanged()
    }

    func link(_ link: NodeLink, received value: RESPValue) {}

    // MARK: Topology

    private func doubt() {
        self.isDoubtful = true
        self.refreshWanted()
    }

    func refreshWanted() {
        self.perform(self.refresh.wanted(now: self.now))
    }

    private func schedulePeriodicRefresh() {
        let interval = self.surroundings.configuration.topologyRefreshInterval
        self.periodicTimer = self.surroundings.eventLoop.assumeIsolated().scheduleTask(in: interval) {
            self.refreshWanted()
            self.schedulePeriodicRefresh()
        }
    }

    private func perform(_ action: TopologyRefresh.Action) {
        guard self.delegate != nil else { return }
        switch action {
        case .nothing:
            break
        case .wait(let time):
            self.refreshTimer = self.surroundings.eventLoop.assumeIsolated().scheduleTask(deadline: time) {
                self.perform(self.refresh.waited(now: self.now))
            }
        case .ask:
            let router = NIOLoopBound(self, eventLoop: self.surroundings.eventLoop)
            self.topologyLink.ask { router.value.answered($0) }
        }
    }

    private func answered(_ topology: ClusterTopology?) {
        guard self.delegate != nil else { return }
        if self.isDoubtful, topology == nil || topology == self.topology {
            // It may be cut off from the others.
            self.topologyLink.turnToAnother()
        }
        self.isDoubtful = false
        if let topology { self.adopt(topology) }
        self.perform(self.refresh.ended(isAnswered: topology != nil, now: self.now))
    }

    private func adopt(_ topology: ClusterTopology) {
        self.topology = topology
        self.topologyLink.know(topology.primaries)
        for endpoint in topology.primaries { _ = self.node(at: endpoint) }
        var waiting: [RedisRequest] = []
        for (endpoint, node) in self.nodes {
            let isGone = !topology.primaries.contains(endpoint)
            // What waits for a node that cannot be reached may belong to another one now.
            for request in isGone || !node.isReady ? node.takeWaiting() : [] {
                if !request.isPinned {
                    waiting.append(request)
                } else if isGone {
                    request.completion(.failure(RedisError(.notConnected, message: "the node has left the cluster")))
                } else {
                    node.submit(request)
                }
            }
            if isGone {
                self.nodes[endpoint] = nil
                node.close()
            }
        }
        for request in waiting { self.submit(request) }
        self.subscriptions?.topologyChanged(topology)
        self.delegate?.routerReadinessChanged()
    }

    // MARK: Subscriptions

    func want(_ subscription: RedisSubscription) {
        self.subscriptions?.want(subscription)
    }

    func dismiss(_ subscription: RedisSubscription) {
        self.subscriptions?.dismiss(subscription)
    }

    // MARK: Ending

    func close(_ completion: @escaping () -> Void) {
        self.delegate = nil
        self.refreshTimer?.cancel()
        self.periodicTimer?.cancel()
        let nodes = self.nodes
        self.nodes = [:]
        let remaining = ClosingCount(nodes.count + 2, completion: completion)
        for node in nodes.values { node.close { remaining.down() } }
        self.topologyLink.close { remaining.down() }
        if let subscriptions {
            self.subscriptions = nil
            subscriptions.close { remaining.down() }
        } else {
            remaining.down()
        }
    }
}
