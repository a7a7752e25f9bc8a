// Licensed under the MIT licence.

package import NIOCore
package import RedisNIO

/// What became of a message that was published.
package enum RedisPublication: Hashable, Sendable {
    /// It is out; to so many subscriptions if Redis can tell, which it cannot where subscribers are spread over a Redis Cluster.
    case sent(receivers: Int?)
    /// It is lost, or may be.
    case failed
}

/// As much of a Redis client as the adapters need.
///
/// All members may be called from anywhere, return at once, and never call back before they have returned. What one thread asks for
/// reaches Redis in that order, and callbacks come in order, on any thread.
package protocol RedisPubSub: Sendable {
    /// Publishes a message.
    func publish(
        _ body: ByteBuffer,
        on topic: RedisSubscription,
        completion: (@Sendable (RedisPublication) -> Void)?
    )

    /// Counts the connections that are subscribed to each of the topics, not counting patterns: PUBSUB NUMSUB, or SHARDNUMSUB.
    ///
    /// `completion` is called once: with nothing if Redis does not say.
    func subscriberCounts(of topics: [RedisSubscription], completion: @escaping @Sendable ([Int]?) -> Void)

    /// Subscribes, and stays subscribed over interruptions; others may be subscribed to the same topic.
    func subscribe(_ subscriber: any RedisSubscriber, to topic: RedisSubscription)

    /// Unsubscribes.
    func unsubscribe(_ subscriber: any RedisSubscriber, from topic: RedisSubscription)

    /// Runs a job later.
    func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void)
}
