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

    /// A POST with this session's sid, its body complete.
    func postReceived(_ exchange: HTTPExchange, body: ByteBuffer, isBinary: Bool) {
        guard self.isOpen else { return exchange.respond(.badRequest) }
        switch self.machine.postReceived() {
        case .accept:
            self.post = exchange
            self.updateDeadline()
            self.takePackets(body, isBinary: isBinary)
            self.answerPost()
        case .close:
            // The machine is closed already, so this is not for `end`.
            exchange.respond(.badRequest)
            self.finish(.transportError)
        case .refuse:
            exchange.respond(.badRequest)
        }
    }

    private func takePackets(_ body: ByteBuffer, isBinary: Bool) {
        do throws(PayloadError) {
            var decoder = try PayloadDecoder(
                body,
                revision: self.handshake.revision,
                isBinary: isBinary,
                maximumBytes: self.settings.options.maxPayloadBytes,
                maximumPackets: self.settings.options.limits.maximumPacketsPerPayload
            )
            // What a peer sends after a violation, or after its own close, is not looked at.
            while self.isOpen, let packet = try decoder.next() {
                self.packetReceived(packet)
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
        guard self.poll === exchange || self.post === exchange else { return }
        if self.poll === exchange { self.poll = nil }
        if self.post === exchange { self.post = nil }
        if self.machine.requestAborted() { self.finish(.transportClose) }
    }

    /// Queues a message until the next poll.
    func enqueue(_ message: EngineMessage, isVolatile: Bool) {
        guard self.isOpen else { return }
        if isVolatile && !self.machine.mayAnswerPoll { return }
        var byteCount = message.text.readableBytes + 1
        for attachment in message.attachments { byteCount += attachment.readableBytes + 1 }
        self.enqueue(.message(message), byteCount: byteCount)
    }

    func enqueue(_ packet: QueuedPacket, byteCount: Int) {
        // Ended at the end of the turn, not here: a broadcast may be walking over the room this session is in.
        if self.queuedBytes + byteCount > self.settings.options.limits.maximumOutboundBytes {
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
        let packets = self.queue
        self.queue.removeAll(keepingCapacity: false)
        self.queuedBytes = 0
        self.machine.pollAnswered()
        self.respond(to: exchange, with: packets)
    }

    func respond(to exchange: HTTPExchange, with packets: [QueuedPacket]) {
        var encoder = PayloadEncoder(revision: self.handshake.revision, base64: exchange.wantsBase64)
        for packet in packets {
            switch packet {
            case .packet(let packet):
                encoder.append(packet)
            case .message(let message):
                encoder.append(.message(.text(message.text)))
                for attachment in message.attachments { encoder.append(.message(.binary(attachment))) }
            }
        }
        exchange.respond(.payload(encoder.body, contentType: encoder.contentType))
    }

    /// Releases an open poll that has nothing to say, so that the client can leave polling.
    func releasePoll() {
        guard let exchange = self.poll.take() else { return }
        self.respond(to: exchange, with: [.packet(.noop)])
    }

    /// The end of a polling session: the open poll, or the next one within a short time, still gets what is queued.
    func closePolling(_ reason: EngineCloseReason) {
        self.answerPost()
        guard reason == .forcedServerClose || reason == .serverShuttingDown else { return self.release() }
        if let exchange = self.poll.take() {
            self.answerLastPoll(exchange)
        } else {
            self.lingerDeadline = self.loop.now + .seconds(5)
            self.updateDeadline()
        }
    }

    private func answerLastPoll(_ exchange: HTTPExchange) {
        self.respond(to: exchange, with: self.queue + [.packet(.close)])
        self.queue = []
        self.release()
    }
}
