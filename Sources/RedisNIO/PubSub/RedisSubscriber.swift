// Licensed under the MIT licence.

public import NIOCore

/// Receives what was subscribed to.
///
/// All calls come on the client's event loop, in order; they must not wait. For each subscription: ``subscribed(to:afterInterruption:)``
/// once the server has confirmed it, then messages; ``interrupted(_:)`` when the connection is lost, then the first again, with
/// `afterInterruption`, when it was subscribed anew. What was published between the two is lost: Redis keeps no messages. Messages of
/// one channel from one publisher come in the order in which they were published.
///
/// After the client was told to unsubscribe, calls may still come until it has carried that out on its event loop.
public protocol RedisSubscriber: AnyObject, Sendable {
    /// A message came.
    ///
    /// - Parameters:
    ///   - message: The payload, as a view over the received bytes.
    ///   - channel: The channel that it was published on.
    ///   - subscription: What it came by: a channel, a pattern or a sharded channel.
    func received(_ message: ByteBuffer, on channel: String, by subscription: RedisSubscription)

    /// The server has confirmed a subscription: what is published from now on comes.
    ///
    /// - Parameters:
    ///   - subscription: The subscription.
    ///   - afterInterruption: Whether messages may have been missed since ``interrupted(_:)``.
    func subscribed(to subscription: RedisSubscription, afterInterruption: Bool)

    /// Messages do not come until further notice; the client subscribes again by itself.
    ///
    /// - Parameter subscription: The subscription.
    func interrupted(_ subscription: RedisSubscription)

    /// The server refuses a subscription, for instance for want of rights; it has been given up.
    ///
    /// - Parameters:
    ///   - subscription: The subscription.
    ///   - error: The server's answer, or ``RedisError/Code/closed`` for all when the client is closed.
    func failed(_ subscription: RedisSubscription, error: RedisError)
}

extension RedisSubscriber {
    /// Does nothing.
    ///
    /// - Parameters:
    ///   - subscription: The subscription.
    ///   - afterInterruption: Whether messages may have been missed.
    public func subscribed(to subscription: RedisSubscription, afterInterruption: Bool) {}

    /// Does nothing.
    ///
    /// - Parameter subscription: The subscription.
    public func interrupted(_ subscription: RedisSubscription) {}

    /// Does nothing.
    ///
    /// - Parameters:
    ///   - subscription: The subscription.
    ///   - error: Why.
    public func failed(_ subscription: RedisSubscription, error: RedisError) {}
}
