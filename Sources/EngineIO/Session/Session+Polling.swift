// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

// Long-polling belongs to the session; each HTTP request merely visits it.
extension Session {
    /// A GET with this session's sid.
    func pollReceived(_ exchange: HTTPExchange) {
        guard self.isOpen else { return self.answerLastPoll(exchange) }
        switch self.machine.pollReceived(hasQueuedPackets: !self.queue.isEmpty) {
        case .hold:
            self.poll = exchange
        case .answer:
            self.poll = exchange
            self.loop.markForFlush(self.slot)
        case .answerNoop:
            self.respond(to: exchange, with: [.packet(.noop)])
        case .close:
            // The machine is closed already, so this is not for `end`.
            exchange.respond(.badRequest)
            self.finish(.transportError)
        case .refuse:
            exchange.respond(.badRequest)
        }
        self.updateDeadline()
    }

    /// A POST with this session's sid has begun.
    func postBegan(_ exchange: HTTPExchange) {
        guard self.isOpen else { return self.takeLatePost(exchange) }
        switch self.machine.postReceived() {
        case .accept:
            self.incomingPost = exchange
            self.updateDeadline()
        case .close:
            exchange.respond(.badRequest)
            self.finish(.transportError)
        case .refuse:
            exchange.respond(.badRequest)
        }
    }

    /// What a client sends that has not polled since this side wanted the end, and so cannot know of it.
    ///
    /// It is answered like any other and looked at by nobody: Python's clients give up without a word where a POST is refused, and
    /// would never fetch the packet that ends the session (reference: `polling.ts`, `shouldClose`).
    private func takeLatePost(_ exchange: HTTPExchange) {
        let awaitsPoll = self.lingerDeadline != nil && self.webSocket == nil
        guard awaitsPoll, self.incomingPost == nil, self.post == nil else { return exchange.respond(.badRequest) }
        self.incomingPost = exchange
    }

    /// The body of a POST is complete; nothing if it is not in the form that its transport demands.
    func postReceived(_ exchange: HTTPExchange, body: ByteBuffer?, isBinary: Bool) {
        // Otherwise it was refused when it began, or the session ended since: it has its answer.
        guard self.incomingPost === exchange else { return }
        self.incomingPost = nil
        guard self.isOpen else { return exchange.respond(.ok) }
        self.post = exchange
        guard let body else { return self.end(.parseError) }
        self.loop.counters.bytesReceived += body.readableBytes
        self.takePackets(body, isBinary: isBinary)
        self.answerPost()
    }

    /// The body of a POST was too large and is not read; the session lives on (reference: `polling.ts`, `onDataRequest`).
    func postDropped(_ exchange: HTTPExchange) {
        guard self.incomingPost === exchange else { return }
        self.incomingPost = nil
        self.machine.postAnswered()
    }

    private func takePackets(_ body: ByteBuffer, isBinary: Bool) {
        do throws(PayloadError) {
            var decoder = try PayloadDecoder(
                body,
                revision: self.handshake.revision,
                isBinary: isBinary,
                maximumBytes: self.settings.options.maxHTTPBufferSize,
                maximumPackets: self.settings.options.limits.maximumPacketsPerPayload
            )
            // What a peer sends after a violation, or after its own close, is not looked at.
            while self.isOpen, let packet = try decoder.next() {
                self.packetReceived(packet)
                self.loop.flushIfLarge()
            }
        } catch {
            if case .tooManyPackets = error { self.loop.counters.hit(.payloadPackets) }
            self.end(.parseError)
        }
    }

    /// Answers the open POST, unless the session does not take input for now.
    func answerPost() {
        guard !self.isReadingPaused, let exchange = self.post.take() else { return }
        self.machine.postAnswered()
        exchange.respond(.ok)
    }

    /// The client of `exchange` went away before it was answered.
    func requestAborted(_ exchange: HTTPExchange) {
        guard self.poll === exchange || self.post === exchange || self.incomingPost === exchange else { return }
        if self.poll === exchange { self.poll = nil }
        if self.post === exchange { self.post = nil }
        if self.incomingPost === exchange { self.incomingPost = nil }
        if self.machine.requestAborted() { self.finish(.transportClose) }
    }

    /// The connection of a poll was reset behind its answer, which may not have arrived.
    ///
    /// Even if the next poll is here already, it may be the same one once more.
    func pollAnswerLost() {
        guard self.isOpen, self.webSocket == nil else { return }
        self.end(.transportError)
    }

    /// Whoever brought a poll from another process cannot keep it any longer; its client is to come again.
    func pollReleased(_ exchange: HTTPExchange) {
        // Legal: it was answered meanwhile.
        guard self.isOpen, self.poll === exchange else { return }
        self.enqueue(.packet(.noop))
    }

    /// Queues a message until the next poll.
    func enqueue(_ message: EngineMessage, isVolatile: Bool) {
        guard self.isOpen else { return }
        if isVolatile && !self.machine.mayAnswerPoll {
            self.loop.counters.messagesDropped += 1
            return
        }
        self.enqueue(.message(message))
    }

    func enqueue(_ packet: QueuedPacket) {
        let byteCount = packet.byteCount
        // Ended at the end of the turn, not here: a broadcast may be walking over the room this session is in. A single message
        // of any size may wait alone.
        if !self.queue.isEmpty, self.queuedBytes + byteCount > self.settings.options.limits.maximumOutboundBytes {
            self.isOverBudget = true
        } else {
            self.queue.append(packet)
            self.queuedBytes += byteCount
        }
        self.loop.markForFlush(self.slot)
    }

    /// Answers the open poll with all that waits.
    func flushQueue() {
        if self.isOverBudget {
            self.loop.counters.hit(.outboundBytes)
            return self.end(.slowConsumer)
        }
        guard self.machine.mayAnswerPoll, !self.queue.isEmpty, let exchange = self.poll.take() else { return }
        self.machine.pollAnswered()
        self.respond(to: exchange, with: self.takeQueued())
    }

    /// Takes from the queue what one answer may carry; what is left answers the next poll at once.
    func takeQueued() -> [QueuedPacket] {
        let maximum = self.settings.options.limits.maximumPacketsPerAnswer
        let endsEarly = self.handshake.revision == .v3
        var packetCount = 0
        var isComplete = false
        let taken = self.queue.prefix { packet in
            guard !isComplete else { return false }
            packetCount += packet.packetCount
            // python-engineio 3 counts characters where it should count UTF-16 code units (its `Payload.decode`),
            // and misreads what stands behind a packet with surrogate pairs.
            isComplete = endsEarly && packet.hasSurrogatePairs
            return packetCount <= maximum
        }
        let count = max(1, taken.count)
        let packets = Array(self.queue.prefix(count))
        self.queue.removeFirst(packets.count)
        self.queuedBytes -= packets.reduce(0) { $0 + $1.byteCount }
        return packets
    }

    func respond(to exchange: HTTPExchange, with packets: [QueuedPacket]) {
        var encoder = PayloadEncoder(
            revision: self.handshake.revision,
            base64: self.wantsBase64 || exchange.wantsText
        )
        for packet in packets {
            switch packet {
            case .packet(let packet):
                encoder.append(packet)
            case .message(let message):
                if let text = message.text { encoder.append(.message(.text(text))) }
                for attachment in message.attachments { encoder.append(.message(.binary(attachment))) }
            }
        }
        let body = encoder.body
        self.loop.counters.bytesSent += body.readableBytes
        exchange.respond(.payload(body, contentType: encoder.contentType))
    }

    /// Releases an open poll that has nothing to say, so that the client can leave polling.
    func releasePoll() {
        guard let exchange = self.poll.take() else { return }
        self.respond(to: exchange, with: [.packet(.noop)])
    }

    /// The end of a polling session: the open poll still gets what is queued, and is told of the end; where this side wanted the
    /// end, so does the next poll within a short time.
    func closePolling(_ reason: EngineCloseReason) {
        switch reason {
        case .parseError, .transportError:
            self.post.take()?.respond(.badRequest)
        case .transportClose, .pingTimeout, .forcedServerClose, .serverShuttingDown, .slowConsumer:
            self.answerPost()
        }
        let tellsOpenPoll = self.poll != nil && reason != .transportClose
        guard tellsOpenPoll || reason == .forcedServerClose || reason == .serverShuttingDown else {
            return self.release()
        }
        self.lingerDeadline = self.loop.now + .seconds(5)
        self.updateDeadline()
        if let exchange = self.poll.take() { self.answerLastPoll(exchange) }
    }

    /// Answers with what is still queued, and once there is nothing with the packet that ends the session.
    private func answerLastPoll(_ exchange: HTTPExchange) {
        if self.queue.isEmpty {
            self.respond(to: exchange, with: [.packet(.close)])
            self.release()
        } else {
            self.respond(to: exchange, with: self.takeQueued())
        }
    }
}
