// Licensed under the MIT licence.

public import Logging
public import NIOCore
import NIOPosix
import NIOSSL

/// A client of Redis or Valkey: one server, the master that sentinels name, or a cluster.
///
/// ```swift
/// let client = RedisClient(configuration)
/// try client.start()
/// client.send(RedisCommand("INCR", .key("visits"))) { result in … }
/// ```
///
/// All calls may be made from any thread and return at once. The client lives on one event loop: completions and subscribers are
/// called there, each completion exactly once, and must not wait. There is one connection to each server for commands, and one
/// for subscriptions. Commands are pipelined, and those of one turn of the loop leave in one write.
///
/// **Order.** Commands that one thread sends for one key take effect in the order of the calls, as long as the server takes them at
/// once; one that a cluster redirects, or a server puts off, may be overtaken.
///
/// **Without a connection** commands wait until their deadline, so that a short interruption shows as a delay alone. What was sent
/// when a connection broke fails with ``RedisError/Outcome/unknown`` and is never sent again by itself.
///
/// To be closed with ``close(completion:)``; a client that is dropped closes itself.
public final class RedisClient: Sendable {
    /// What the client was made with.
    public let configuration: RedisConfiguration

    /// The event loop of all callbacks.
    public let eventLoop: any EventLoop

    private let counterStore = RedisCounterStore()
    private let current: CurrentState
    private let ingress: Ingress
    private let observer: (any RedisCommandObserver)?

    /// Makes a client, which connects when it is started; commands that come earlier wait.
    ///
    /// - Parameters:
    ///   - configuration: All that must be known.
    ///   - eventLoopGroup: Where to live, on any one of its loops; NIO's own group if `nil`. It must outlive the client.
    ///   - logger: Told of connections that come and go, at `debug`; nothing is logged if `nil`.
    ///   - observer: Told of every command but those to all primaries; nobody is if `nil`.
    public init(
        _ configuration: RedisConfiguration,
        eventLoopGroup: (any EventLoopGroup)? = nil,
        logger: Logger? = nil,
        observer: (any RedisCommandObserver)? = nil
    ) {
        self.configuration = configuration
        self.observer = observer
        let eventLoop = (eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton).any()
        self.eventLoop = eventLoop
        let current = CurrentState()
        self.current = current
        let surroundings = ClientSurroundings(
            configuration: configuration,
            eventLoop: eventLoop,
            counters: self.counterStore,
            logger: logger ?? Logger(label: "redis", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let core = ClientCore(surroundings) { state in current.become(state) }
        self.ingress = Ingress(
            core: core,
            eventLoop: eventLoop,
            configuration: configuration,
            counters: self.counterStore
        )
    }

    deinit {
        // The event loops may have ended with the client.
        guard self.ingress.close() else { return }
        self.ingress.perform { core in core.close {} }
    }

    /// Connects, and stays connected until the client is closed.
    ///
    /// Returns before there is a connection. Further calls do nothing.
    ///
    /// - Throws: ``RedisError/Code/invalidConfiguration`` if there is no endpoint, or the files for TLS cannot be used.
    public func start() throws(RedisError) {
        guard !self.configuration.endpoints.isEmpty else {
            throw RedisError(.invalidConfiguration, message: "there is no endpoint")
        }
        let tls: NIOSSLContext?
        if let settings = self.configuration.tls { tls = try settings.context() } else { tls = nil }
        self.ingress.perform { core in core.start(tls: tls) }
    }

    // MARK: Commands

    /// Sends a command.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - time: How long it has until it is answered; ``RedisConfiguration/commandTimeout`` if `nil`.
    ///   - completion: Called once, on ``eventLoop``, with the answer or why there is none. An error that the server answers
    ///     is a failure too.
    public func send(
        _ command: RedisCommand,
        within time: Duration? = nil,
        completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        self.submit(.command(command), within: time, completion)
    }

    /// Sends commands that take effect together, with nothing between them (`MULTI` … `EXEC`).
    ///
    /// If the server refuses one of them before the start, none is carried out. One that fails later stops none of the others; its
    /// error stands among the answers.
    ///
    /// - Parameters:
    ///   - commands: The commands, at least one; with a cluster all keys must be in one hash slot.
    ///   - time: How long there is until they are answered; ``RedisConfiguration/commandTimeout`` if `nil`.
    ///   - completion: Called once, on ``eventLoop``, with an array of the answers, or why there are none.
    public func send(
        transaction commands: [RedisCommand],
        within time: Duration? = nil,
        completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        self.submit(.transaction(commands), within: time, completion)
    }

    private func submit(
        _ content: RedisRequest.Content,
        within time: Duration?,
        _ completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        self.counterStore.update { $0.commands += 1 }
        let deadline = self.deadline(within: time)
        guard let ended = self.observer?.commandBegan(content.name) else {
            return self.ingress.submit(RedisRequest(content, deadline: deadline, completion: completion))
        }
        self.ingress.submit(
            RedisRequest(content, deadline: deadline) { result in
                if case .failure(let error) = result { ended(error) } else { ended(nil) }
                completion(result)
            }
        )
    }

    /// Sends a command to every server that takes writes: one, or all primaries of a cluster.
    ///
    /// - Parameters:
    ///   - command: The command; its keys are not looked at.
    ///   - time: How long there is until it is answered; ``RedisConfiguration/commandTimeout`` if `nil`.
    ///   - completion: Called once, on ``eventLoop``, with the answer of each; none if the cluster is not known yet.
    public func sendToAllPrimaries(
        _ command: RedisCommand,
        within time: Duration? = nil,
        completion: @escaping @Sendable ([RedisPrimaryReply]) -> Void
    ) {
        self.counterStore.update { $0.commands += 1 }
        let deadline = self.deadline(within: time)
        self.ingress.perform { core in core.submitToPrimaries(command, deadline: deadline, completion: completion) }
    }

    private func deadline(within time: Duration?) -> NIODeadline {
        .now() + (time.map { TimeAmount($0) } ?? self.configuration.commandTimeout)
    }

    // MARK: Subscriptions

    /// Subscribes a receiver.
    ///
    /// Several receivers may subscribe to the same; the server is asked for the first one, and told when the last one is gone. A
    /// receiver that has subscribed already stays so, once. The client keeps receivers until they unsubscribe.
    ///
    /// - Parameters:
    ///   - subscriptions: What to receive; any number.
    ///   - receiver: Who receives it.
    public func subscribe(to subscriptions: [RedisSubscription], _ receiver: any RedisSubscriber) {
        self.ingress.perform { core in core.subscribe(to: subscriptions, receiver) }
    }

    /// Subscribes a receiver.
    ///
    /// - Parameters:
    ///   - subscription: What to receive.
    ///   - receiver: Who receives it.
    public func subscribe(to subscription: RedisSubscription, _ receiver: any RedisSubscriber) {
        self.subscribe(to: [subscription], receiver)
    }

    /// Ends subscriptions of a receiver; those that it does not have are passed over.
    ///
    /// - Parameters:
    ///   - subscriptions: What to receive no longer.
    ///   - receiver: Who does not.
    public func unsubscribe(from subscriptions: [RedisSubscription], _ receiver: any RedisSubscriber) {
        self.ingress.perform { core in core.unsubscribe(from: subscriptions, receiver) }
    }

    /// Ends a subscription of a receiver.
    ///
    /// - Parameters:
    ///   - subscription: What to receive no longer.
    ///   - receiver: Who does not.
    public func unsubscribe(from subscription: RedisSubscription, _ receiver: any RedisSubscriber) {
        self.unsubscribe(from: [subscription], receiver)
    }

    // MARK: State

    /// Whether servers can be reached, as of now.
    public var state: RedisState {
        self.current.state
    }

    /// Whether all servers can be reached; the same as ``state`` being ``RedisState/ready``.
    public var isReady: Bool {
        self.state == .ready
    }

    /// Tells an observer the state now, and every time it changes.
    ///
    /// - Parameter observer: Called on ``eventLoop``, until the client is closed, of which it is told too.
    public func observeState(_ observer: @escaping @Sendable (RedisState) -> Void) {
        self.ingress.perform { core in core.observe(observer) }
    }

    /// What the client has done so far.
    public var counters: RedisCounters {
        self.counterStore.snapshot
    }

    // MARK: Ending

    /// Ends the client.
    ///
    /// Commands that were sent may still be answered for ``RedisConfiguration/closeTimeout``; all others fail. Subscribers are told
    /// ``RedisSubscriber/failed(_:error:)``, and dropped. Further calls wait for the same end.
    ///
    /// - Parameter completion: Called once, on ``eventLoop``, when no connection is left.
    public func close(completion: @escaping @Sendable () -> Void = {}) {
        self.ingress.close()
        self.ingress.perform { core in core.close(completion) }
    }
}
