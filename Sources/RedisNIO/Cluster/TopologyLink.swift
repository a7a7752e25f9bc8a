// Licensed under the MIT licence.

import NIOCore

/// Asks nodes for the cluster's topology, on a connection of its own, so that no traffic is in its way.
final class TopologyLink: NodeLinkDelegate {
    static let timeout = TimeAmount.seconds(2)

    private let surroundings: ClientSurroundings
    private let rotation: EndpointRotation
    private let seeds: [RedisEndpoint]
    private var link: NodeLink?

    init(_ surroundings: ClientSurroundings) {
        self.surroundings = surroundings
        self.seeds = surroundings.configuration.endpoints
        self.rotation = EndpointRotation(self.seeds.shuffled())
        self.link = NodeLink(
            surroundings,
            source: self.rotation,
            handshake: surroundings.configuration.handshake(verifiesRole: false),
            role: .commands,
            delegate: self
        )
    }

    func start() {
        self.link?.start()
    }

    /// Asks the node that the link leads to.
    ///
    /// - Parameter completion: Called once, with `nil` if no node has told.
    func ask(_ completion: @escaping @Sendable (ClusterTopology?) -> Void) {
        guard let link else { return completion(nil) }
        let loopBound = NIOLoopBound(link, eventLoop: self.surroundings.eventLoop)
        let deadline = self.surroundings.eventLoop.now + Self.timeout
        link.submit(
            RedisRequest(.command(RedisCommand("CLUSTER", "SLOTS")), deadline: deadline) { result in
                let topology = (try? result.get()).flatMap {
                    ClusterTopology($0, asked: loopBound.value.endpoint)
                }
                completion(topology)
            }
        )
    }

    /// Asks another node from now on.
    func turnToAnother() {
        self.link?.reconnect(RedisError(.connectionLost, message: "another node is asked"))
    }

    /// Learns which nodes there are.
    func know(_ primaries: [RedisEndpoint]) {
        self.rotation.replace(primaries + self.seeds.filter { !primaries.contains($0) })
    }

    func close(_ completion: @escaping () -> Void) {
        guard let link else { return completion() }
        self.link = nil
        link.close(completion)
    }

    func linkBecameReady(_ link: NodeLink) {}

    func linkLost(_ link: NodeLink, reason: RedisError) {}

    func linkFailed(_ link: NodeLink, reason: RedisError) {}

    func link(_ link: NodeLink, answered request: RedisRequest, with reply: RESPValue) {
        if let error = RedisServerReply(reply) {
            request.completion(.failure(error.error()))
        } else {
            request.completion(.success(reply))
        }
    }

    func link(_ link: NodeLink, received value: RESPValue) {}
}
