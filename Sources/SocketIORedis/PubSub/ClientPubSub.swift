// Licensed under the MIT licence.

import NIOCore
import RedisNIO

/// The pub/sub of a ``/RedisNIO/RedisClient``.
struct ClientPubSub: RedisPubSub {
    /// How long a count may take; nobody waits for it longer than for the answers themselves.
    private static let countTimeout = Duration.seconds(2)

    let client: RedisClient
    /// Whether subscribers may be at other servers than the one that is published on.
    let isCluster: Bool

    func publish(
        _ body: ByteBuffer,
        on topic: RedisSubscription,
        completion: (@Sendable (RedisPublication) -> Void)?
    ) {
        var command: RedisCommand
        switch topic {
        case .channel(let channel):
            command = RedisCommand("PUBLISH")
            command.append(.text(channel))
        case .shardChannel(let channel):
            command = RedisCommand("SPUBLISH")
            command.append(key: channel)
        case .pattern:
            completion?(.failed)
            return
        }
        command.append(.bytes(body))
        // What is late is of no use; and what waited for a connection would come at once to those who are back before others.
        command.failsWhenDisconnected = true
        let isPartial = self.isCluster && topic.isUnsharded
        self.client.send(command) { result in
            switch result {
            case .success(let value):
                completion?(.sent(receivers: isPartial ? nil : value.number.map { Int(clamping: $0) }))
            case .failure: completion?(.failed)
            }
        }
    }

    func subscriberCounts(
        of topics: [RedisSubscription],
        completion: @escaping @Sendable ([Int]?) -> Void
    ) {
        guard let first = topics.first else { return completion([]) }
        var command = RedisCommand("PUBSUB")
        command.append(.text(first.isUnsharded ? "NUMSUB" : "SHARDNUMSUB"))
        for topic in topics { command.append(.text(topic.name)) }
        self.client.sendToAllPrimaries(command, within: Self.countTimeout) { replies in
            completion(Self.sum(replies, count: topics.count))
        }
    }

    /// The sums over all servers; nothing if one of them does not say.
    private static func sum(_ replies: [RedisPrimaryReply], count: Int) -> [Int]? {
        guard !replies.isEmpty else { return nil }
        var sums = [Int](repeating: 0, count: count)
        for reply in replies {
            // Name and count by turns, in the order of the question.
            guard case .success(let value) = reply.result, let elements = value.elements, elements.count == 2 * count
            else { return nil }
            for index in sums.indices { sums[index] += elements[2 * index + 1].number.map { Int(clamping: $0) } ?? 0 }
        }
        return sums
    }

    func subscribe(_ subscriber: any RedisSubscriber, to topic: RedisSubscription) {
        self.client.subscribe(to: [topic], subscriber)
    }

    func unsubscribe(_ subscriber: any RedisSubscriber, from topic: RedisSubscription) {
        self.client.unsubscribe(from: topic, subscriber)
    }

    func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void) {
        _ = self.client.eventLoop.scheduleTask(in: delay, job)
    }
}

extension RedisSubscription {
    fileprivate var isUnsharded: Bool {
        if case .shardChannel = self { false } else { true }
    }
}
