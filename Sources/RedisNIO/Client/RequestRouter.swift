// Licensed under the MIT licence.

import NIOCore

/// Knows which server a request or a subscription belongs to; on the client's event loop.
protocol RequestRouter: AnyObject {
    /// Whether every server that is known can be sent requests.
    var isReady: Bool { get }

    func start()
    func submit(_ request: RedisRequest)
    /// Sends a command to each server that takes writes.
    func submitToPrimaries(
        _ command: RedisCommand,
        deadline: NIODeadline,
        completion: @escaping @Sendable ([RedisPrimaryReply]) -> Void
    )
    func want(_ subscription: RedisSubscription)
    func dismiss(_ subscription: RedisSubscription)
    /// Ends all links; what waits fails.
    func close(_ completion: @escaping () -> Void)
}

/// What a router tells the client.
protocol RequestRouterDelegate: AnyObject {
    /// ``RequestRouter/isReady`` may have changed.
    func routerReadinessChanged()
    /// A request was refused for the moment, and is to be routed again in a while.
    func routerPostponed(_ request: RedisRequest)
    /// A subscription is confirmed.
    func routerConfirmed(_ subscription: RedisSubscription)
    /// Messages of a subscription do not come for now.
    func routerInterrupted(_ subscriptions: [RedisSubscription])
    /// A subscription is refused for good.
    func routerRefused(_ subscriptions: [RedisSubscription], error: RedisError)
    /// A message came.
    func routerReceived(_ payload: ByteBuffer, on channel: String, by subscription: RedisSubscription)
}
