// Licensed under the MIT licence.

package import NIOCore

/// What can be subscribed to in Redis.
package enum RedisTopic: Hashable, Sendable {
    /// One channel: SUBSCRIBE, PUBLISH.
    case channel(String)
    /// All channels that match: PSUBSCRIBE; nothing can be published on it.
    case pattern(String)
    /// One channel of sharded pub/sub: SSUBSCRIBE, SPUBLISH.
    case shardChannel(String)
}

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
        on topic: RedisTopic,
        completion: (@Sendable (RedisPublication) -> Void)?
    )

    /// Counts the connections that are subscribed to each of the topics, not counting patterns: PUBSUB NUMSUB, or SHARDNUMSUB.
    ///
    /// `completion` is called once: with nothing if Redis does not say.
    func subscriberCounts(of topics: [RedisTopic], completion: @escaping @Sendable ([Int]?) -> Void)

    /// Subscribes, and stays subscribed over interruptions; others may be subscribed to the same topic.
    func subscribe(_ subscriber: any RedisSubscriber, to topic: RedisTopic)

    /// Unsubscribes.
    func unsubscribe(_ subscriber: any RedisSubscriber, from topic: RedisTopic)

    /// Runs a job later.
    func schedule(after delay: TimeAmount, _ job: @escaping @Sendable () -> Void)
}

/// Gets what is published on the topics it is subscribed to.
package protocol RedisSubscriber: AnyObject, Sendable {
    /// Redis has confirmed a subscription: what is published from now on will come. Again after each interruption.
    func subscribed(to topic: RedisTopic)
    /// What is published on the topic from some moment before now on is lost, until it is subscribed to again.
    func interrupted(_ topic: RedisTopic)
    /// A message.
    func received(_ body: ByteBuffer, on topic: RedisTopic)
}
