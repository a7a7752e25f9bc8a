// Licensed under the MIT licence.

import NIOCore
import NIOSSL

/// The part of a client that lives on its event loop.
///
/// Unchecked, since all but the initializer runs on the event loop, where everything it holds belongs.
final class ClientCore: RequestRouterDelegate, @unchecked Sendable {
    static let postponement = TimeAmount.milliseconds(50)

    private let surroundings: ClientSurroundings
    private var router: (any RequestRouter)?
    private var registry = SubscriptionRegistry<any RedisSubscriber>()
    /// What the server allowed before, refuses now, and is to be asked for again.
    private var refused: Set<RedisSubscription> = []
    private var postponed = WaitingRequests()
    private var postponedTimer: Scheduled<Void>?
    private var state = RedisState.connecting
    private var observers: [@Sendable (RedisState) -> Void] = []
    private let publish: @Sendable (RedisState) -> Void
    private var isStarted = false
    private var onClosed: [@Sendable () -> Void] = []
    private var isClosed = false

    /// Makes the core.
    ///
    /// - Parameters:
    ///   - surroundings: What all parts share.
    ///   - publish: Told of every state before the observers.
    init(_ surroundings: ClientSurroundings, publish: @escaping @Sendable (RedisState) -> Void) {
        self.surroundings = surroundings
        self.publish = publish
    }

    func start(tls: NIOSSLContext?) {
        guard !self.isStarted, self.state != .closed else { return }
        self.surroundings.tls = tls
        self.isStarted = true
        self.routerOrNew.start()
    }

    private var routerOrNew: any RequestRouter {
        if let router { return router }
        let router: any RequestRouter =
            switch self.surroundings.configuration.mode {
            case .standalone, .sentinel: StandaloneRouter(self.surroundings, delegate: self)
            case .cluster: ClusterRouter(self.surroundings, delegate: self)
            }
        self.router = router
        return router
    }

    // MARK: Requests

    func submit(_ request: RedisRequest) {
        guard self.state != .closed else { return request.completion(.failure(RedisError(.closed))) }
        self.routerOrNew.submit(request)
    }

    func submitToPrimaries(
        _ command: RedisCommand,
        deadline: NIODeadline,
        completion: @escaping @Sendable ([RedisPrimaryReply]) -> Void
    ) {
        guard self.state != .closed else { return completion([]) }
        self.routerOrNew.submitToPrimaries(command, deadline: deadline, completion: completion)
    }

    func routerPostponed(_ request: RedisRequest) {
        let configuration = self.surroundings.configuration
        guard self.state != .closed, self.postponed.count < configuration.maximumPendingCommands,
            self.postponed.cost + request.cost <= configuration.maximumPendingBytes
        else {
            self.surroundings.counters.update { $0.refusals += 1 }
            request.completion(.failure(RedisError(.queueFull, message: "too much waits for the server")))
            return
        }
        self.surroundings.counters.update { $0.retries += 1 }
        self.postponed.append(request)
        guard self.postponedTimer == nil else { return }
        self.postponedTimer = self.surroundings.eventLoop.assumeIsolated().scheduleTask(in: Self.postponement) {
            self.postponedTimer = nil
            let expired = self.postponed.deadlineReached(now: self.surroundings.eventLoop.now)
            self.surroundings.counters.update { $0.timeouts += expired.count }
            for request in expired {
                request.completion(.failure(RedisError(.timedOut, message: "the server did not take it in time")))
            }
            for request in self.postponed.removeAll() { self.submit(request) }
        }
    }

    // MARK: Subscriptions

    func subscribe(to subscriptions: [RedisSubscription], _ receiver: any RedisSubscriber) {
        for subscription in subscriptions {
            guard self.state != .closed else {
                receiver.failed(subscription, error: RedisError(.closed))
                continue
            }
            switch self.registry.add(receiver, id: ObjectIdentifier(receiver), to: subscription) {
            case .first: self.routerOrNew.want(subscription)
            case .further(isLive: true): receiver.subscribed(to: subscription, afterInterruption: false)
            case .further(isLive: false), .known: break
            }
        }
    }

    func unsubscribe(from subscriptions: [RedisSubscription], _ receiver: any RedisSubscriber) {
        for subscription in subscriptions {
            switch self.registry.remove(id: ObjectIdentifier(receiver), from: subscription) {
            case .last: self.router?.dismiss(subscription)
            case .others, .unknown: break
            }
        }
    }

    func routerConfirmed(_ subscription: RedisSubscription) {
        guard let wasLive = self.registry.becameLive(subscription) else { return }
        for (_, receiver) in self.registry.receivers(of: subscription) {
            receiver.subscribed(to: subscription, afterInterruption: wasLive)
        }
    }

    func routerInterrupted(_ subscriptions: [RedisSubscription]) {
        for subscription in subscriptions where self.registry.interrupted(subscription) {
            for (_, receiver) in self.registry.receivers(of: subscription) { receiver.interrupted(subscription) }
        }
    }

    func routerRefused(_ subscriptions: [RedisSubscription], error: RedisError) {
        // What the server allowed before it may allow again: rights are mended, and scripts end.
        let known = self.state == .closed ? [] : subscriptions.filter(self.registry.wasLive)
        self.routerInterrupted(known)
        if !known.isEmpty { self.askAgain(for: known) }
        for subscription in subscriptions where !known.contains(subscription) {
            for (_, receiver) in self.registry.drop(subscription) { receiver.failed(subscription, error: error) }
        }
    }

    private func askAgain(for subscriptions: [RedisSubscription]) {
        // Refusals come one by one, and are asked for together.
        let isScheduled = !self.refused.isEmpty
        self.refused.formUnion(subscriptions)
        guard !isScheduled else { return }
        let pause = TimeAmount.milliseconds(.random(in: 1_000...5_000))
        self.surroundings.eventLoop.assumeIsolated().scheduleTask(in: pause) {
            let subscriptions = self.refused
            self.refused = []
            guard self.state != .closed else { return }
            for subscription in subscriptions where !self.registry.receivers(of: subscription).isEmpty {
                self.router?.want(subscription)
            }
        }
    }

    func routerReceived(_ payload: ByteBuffer, on channel: String, by subscription: RedisSubscription) {
        self.surroundings.counters.update { $0.messages += 1 }
        for (_, receiver) in self.registry.receivers(of: subscription) {
            receiver.received(payload, on: channel, by: subscription)
        }
    }

    // MARK: State

    func observe(_ observer: @escaping @Sendable (RedisState) -> Void) {
        if self.state != .closed { self.observers.append(observer) }
        observer(self.state)
    }

    func routerReadinessChanged() {
        guard self.state != .closed, let router else { return }
        self.become(router.isReady ? .ready : .connecting)
    }

    private func become(_ state: RedisState) {
        guard state != self.state else { return }
        self.state = state
        self.publish(state)
        for observer in self.observers { observer(state) }
    }

    // MARK: Ending

    func close(_ completion: @escaping @Sendable () -> Void) {
        guard !self.isClosed else { return completion() }
        self.onClosed.append(completion)
        guard self.state != .closed else { return }
        self.become(.closed)
        self.observers = []
        self.postponedTimer?.cancel()
        self.postponedTimer = nil
        for request in self.postponed.removeAll() { request.completion(.failure(RedisError(.closed))) }
        self.routerRefused(self.registry.subscriptions, error: RedisError(.closed))
        guard let router else { return self.finishClosing() }
        self.router = nil
        router.close { self.finishClosing() }
    }

    private func finishClosing() {
        self.isClosed = true
        let callbacks = self.onClosed
        self.onClosed = []
        for callback in callbacks { callback() }
    }
}
