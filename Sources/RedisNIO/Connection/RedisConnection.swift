// Licensed under the MIT licence.

import NIOCore

/// What a connection tells whoever made it; all on its event loop.
protocol RedisConnectionDelegate: AnyObject {
    /// Requests may be sent.
    func connectionBecameReady(_ connection: RedisConnection)
    /// A request has its answer.
    func connection(_ connection: RedisConnection, answered request: RedisRequest, with reply: RESPValue)
    /// Something came that answers no request: a push, or on a connection for subscriptions anything.
    func connection(_ connection: RedisConnection, received value: RESPValue)
    /// The deadlines of requests that had been sent passed.
    func connection(_ connection: RedisConnection, gaveUp requests: [RedisRequest])
    /// The end; told once, and nothing after it.
    func connectionClosed(_ connection: RedisConnection, reason: RedisError, unanswered: [RedisRequest])
}

/// One connection to a server, as the last handler of its channel.
///
/// Belongs to its event loop. Requests that are sent in one turn of the loop leave with one write.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Role {
        case commands
        /// What comes is told as it is; requests are not sent on it.
        case subscriptions
    }

    private let role: Role
    private let times: ConnectionTimes
    private let eventLoop: any EventLoop
    private let counters: RedisCounterStore
    private var delegate: (any RedisConnectionDelegate)?
    private var state: ConnectionStateMachine
    private var decoder: RESPDecoder
    private var replies = ReplyQueue<RedisRequest?>()
    private var knownScripts: Set<RedisScript> = []
    private var context: ChannelHandlerContext?
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    /// The time of this turn, read when the first request of it is sent.
    private var turn: NIODeadline
    private var lastReadAt: NIODeadline
    /// Since when a connection for subscriptions owes an answer.
    private var owesSince: NIODeadline?
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private(set) var protocolVersion = RedisConfiguration.ProtocolVersion.resp2

    init(
        role: Role,
        handshake: HandshakeSettings,
        times: ConnectionTimes,
        limits: RESPLimits,
        eventLoop: any EventLoop,
        counters: RedisCounterStore,
        delegate: any RedisConnectionDelegate
    ) {
        self.role = role
        self.times = times
        self.eventLoop = eventLoop
        self.counters = counters
        self.delegate = delegate
        self.state = ConnectionStateMachine(handshake)
        self.decoder = RESPDecoder(limits: limits)
        self.turn = eventLoop.now
        self.lastReadAt = eventLoop.now
    }

    var isReady: Bool {
        self.state.isReady
    }

    /// How many requests, and of what cost, have been sent and not answered.
    var owed: (count: Int, cost: Int) {
        (self.replies.count, self.replies.cost)
    }

    // MARK: Sending

    /// Sends a request; only while the connection is ready.
    func send(_ request: RedisRequest) {
        self.beginTurn()
        request.write(into: &self.outgoing, known: &self.knownScripts)
        self.replies.sent(
            request,
            replies: request.replies,
            cost: request.cost,
            deadline: request.deadline,
            now: self.turn
        )
        self.schedule(at: request.deadline)
    }

    /// Sends commands on a connection for subscriptions, whose answers are told as they come.
    func send(_ commands: [RedisCommand]) {
        self.beginTurn()
        for command in commands { command.write(into: &self.outgoing) }
        if self.owesSince == nil { self.owesSince = self.turn }
        self.schedule(at: self.turn + min(self.times.stall, self.times.ping))
    }

    private func beginTurn() {
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        self.turn = self.eventLoop.now
        self.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        self.isFlushScheduled = false
        guard let context, self.outgoing.readableBytes > 0, !self.state.isClosed else { return }
        self.counters.update { $0.bytesOut += self.outgoing.readableBytes }
        context.writeAndFlush(self.wrapOutboundOut(self.outgoing), promise: nil)
        if self.outgoing.capacity > 1 << 20 {
            self.outgoing = ByteBuffer()
        } else {
            self.outgoing.clear()
        }
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.opened() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.opened()
        context.fireChannelActive()
    }

    private func opened() {
        self.lastReadAt = self.eventLoop.now
        self.perform(self.state.connected(), reply: .null)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        self.counters.update { $0.bytesIn += bytes.readableBytes }
        self.lastReadAt = self.eventLoop.now
        self.owesSince = nil
        self.decoder.append(bytes)
        do {
            while !self.state.isClosed, let reply = try self.decoder.next() {
                self.perform(self.state.replyReceived(reply), reply: reply)
            }
        } catch {
            self.close(RedisError(.protocolViolation, outcome: .unknown, message: "the server's bytes: \(error)"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.close(RedisError(.connectionLost, outcome: .unknown, message: "the connection ended"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The words of an error from below may hold what was sent, so only its type is told.
        self.close(RedisError(.connectionLost, outcome: .unknown, message: "the connection failed: \(type(of: error))"))
    }

    private func perform(_ action: ConnectionStateMachine.Action, reply: RESPValue) {
        switch action {
        case .nothing:
            break
        case .send(let command):
            self.beginTurn()
            command.write(into: &self.outgoing)
        case .becomeReady(let version):
            self.protocolVersion = version
            self.schedule(at: self.lastReadAt + self.times.ping)
            self.delegate?.connectionBecameReady(self)
        case .deliver:
            self.deliver(reply)
        case .close(let error):
            self.close(error)
        }
    }

    private func deliver(_ reply: RESPValue) {
        if self.role == .subscriptions {
            self.delegate?.connection(self, received: reply)
            return
        }
        if case .push = reply.plain {
            self.delegate?.connection(self, received: reply)
            return
        }
        switch self.replies.replied(reply) {
        case .partial:
            break
        case .late:
            self.counters.update { $0.lateReplies += 1 }
        case .complete(let request, let reply):
            if let request { self.delegate?.connection(self, answered: request, with: reply) }
        case .unexpected:
            self.close(RedisError(.protocolViolation, outcome: .unknown, message: "a reply that nothing asked for"))
            return
        }
        self.closeIfDrained()
    }

    // MARK: Ending

    /// Ends the connection once nothing is owed any more.
    func drain() {
        self.state.drainRequested()
        self.closeIfDrained()
    }

    private func closeIfDrained() {
        guard self.replies.count == 0, self.state.isDraining else { return }
        self.close(RedisError(.closed, outcome: .unknown))
    }

    /// Ends the connection now.
    ///
    /// - Parameter reason: Why; what has been sent ends with it.
    func close(_ reason: RedisError) {
        guard self.state.closed() else { return }
        self.timer?.task.cancel()
        self.timer = nil
        self.outgoing = ByteBuffer()
        let unanswered = self.replies.connectionLost().compactMap { $0 }
        let delegate = self.delegate
        self.delegate = nil
        self.context?.close(promise: nil)
        delegate?.connectionClosed(self, reason: reason, unanswered: unanswered)
    }

    // MARK: Time

    /// Has the connection looked after at a time, or before.
    private func schedule(at time: NIODeadline) {
        if let timer {
            guard time < timer.at else { return }
            timer.task.cancel()
        }
        // Not for every deadline on its own.
        let time = max(time, self.eventLoop.now + .milliseconds(5))
        let task = self.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.look() }
        self.timer = (time, task)
    }

    /// Gives up what has waited too long, finds out whether the server is alive, and says when to look again.
    private func look() {
        self.timer = nil
        guard !self.state.isClosed else { return }
        let now = self.eventLoop.now
        let expired = self.replies.deadlineReached(now: now).compactMap { $0 }
        if !expired.isEmpty { self.delegate?.connection(self, gaveUp: expired) }
        guard !self.state.isClosed else { return }

        if let since = self.replies.oldestSentAt ?? self.owesSince {
            let deadline = max(since, self.lastReadAt) + self.times.stall
            if deadline <= now {
                self.close(RedisError(.connectionLost, outcome: .unknown, message: "the server does not answer"))
                return
            }
            // Nothing looks again when the answer comes, and then it is the silence that counts.
            self.schedule(at: min(deadline, self.replies.earliestDeadline ?? deadline, now + self.times.ping))
        } else if self.lastReadAt + self.times.ping <= now {
            self.ping(now: now)
        } else {
            self.schedule(at: self.lastReadAt + self.times.ping)
        }
    }

    private func ping(now: NIODeadline) {
        switch self.role {
        case .commands:
            self.beginTurn()
            RedisCommand("PING").write(into: &self.outgoing)
            // Nobody waits for it; the silence is what counts.
            self.replies.sent(nil, replies: 1, cost: 0, deadline: .distantFuture, now: now)
            self.schedule(at: now + min(self.times.stall, self.times.ping))
        case .subscriptions:
            self.send([RedisCommand("PING")])
        }
    }
}
