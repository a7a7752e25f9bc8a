// Licensed under the MIT licence.

import Logging
import NIOCore

/// What a link tells its owner; all on the event loop.
protocol NodeLinkDelegate: AnyObject {
    /// A connection is ready; what waited has been sent.
    func linkBecameReady(_ link: NodeLink)
    /// The connection that was ready is lost.
    func linkLost(_ link: NodeLink, reason: RedisError)
    /// No connection could be made; another try follows.
    func linkFailed(_ link: NodeLink, reason: RedisError)
    /// A request has its answer.
    func link(_ link: NodeLink, answered request: RedisRequest, with reply: RESPValue)
    /// Something came that answers no request.
    func link(_ link: NodeLink, received value: RESPValue)
}

/// A lasting way to one server: one connection at a time, made anew when it is lost, and the requests that wait for it.
///
/// Belongs to its event loop.
final class NodeLink: RedisConnectionDelegate {
    let surroundings: ClientSurroundings
    private let source: any EndpointSource
    private let handshake: HandshakeSettings
    private let role: RedisConnection.Role
    let confirmation: ReplicaConfirmation?
    var batch = ConfirmedBatch<(RedisRequest, RESPValue)>()
    var isBatchScheduled = false
    private(set) var delegate: (any NodeLinkDelegate)?
    private var state = LinkStateMachine()
    private(set) var connection: RedisConnection?
    var waiting = WaitingRequests()
    private var waitingTimer: Scheduled<Void>?
    private var retryTimer: Scheduled<Void>?
    private var connectTimer: Scheduled<Void>?
    private var onClosed: [() -> Void] = []
    private var isClosing = false
    /// Why there was no connection the last time.
    private var lastFailure: RedisError?

    init(
        _ surroundings: ClientSurroundings,
        source: any EndpointSource,
        handshake: HandshakeSettings,
        role: RedisConnection.Role,
        confirmation: ReplicaConfirmation? = nil,
        delegate: any NodeLinkDelegate
    ) {
        self.surroundings = surroundings
        self.source = source
        self.handshake = handshake
        self.role = role
        self.confirmation = confirmation
        self.delegate = delegate
    }

    var isReady: Bool {
        self.connection?.isReady ?? false
    }

    /// Where the connection that is ready, or being made, leads.
    var endpoint: RedisEndpoint? {
        self.state.endpoint
    }

    var eventLoop: any EventLoop {
        self.surroundings.eventLoop
    }

    func start() {
        self.perform(self.state.started())
    }

    // MARK: Requests

    /// Sends a request, or keeps it until there is a connection.
    func submit(_ request: RedisRequest) {
        guard !self.isClosing else { return request.completion(.failure(RedisError(.closed))) }
        let configuration = self.surroundings.configuration
        let owed = self.connection?.owed ?? (count: 0, cost: 0)
        guard
            self.waiting.count + owed.count < configuration.maximumPendingCommands,
            self.waiting.cost + owed.cost + request.cost <= configuration.maximumPendingBytes
        else {
            self.surroundings.counters.update { $0.refusals += 1 }
            request.completion(.failure(RedisError(.queueFull, message: "too much waits for the server")))
            return
        }
        // It may have waited for the event loop, or come from another node.
        guard request.deadline > self.eventLoop.now else { return self.fail([request], sent: false) }
        if let connection, connection.isReady {
            guard self.confirmation != nil else { return connection.send(request) }
            self.waiting.append(request)
            self.scheduleWaiting()
            return self.scheduleBatch()
        }
        guard !request.failsWhenDisconnected else {
            request.completion(.failure(RedisError(.notConnected, message: "there is no connection")))
            return
        }
        self.waiting.append(request)
        self.scheduleWaiting()
    }

    /// Sends commands whose answers are told as they come; only on links for subscriptions, while ready.
    func send(_ commands: [RedisCommand]) {
        guard !commands.isEmpty else { return }
        self.connection?.send(commands)
    }

    /// Gives up what waits, for somebody else to send.
    func takeWaiting() -> CircularBuffer<RedisRequest> {
        self.waiting.removeAll()
    }

    private func scheduleWaiting() {
        guard self.waitingTimer == nil, let earliest = self.waiting.earliestDeadline else { return }
        // A deadline that is earlier than those before it may have to wait this long; fine for what is not even sent.
        let time = min(max(earliest, self.eventLoop.now + .milliseconds(5)), self.eventLoop.now + .milliseconds(50))
        self.waitingTimer = self.eventLoop.assumeIsolated().scheduleTask(deadline: time) {
            self.waitingTimer = nil
            self.fail(self.waiting.deadlineReached(now: self.eventLoop.now), sent: false)
            self.scheduleWaiting()
        }
    }

    func fail(_ requests: [RedisRequest], sent: Bool) {
        guard !requests.isEmpty else { return }
        self.surroundings.counters.update { $0.timeouts += requests.count }
        let error =
            sent
            ? RedisError(.timedOut, outcome: .unknown, message: "no answer came in time")
            : RedisError(
                .timedOut,
                outcome: .notDone,
                message: "it could not be sent in time (\(self.lastFailureText))"
            )
        for request in requests { request.completion(.failure(error)) }
    }

    private var lastFailureText: String {
        self.lastFailure.map { "\($0.code) \($0.serverCode ?? $0.message)" } ?? "no connection has failed"
    }

    // MARK: Connecting

    private func perform(_ action: LinkStateMachine.Action) {
        switch action {
        case .nothing:
            break
        case .resolve:
            self.source.next { [weak self] result in self?.resolved(result) }
        case .connect(let endpoint):
            self.connect(to: endpoint)
        case .wait(let attempt):
            let wait = self.surroundings.configuration.backoff.wait(
                beforeAttempt: attempt,
                random: .random(in: 0..<1)
            )
            self.retryTimer = self.eventLoop.assumeIsolated().scheduleTask(in: wait) {
                self.retryTimer = nil
                self.perform(self.state.waited())
            }
        }
    }

    private func resolved(_ result: Result<RedisEndpoint, RedisError>) {
        switch result {
        case .success(let endpoint): self.perform(self.state.resolved(endpoint))
        case .failure(let error): self.failed(error)
        }
    }

    private func connect(to endpoint: RedisEndpoint) {
        let connection = RedisConnection(
            role: self.role,
            handshake: self.handshake,
            times: ConnectionTimes(self.surroundings.configuration),
            limits: self.surroundings.configuration.replyLimits,
            eventLoop: self.eventLoop,
            counters: self.surroundings.counters,
            delegate: self
        )
        self.connection = connection
        let timeout = self.surroundings.configuration.connectTimeout
        self.connectTimer = self.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            connection.close(RedisError(.connectionFailed, message: "the connection was not ready in time"))
        }
        self.surroundings.connect(connection, to: endpoint).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                // Given up meanwhile; then the connection could not close a channel that it did not have.
                if self.connection !== connection { channel.close(promise: nil) }
            case .failure:
                connection.close(RedisError(.connectionFailed, message: "no connection could be made"))
            }
        }
    }

    /// Drops the connection, and makes another one where the server is to be found now.
    func reconnect(_ reason: RedisError) {
        self.connection?.close(reason)
    }

    private func failed(_ reason: RedisError) {
        self.lastFailure = reason
        self.surroundings.counters.update { $0.connectionFailures += 1 }
        self.surroundings.logger.debug(
            "Redis connection failed",
            metadata: ["redis.endpoint": "\(self.endpoint?.description ?? "-")", "redis.error": "\(reason)"]
        )
        let action = self.state.failed(now: self.eventLoop.now)
        self.delegate?.linkFailed(self, reason: reason)
        self.perform(action)
    }

    // MARK: RedisConnectionDelegate

    func connectionBecameReady(_ connection: RedisConnection) {
        guard connection === self.connection else { return }
        self.connectTimer?.cancel()
        self.connectTimer = nil
        self.state.becameReady(now: self.eventLoop.now)
        self.surroundings.counters.update { $0.connections += 1 }
        self.surroundings.logger.debug(
            "Redis connection ready",
            metadata: ["redis.endpoint": "\(self.endpoint?.description ?? "-")"]
        )
        let now = self.eventLoop.now
        self.fail(self.waiting.deadlineReached(now: now), sent: false)
        if self.confirmation == nil {
            for request in self.waiting.removeAll() { connection.send(request) }
        } else {
            self.sendBatch()
        }
        self.delegate?.linkBecameReady(self)
    }

    func connection(_ connection: RedisConnection, answered request: RedisRequest, with reply: RESPValue) {
        self.surroundings.counters.update { $0.replies += 1 }
        guard !self.isHeldBack(request, reply) else { return }
        guard let delegate else { return request.completion(.failure(RedisError(.closed, outcome: .unknown))) }
        delegate.link(self, answered: request, with: reply)
    }

    func connection(_ connection: RedisConnection, received value: RESPValue) {
        self.delegate?.link(self, received: value)
    }

    func connection(_ connection: RedisConnection, gaveUp requests: [RedisRequest]) {
        self.fail(requests.filter { !$0.isConfirmation }, sent: true)
        guard requests.contains(where: \.isConfirmation) else { return }
        self.endBatch(RedisError(.timedOut, outcome: .unknown, message: "no word of the replicas came in time"))
    }

    func connectionClosed(_ connection: RedisConnection, reason: RedisError, unanswered: [RedisRequest]) {
        self.connectTimer?.cancel()
        self.connectTimer = nil
        let wasReady = self.isCurrentReady(connection)
        if connection === self.connection { self.connection = nil }
        var lost = reason
        lost.outcome = .unknown
        for (request, _) in self.batch.ended() { request.completion(.failure(lost)) }
        for request in unanswered { request.completion(.failure(lost)) }
        guard !self.isClosing else { return self.finishClosing() }
        if wasReady {
            self.surroundings.counters.update { $0.connectionFailures += 1 }
            self.surroundings.logger.debug(
                "Redis connection lost",
                metadata: ["redis.endpoint": "\(self.endpoint?.description ?? "-")", "redis.error": "\(reason)"]
            )
            let action = self.state.failed(now: self.eventLoop.now)
            self.delegate?.linkLost(self, reason: reason)
            self.perform(action)
        } else {
            self.failed(reason)
        }
    }

    private func isCurrentReady(_ connection: RedisConnection) -> Bool {
        connection === self.connection && self.state.isReady
    }

    // MARK: Ending

    /// Ends the link: what waits fails, what was sent may still be answered for a while.
    ///
    /// - Parameter completion: Called once nothing is left.
    func close(_ completion: @escaping () -> Void = {}) {
        self.onClosed.append(completion)
        guard !self.isClosing else {
            if self.connection == nil { self.finishClosing() }
            return
        }
        self.isClosing = true
        self.state.closed()
        self.source.close()
        self.retryTimer?.cancel()
        self.waitingTimer?.cancel()
        for request in self.waiting.removeAll() { request.completion(.failure(RedisError(.closed))) }
        guard let connection else { return self.finishClosing() }
        let timeout = self.surroundings.configuration.closeTimeout
        let timer = self.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            connection.close(RedisError(.closed, outcome: .unknown, message: "the client was closed"))
        }
        self.onClosed.append { timer.cancel() }
        if connection.isReady {
            connection.drain()
        } else {
            connection.close(RedisError(.closed))
        }
    }

    private func finishClosing() {
        self.delegate = nil
        let callbacks = self.onClosed
        self.onClosed = []
        for callback in callbacks { callback() }
    }
}
