// Licensed under the MIT licence.

import EngineIOCore
import Logging
import NIOCore

/// The shell of one session: carries out what its state machine decides, on whichever transport carries it.
///
/// Confined to its shard.
final class Session {
    let loop: LoopShard
    let id: SessionID
    let slot: ConnectionSlot
    let handshake: EngineHandshake
    let settings: EngineSettings
    var machine: SessionStateMachine
    var handler: (any EngineConnectionHandler)?

    // Polling
    var queue: [QueuedPacket] = []
    var queuedBytes = 0
    var isOverBudget = false
    var poll: HTTPExchange?
    /// A POST whose packets were taken, until it is answered.
    var post: HTTPExchange?
    /// A POST whose body is still on its way.
    var incomingPost: HTTPExchange?
    /// Whether the client cannot take binary bodies (Engine.IO 3, `b64=1` in the handshake).
    var wantsBase64 = false

    // WebSocket
    var webSocket: WebSocketHandler?
    var upgradingWebSocket: WebSocketHandler?
    /// Compresses what this connection alone is sent, if it keeps a context for that.
    var deflater: MessageDeflater?
    /// Bytes handed to NIO's writes that have not left yet.
    var backlogBytes = 0

    /// Whom to tell when all that was sent has left.
    var flushWaiters: [@Sendable () -> Void] = []

    var handlerDeadline: NIODeadline?
    var lingerDeadline: NIODeadline?
    var isReadingPaused = false
    /// Until the handshake is answered: the layer above may want the session to end before it has taken it over.
    private var isOpening = true
    private var endOnceOpen: EngineCloseReason?

    init(loop: LoopShard, id: SessionID, handshake: EngineHandshake, settings: EngineSettings) {
        self.loop = loop
        self.id = id
        self.slot = loop.slots.allocate()
        self.handshake = handshake
        self.settings = settings
        self.machine = SessionStateMachine(
            revision: handshake.revision,
            transport: handshake.transport,
            now: loop.now,
            timing: settings.timing
        )
        loop.add(self)
        self.updateDeadline()
    }

    var isOpen: Bool { !self.machine.isClosed }

    /// Tells the shard's timer when this session next needs a look.
    func updateDeadline() {
        // While the peer is not read its heartbeats cannot be heard, and their absence says nothing.
        var deadline = (self.isReadingPaused ? nil : self.machine.nextDeadline) ?? .distantFuture
        if let handlerDeadline, self.isOpen { deadline = min(deadline, handlerDeadline) }
        if let lingerDeadline { deadline = min(deadline, lingerDeadline) }
        self.loop.deadlines[Int(self.slot)] = deadline
    }

    func deadlineReached(now: NIODeadline) {
        if let deadline = self.lingerDeadline, now >= deadline {
            return self.release()
        }
        guard self.isOpen else { return }
        if let deadline = self.handlerDeadline, now >= deadline {
            self.handlerDeadline = nil
            self.handler?.deadlineReached(now: now)
        }
        guard !self.isReadingPaused else { return self.updateDeadline() }
        let isUnpolled = self.machine.awaitsFirstRequest
        let action = self.machine.deadlineReached(now: now, timing: self.settings.timing)
        if isUnpolled, case .close = action { self.loop.counters.hit(.handshakeNotFollowedUp) }
        self.act(on: action, pingData: ByteBuffer())
    }

    /// A packet came on the transport that carries the session.
    func packetReceived(_ packet: EngineIOPacket) {
        switch packet {
        case .message(.text(let text)):
            self.loop.counters.messagesReceived += 1
            self.handler?.textReceived(text)
        case .message(.binary(let bytes)):
            self.loop.counters.messagesReceived += 1
            self.handler?.binaryReceived(bytes)
        case .ping(let data):
            self.act(on: self.machine.pingReceived(now: self.loop.now, timing: self.settings.timing), pingData: data)
        case .pong(let data):
            self.act(on: self.machine.pongReceived(now: self.loop.now, timing: self.settings.timing), pingData: data)
        case .close:
            // A poll beside it is let go in good order, as the protocol suites expect.
            self.flushQueue()
            self.releasePoll()
            self.end(.transportClose)
        case .noop:
            // Legal but idle: revision 3 clients may send one while they pause polling.
            break
        case .open, .upgrade:
            self.end(.parseError)
        }
    }

    private func act(on action: SessionStateMachine.HeartbeatAction, pingData: ByteBuffer) {
        switch action {
        case .none: break
        case .sendPing: self.sendControl(.ping(ByteBuffer()))
        case .sendPong: self.sendControl(.pong(pingData))
        case .closeUpgradingWebSocket: self.dropUpgradingWebSocket()
        case .close(let reason):
            if reason == .parseError { self.loop.counters.hit(.heartbeat) }
            self.finish(reason)
        }
        self.updateDeadline()
    }

    private func sendControl(_ packet: EngineIOPacket) {
        switch self.loop.slots[self.slot].way {
        case .direct, .channel:
            self.loop.sendFrames(to: self.slot) { $0.append(.packet(packet), revision: self.handshake.revision) }
        case .queue:
            self.enqueue(.packet(packet))
        case .none:
            break
        }
    }

    /// Ends the session.
    ///
    /// Every path goes through here; the second call does nothing.
    func end(_ reason: EngineCloseReason) {
        guard !self.isOpening else {
            self.endOnceOpen = self.endOnceOpen ?? reason
            return
        }
        guard self.machine.closed() else { return }
        self.finish(reason)
    }

    /// The handshake has been answered and the handler is there; an end that was asked for before comes now.
    func opened() {
        self.isOpening = false
        if let reason = self.endOnceOpen.take() { self.end(reason) }
    }

    /// What follows once the machine is closed.
    func finish(_ reason: EngineCloseReason) {
        self.loop.counters.sessionsClosed += 1
        self.loop.counters.closeReasons[reason, default: 0] += 1
        self.loop.logger.debug("session ended", metadata: self.endMetadata(reason))
        let handler = self.handler.take()
        handler?.closed(reason)
        self.noteFlushed()
        self.dropUpgradingWebSocket()
        self.endPause()
        switch self.loop.slots[self.slot].way {
        case .direct, .channel:
            self.closeWebSocket(reason)
        case .queue:
            self.closePolling(reason)
        case .none:
            self.release()
        }
    }

    private func endMetadata(_ reason: EngineCloseReason) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["eio.reason": "\(reason.rawValue)"]
        if let id = CorrelationID(self.handshake.headers) { metadata["http.request_id"] = "\(id.text)" }
        return metadata
    }

    private func closeWebSocket(_ reason: EngineCloseReason) {
        if reason == .slowConsumer {
            self.webSocket?.close()
            return self.release()
        }
        self.loop.sendFrames(to: self.slot) { arena in
            arena.appendFrameHeader(.close, length: 2)
            let code = self.webSocket?.closeCode ?? WebSocketCloseCode.normal
            withUnsafeBytes(of: code.rawValue.bigEndian) { arena.append($0) }
        }
        self.loop.slots[self.slot].isClosing = true
        self.lingerDeadline = self.loop.now + .seconds(5)
        self.updateDeadline()
    }

    /// The close frame and all before it were handed over; ends the connection unless some of it still waits to leave.
    func finishClosing() {
        guard self.backlogBytes == 0 else { return }
        self.webSocket?.close()
        self.release()
    }

    /// The socket broke while sending.
    func transportFailed() {
        let webSocket = self.webSocket
        self.loop.slots[self.slot].way = .none
        self.end(.transportClose)
        webSocket?.close()
    }

    /// Gives the slot back and lets go of everything.
    ///
    /// The session is not used afterwards.
    func release() {
        self.lingerDeadline = nil
        self.poll.take()?.respond(.badRequest)
        self.post.take()?.respond(.badRequest)
        self.incomingPost.take()?.respond(.badRequest)
        self.webSocket.take()?.close()
        self.queue = []
        self.loop.remove(self)
    }
}

/// A packet that waits for a poll, or for the end of an upgrade.
enum QueuedPacket {
    case message(EngineMessage)
    case packet(EngineIOPacket)

    /// How many packets it is on the wire.
    var packetCount: Int {
        switch self {
        case .message(let message): (message.text == nil ? 0 : 1) + message.attachments.count
        case .packet: 1
        }
    }

    /// Whether its text has characters that take two UTF-16 code units.
    var hasSurrogatePairs: Bool {
        switch self {
        case .message(let message): message.text?.hasSurrogatePairs ?? false
        case .packet(.message(.text(let text))): text.hasSurrogatePairs
        case .packet: false
        }
    }

    /// What it counts for in a connection's byte budget.
    var byteCount: Int {
        switch self {
        case .message(let message):
            message.attachments.reduce(message.text.map { $0.readableBytes + 1 } ?? 0) { $0 + $1.readableBytes + 1 }
        case .packet(.message(.binary(let bytes))), .packet(.message(.text(let bytes))):
            bytes.readableBytes + 1
        case .packet:
            1
        }
    }
}

extension ByteBuffer {
    /// Whether this UTF-8 has characters of four bytes.
    fileprivate var hasSurrogatePairs: Bool {
        self.withUnsafeReadableBytes { bytes in bytes.contains { $0 >= 0xf0 } }
    }
}
