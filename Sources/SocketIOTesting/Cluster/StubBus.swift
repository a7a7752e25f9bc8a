// Licensed under the MIT licence.

package import SocketIOCore
import Synchronization

/// A bus between servers on one ``TestLoop``, for tests of clusters: messages can be lost, and nodes can die.
package final class StubBus: Sendable {
    private struct State {
        /// By namespace, then by node.
        var receivers: [String: [NodeID: any ClusterReceiver]] = [:]
        var dead: Set<NodeID> = []
        var losesMessage: @Sendable (ClusterMessage, _ from: NodeID, _ to: NodeID) -> Bool = { _, _, _ in false }
        var messageCount = 0
        /// The questions who is there, while they are held back.
        var heldQuestions: [@Sendable () -> Void]?
    }

    private let loop: TestLoop
    private let state = Mutex(State())

    package init(loop: TestLoop) {
        self.loop = loop
    }

    /// One server's end of the bus.
    package func member(_ name: String) -> any ClusterBus {
        Member(node: NodeID(name), bus: self)
    }

    /// How many messages were handed over, one for each receiver.
    package var messageCount: Int { self.state.withLock { $0.messageCount } }

    /// From now on messages for which this is true are lost.
    package func lose(_ isLost: @escaping @Sendable (ClusterMessage, _ from: NodeID, _ to: NodeID) -> Bool) {
        self.state.withLock { $0.losesMessage = isLost }
    }

    /// From now on nobody is told who is there, until ``tellNodes()``.
    package func holdNodes() {
        self.state.withLock { $0.heldQuestions = $0.heldQuestions ?? [] }
    }

    /// Tells all who have asked who is there.
    package func tellNodes() {
        for tell in self.state.withLock({ $0.heldQuestions.take() }) ?? [] { tell() }
    }

    /// A node neither gets nor sends anything any more.
    ///
    /// `isNoticed`: whether the others are told; otherwise they go on to count on it.
    package func kill(_ name: String, isNoticed: Bool) {
        let node = NodeID(name)
        let others = self.state.withLock { state in
            state.dead.insert(node)
            guard isNoticed else { return [any ClusterReceiver]() }
            var others: [any ClusterReceiver] = []
            for namespace in state.receivers.keys {
                state.receivers[namespace]?[node] = nil
                others += state.receivers[namespace, default: [:]].values
            }
            return others
        }
        self.loop.shards[0].execute { for receiver in others { receiver.left(node) } }
    }

    private func receivers(in namespace: String) -> [NodeID: any ClusterReceiver] {
        self.state.withLock { $0.receivers[namespace] ?? [:] }
    }

    private func deliver(_ message: ClusterMessage, in namespace: String, from sender: NodeID, to node: NodeID) {
        let receiver = self.state.withLock { state -> (any ClusterReceiver)? in
            guard !state.dead.contains(sender), !state.dead.contains(node) else { return nil }
            guard !state.losesMessage(message, sender, node) else { return nil }
            state.messageCount += 1
            return state.receivers[namespace]?[node]
        }
        guard let receiver else { return }
        self.loop.shards[0].execute { receiver.received(message, from: sender) }
    }

    private struct Member: ClusterBus {
        let node: NodeID
        let bus: StubBus

        func attach(_ receiver: any ClusterReceiver, to namespace: String) {
            self.bus.state.withLock { $0.receivers[namespace, default: [:]][self.node] = receiver }
        }

        func detach(_ receiver: any ClusterReceiver, from namespace: String) {
            self.bus.state.withLock { state in
                guard state.receivers[namespace]?[self.node] === receiver else { return }
                state.receivers[namespace]?[self.node] = nil
            }
        }

        func publish(_ message: ClusterMessage, in namespace: String) {
            for node in self.bus.receivers(in: namespace).keys where node != self.node {
                self.bus.deliver(message, in: namespace, from: self.node, to: node)
            }
        }

        func send(_ message: ClusterMessage, in namespace: String, to node: NodeID) {
            self.bus.deliver(message, in: namespace, from: self.node, to: node)
        }

        func ask(
            _ question: ClusterMessage,
            in namespace: String,
            audience: @escaping @Sendable (ClusterAudience) -> Void
        ) {
            let tell: @Sendable () -> Void = {
                audience(.nodes(Set(self.bus.receivers(in: namespace).keys).subtracting([self.node])))
            }
            let isHeld = self.bus.state.withLock { state in
                state.heldQuestions?.append(tell)
                return state.heldQuestions != nil
            }
            if !isHeld { tell() }
            self.publish(question, in: namespace)
        }
    }
}
