// Licensed under the MIT licence.

import Logging
import NIOCore
import RedisNIO
import SocketIOCore
import Synchronization

/// A bus's part in the channel of python-socketio's managers: subscribed to as long as the bus has a namespace.
final class PythonChannel: RedisSubscriber {
    private let topic: RedisSubscription
    private let wire: PythonWire
    private let publishes: Bool
    private let pubSub: any RedisPubSub
    private let counters: RedisBusCounters
    private let maximumBytes: Int
    private let logger: Logger?
    /// The receiver of a namespace.
    private let receiver: @Sendable (String) -> (any ClusterReceiver)?
    private let isOpen = Mutex(false)

    init(
        _ options: RedisBusOptions.PythonChannel,
        node: NodeID,
        maximumBytes: Int,
        limits: SocketIOLimits,
        pubSub: any RedisPubSub,
        counters: RedisBusCounters,
        logger: Logger?,
        receiver: @escaping @Sendable (String) -> (any ClusterReceiver)?
    ) {
        self.topic = .channel(options.name)
        self.publishes = options.publishes
        self.wire = PythonWire(node: node, limits: limits, realm: options.realm)
        self.maximumBytes = maximumBytes
        self.pubSub = pubSub
        self.counters = counters
        self.logger = logger
        self.receiver = receiver
    }

    /// The bus has its first namespace, or none any more.
    func setOpen(_ isWanted: Bool) {
        self.isOpen.withLock { isOpen in
            guard isOpen != isWanted else { return }
            isOpen = isWanted
            if isWanted {
                self.pubSub.subscribe(self, to: self.topic)
            } else {
                self.pubSub.unsubscribe(self, from: self.topic)
            }
        }
    }

    /// Tells Python's servers what they can use of a message to all nodes.
    func publish(_ message: ClusterMessage) {
        guard self.publishes else { return }
        switch message {
        case .broadcast(let event, let target), .ask(_, let event, let target, _):
            if let body = self.wire.encode(event, target) { self.publish(body) }
        case .asked, .answer, .join, .leave, .disconnect, .describe, .sockets, .serverSide:
            break
        }
    }

    /// Answers a Python process.
    /// - Returns: Whether the answer was for one.
    func answer(_ message: ClusterMessage) -> Bool {
        switch message {
        case .answer(let id, let reply):
            guard let callback = PythonCallback(id) else { return false }
            if let body = callback.message(reply) { self.publish(body) }
            return true
        case .asked(let id, _):
            return PythonCallback(id) != nil
        case .broadcast, .ask, .join, .leave, .disconnect, .describe, .sockets, .serverSide:
            return false
        }
    }

    private func publish(_ body: ByteBuffer) {
        let counters = self.counters
        counters.published.add(1, ordering: .relaxed)
        self.pubSub.publish(body, on: self.topic) { publication in
            if publication == .failed { counters.failed.add(1, ordering: .relaxed) }
        }
    }

    func failed(_ topic: RedisSubscription, error: RedisError) {
        guard error.code != .closed else { return }
        self.logger?.error(
            "Redis refuses the channel of python-socketio's processes; what they send does not arrive here",
            metadata: ["code": "\(error.serverCode ?? "")", "channel": "\(topic.name)"]
        )
    }

    func received(_ body: ByteBuffer, on channel: String, by topic: RedisSubscription) {
        self.counters.received.add(1, ordering: .relaxed)
        do throws(RedisWireError) {
            guard body.readableBytes <= self.maximumBytes else { throw RedisWireError(.tooLarge) }
            guard let (namespace, message) = try self.wire.decode(body) else { return }
            self.receiver(namespace)?.received(message, from: .unnamed)
        } catch {
            self.counters.rejected.add(1, ordering: .relaxed)
        }
    }
}
