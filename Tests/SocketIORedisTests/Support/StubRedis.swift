// Licensed under the MIT licence.

import NIOCore
import RedisNIO
import SocketIORedis
import SocketIOTesting
import Synchronization

/// The pub/sub of one Redis server, as its clients see it: channels, patterns, counts, connections that break.
///
/// Commands take effect at once, in the order in which they are given; what Redis sends comes as jobs of a ``TestLoop``, in order.
/// A frozen client is one whose process stands still: Redis goes on to count it.
final class StubRedis: Sendable {
    struct Published: Sendable {
        var channel: String
        var body: ByteBuffer
        /// The client that published it; nothing for ``StubRedis/publish(_:on:)``.
        var publisher: String?
        var receivers: [String]
    }

    private struct Connection {
        var topics: [RedisSubscription: [any RedisSubscriber]] = [:]
        var isUp = true
        var isFrozen = false
    }

    private struct State {
        var connections: [String: Connection] = [:]
        var published: [Published] = []
        var commands: [String] = []
        var losesMessage: @Sendable (_ channel: String, _ body: ByteBuffer, _ to: String) -> Bool = { _, _, _ in false }
        var heldConfirmations: [@Sendable () -> Void]?
        var monitorCount = 0
        var countsReceivers = true
    }

    private let loop: TestLoop
    private let state = Mutex(State())

    init(loop: TestLoop) {
        self.loop = loop
    }

    func client(_ name: String) -> any RedisPubSub {
        self.state.withLock { $0.connections[name] = Connection() }
        return Client(name: name, redis: self)
    }

    // MARK: What tests see

    /// All that was published so far.
    var published: [Published] { self.state.withLock { $0.published } }
    /// SUBSCRIBE and UNSUBSCRIBE of all clients, as `n0 + channel` and `n0 - channel`.
    var commands: [String] { self.state.withLock { $0.commands } }

    func forget() {
        self.state.withLock { state in
            state.published = []
            state.commands = []
        }
    }

    /// What a client is subscribed to.
    func topics(of name: String) -> Set<RedisSubscription> {
        self.state.withLock { Set($0.connections[name]?.topics.keys.map { $0 } ?? []) }
    }

    // MARK: What tests do

    /// Somebody else publishes.
    @discardableResult
    func publish(_ body: ByteBuffer, on channel: String, isSharded: Bool = false) -> Int {
        self.publish(body, on: isSharded ? .shardChannel(channel) : .channel(channel), from: nil)
    }

    /// From now on messages for which this is true are lost on their way to a client.
    func lose(_ isLost: @escaping @Sendable (_ channel: String, _ body: ByteBuffer, _ to: String) -> Bool) {
        self.state.withLock { $0.losesMessage = isLost }
    }

    /// From now on subscriptions are made and not confirmed, until ``confirm()``.
    func holdConfirmations() { self.state.withLock { $0.heldConfirmations = $0.heldConfirmations ?? [] } }

    func confirm() {
        for job in self.state.withLock({ $0.heldConfirmations.take() }) ?? [] { self.loop.shards[0].execute(job) }
    }

    /// Somebody watches everything by a pattern: PUBLISH counts him, NUMSUB does not.
    func monitor() { self.state.withLock { $0.monitorCount += 1 } }

    /// As a Redis Cluster, whose PUBLISH does not tell how many got it.
    func stopCountingReceivers() { self.state.withLock { $0.countsReceivers = false } }

    /// The process is gone, and Redis knows.
    func kill(_ name: String) { self.state.withLock { $0.connections[name] = nil } }

    /// The process stands still, and Redis does not know.
    func freeze(_ name: String) { self.state.withLock { $0.connections[name]?.isFrozen = true } }

    /// The connection breaks, until ``resume(_:)``.
    func interrupt(_ name: String) {
        let topics = self.state.withLock { state in
            state.connections[name]?.isUp = false
            return state.connections[name]?.topics ?? [:]
        }
        self.loop.shards[0].execute {
            for (topic, subscribers) in topics { for subscriber in subscribers { subscriber.interrupted(topic) } }
        }
    }

    /// Redis refuses all that a client is subscribed to, as it does without rights.
    func refuse(_ name: String) {
        let topics = self.state.withLock { state in
            defer { state.connections[name]?.topics = [:] }
            return state.connections[name]?.topics ?? [:]
        }
        self.loop.shards[0].execute {
            for (topic, subscribers) in topics {
                for subscriber in subscribers {
                    subscriber.failed(topic, error: RedisError.server("NOPERM", "no permissions"))
                }
            }
        }
    }

    func resume(_ name: String) {
        let topics = self.state.withLock { state in
            state.connections[name]?.isUp = true
            return state.connections[name]?.topics ?? [:]
        }
        self.loop.shards[0].execute {
            for (topic, subscribers) in topics {
                for subscriber in subscribers { subscriber.subscribed(to: topic, afterInterruption: true) }
            }
        }
    }

    // MARK: Redis

    private func isUp(_ name: String) -> Bool {
        self.state.withLock { state in
            guard let connection = state.connections[name] else { return false }
            return connection.isUp && !connection.isFrozen
        }
    }

    private func publish(_ body: ByteBuffer, on target: RedisSubscription, from publisher: String?) -> Int {
        let channel = target.name
        var deliveries: [(any RedisSubscriber, RedisSubscription, String)] = []
        let count = self.state.withLock { state in
            var count = state.monitorCount
            var receivers: [String] = []
            for (name, connection) in state.connections.sorted(by: { $0.key < $1.key }) where connection.isUp {
                for (topic, subscribers) in connection.topics where topic.covers(target) {
                    count += 1
                    receivers.append(name)
                    guard !connection.isFrozen, !state.losesMessage(channel, body, name) else { continue }
                    deliveries += subscribers.map { ($0, topic, name) }
                }
            }
            state.published.append(
                Published(channel: channel, body: body, publisher: publisher, receivers: receivers)
            )
            return count
        }
        for (subscriber, topic, name) in deliveries {
            self.loop.shards[0].execute { if self.isUp(name) { subscriber.received(body, on: channel, by: topic) } }
        }
        return count
    }

    private func count(_ topic: RedisSubscription) -> Int {
        self.state.withLock { state in
            state.connections.values.count { $0.isUp && $0.topics[topic] != nil }
        }
    }

    private struct Client: RedisPubSub {
        let name: String
        let redis: StubRedis

        func publish(
            _ body: ByteBuffer,
            on topic: RedisSubscription,
            completion: (@Sendable (RedisPublication) -> Void)?
        ) {
            guard self.redis.isUp(self.name) else { return self.later { completion?(.failed) } }
            let count = self.redis.publish(body, on: topic, from: self.name)
            let isCounted = self.redis.state.withLock { $0.countsReceivers }
            self.later { completion?(.sent(receivers: isCounted ? count : nil)) }
        }

        func subscriberCounts(of topics: [RedisSubscription], completion: @escaping @Sendable ([Int]?) -> Void) {
            let counts = self.redis.isUp(self.name) ? topics.map { self.redis.count($0) } : nil
            self.later { completion(counts) }
        }

        func subscribe(_ subscriber: any RedisSubscriber, to topic: RedisSubscription) {
            let isHeld = self.redis.state.withLock { state in
                state.commands.append("\(self.name) + \(topic.name)")
                state.connections[self.name]?.topics[topic, default: []].append(subscriber)
                state.heldConfirmations?.append { subscriber.subscribed(to: topic, afterInterruption: false) }
                return state.heldConfirmations != nil || state.connections[self.name]?.isUp != true
            }
            if !isHeld { self.later { subscriber.subscribed(to: topic, afterInterruption: false) } }
        }

        func unsubscribe(_ subscriber: any RedisSubscriber, from topic: RedisSubscription) {
            self.redis.state.withLock { state in
                state.commands.append("\(self.name) - \(topic.name)")
                state.connections[self.name]?.topics[topic]?.removeAll { $0 === subscriber }
                guard state.connections[self.name]?.topics[topic]?.isEmpty == true else { return }
                state.connections[self.name]?.topics[topic] = nil
            }
        }

        func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void) {
            self.redis.loop.shards[0].schedule(after: delay, job)
        }

        private func later(_ job: @escaping @Sendable () -> Void) {
            self.redis.loop.shards[0].execute(job)
        }
    }
}

extension RedisSubscription {
    fileprivate func covers(_ channel: RedisSubscription) -> Bool {
        guard case .pattern(let pattern) = self, case .channel(let name) = channel else { return self == channel }
        return RedisGlob.matches(Array(pattern.utf8)[...], Array(name.utf8)[...])
    }
}

/// Patterns as Redis reads them, as far as they are used.
enum RedisGlob {
    static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        switch first {
        case UInt8(ascii: "*"):
            return self.matches(pattern.dropFirst(), text) || (!text.isEmpty && self.matches(pattern, text.dropFirst()))
        case UInt8(ascii: "?"):
            return !text.isEmpty && self.matches(pattern.dropFirst(), text.dropFirst())
        case UInt8(ascii: "["):
            // A range, `[a-z]`, and nothing else.
            let range = Array(pattern.dropFirst().prefix(4))
            guard let byte = text.first, range.count == 4, range[1] == UInt8(ascii: "-"), range[0] <= range[2] else {
                return false
            }
            return (range[0]...range[2]).contains(byte) && self.matches(pattern.dropFirst(5), text.dropFirst())
        case UInt8(ascii: "\\") where pattern.count > 1:
            let rest = pattern.dropFirst()
            return text.first == rest.first && self.matches(rest.dropFirst(), text.dropFirst())
        default:
            return text.first == first && self.matches(pattern.dropFirst(), text.dropFirst())
        }
    }
}
