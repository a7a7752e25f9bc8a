// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore
internal import SocketIOClient

/// One simulated user: connects, authenticates, joins its room, then listens, and sends if it is a sender.
///
/// Lives on its worker's event loop, like the session below it.
final class LoadClient: EngineClientDelegate {
    private enum Phase: String {
        case opening = "the Engine.IO handshake"
        case connecting = "the namespace"
        case authenticating = "authentication"
        case joining = "the room"
        case upgrading = "the upgrade"
        case ready = "nothing"
        case closed
    }

    let index: Int
    let room: Int
    /// The client's place among its worker's clients.
    let receiver: Int
    /// The client's place among its room's senders; -1 for a listener.
    let senderPlace: Int
    let engine: EngineClient
    private(set) var sent: UInt32 = 0
    private(set) var startedAt = NIODeadline.uptimeNanoseconds(0)
    private unowned let worker: LoadWorker
    private var phase = Phase.opening
    private var isUpgraded: Bool
    /// Messages on the way, in closed mode.
    private var unanswered = 0
    private var packet: [UInt8] = []
    private var stampOffset = 0

    init(index: Int, receiver: Int, worker: LoadWorker, options: EngineClientOptions) {
        let settings = worker.template.settings
        self.index = index
        self.room = settings.room(ofClient: index)
        self.receiver = receiver
        self.senderPlace = settings.senderPlace(ofClient: index) ?? -1
        self.worker = worker
        self.isUpgraded = options.transport != .upgrade
        self.engine = EngineClient(options: options, eventLoop: worker.eventLoop)
    }

    func start() {
        self.startedAt = self.worker.eventLoop.now
        self.engine.start(delegate: self)
    }

    var isReady: Bool { self.phase == .ready }

    /// What it waits for, for a message about a timeout.
    var waitsFor: String { self.phase.rawValue }

    // MARK: Connecting

    func opened(_ client: EngineClient) {
        self.phase = .connecting
        let joinsByItself = client.options.revision == .v3
        if let packet = self.worker.template.connect(client: self.index, joinsByItself: joinsByItself) {
            client.send(text: packet)
        }
    }

    func upgraded(_ client: EngineClient) {
        self.isUpgraded = true
        if self.phase == .upgrading { self.becomeReady() }
    }

    private func connectingTextReceived(_ text: UnsafeRawBufferPointer) {
        let template = self.worker.template
        if text.starts(withBytes: template.error) || text.starts(withBytes: template.connectRefusal) {
            return self.fail("the server answered \(Self.excerpt(text))")
        }
        switch self.phase {
        case .connecting where text.starts(withBytes: template.connectAnswer):
            self.phase = .authenticating
            switch template.settings.authentication {
            case .event: self.engine.send(text: template.authenticate(client: self.index))
            case .handshake: break
            case .none: self.join()
            }
        case .authenticating where text.starts(withBytes: template.authenticated):
            self.join()
        case .joining where text.starts(withBytes: template.joined):
            self.finishConnecting()
        case .opening, .connecting, .authenticating, .joining, .upgrading, .ready, .closed:
            break  // Presence and other events that nobody waits for.
        }
    }

    private func join() {
        guard self.worker.template.settings.joinsRooms else { return self.finishConnecting() }
        self.phase = .joining
        self.engine.send(text: self.worker.template.join(room: self.room))
    }

    private func finishConnecting() {
        guard self.isUpgraded else {
            self.phase = .upgrading
            return
        }
        self.becomeReady()
    }

    private func becomeReady() {
        self.phase = .ready
        if self.senderPlace >= 0 {
            (self.packet, self.stampOffset) = self.worker.template.messagePacket(room: self.room)
        }
        self.worker.clientReady(self)
    }

    private func fail(_ why: String) {
        guard self.phase != .closed else { return }
        self.phase = .closed
        self.worker.clientFailed(self, why)
        self.engine.abort()
    }

    // MARK: Sending

    /// Whether the session lasts and the limit of messages has not been reached.
    var mayStillSend: Bool { self.phase == .ready && Int(self.sent) < self.worker.template.settings.messagesPerSender }

    /// Sends the next message, stamped with `time`.
    func sendMessage(at time: NIODeadline) {
        let stamp = MessageStamp(
            room: UInt32(self.room),
            sender: UInt32(self.senderPlace),
            counter: self.sent,
            sentAt: time
        )
        self.sent += 1
        let marker = self.worker.template.marker
        let offset = self.stampOffset
        self.packet.withUnsafeMutableBytes { bytes in
            stamp.write(marker: marker, over: UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]))
        }
        self.packet.withUnsafeBytes { self.engine.send(text: $0) }
    }

    /// Closed mode: sends until `window` messages are on the way.
    func fillWindow(_ window: Int) {
        while self.unanswered < window, self.mayStillSend {
            self.unanswered += 1
            self.sendMessage(at: self.worker.eventLoop.now)
        }
    }

    /// Closed mode: a message of this sender came back.
    @inline(__always)
    func replyReceived() {
        self.unanswered -= 1
        self.worker.sendNext(self)
    }

    // MARK: Receiving

    func textReceived(_ client: EngineClient, _ text: UnsafeRawBufferPointer) {
        let worker = self.worker
        worker.textsReceived &+= 1
        guard self.phase == .ready else { return self.connectingTextReceived(text) }
        let template = worker.template
        if text.starts(withBytes: template.message) {
            worker.messageReceived(self, text)
        } else if text.starts(withBytes: template.messageAck) {
            if template.settings.reply == .event, self.senderPlace >= 0 { self.replyReceived() }
        } else if text.starts(withBytes: template.acknowledgement) {
            if template.settings.reply == .ack, self.senderPlace >= 0 { self.replyReceived() }
        } else if text.starts(withBytes: template.error) {
            worker.errorReceived(Self.excerpt(text))
        }
    }

    func closed(_ client: EngineClient, _ reason: EngineClientCloseReason) {
        guard self.phase != .closed else { return }
        let wasReady = self.phase == .ready
        let phase = self.phase
        self.phase = .closed
        if wasReady {
            self.worker.clientLost(self, reason.description)
        } else {
            self.worker.clientFailed(self, "\(reason) while waiting for \(phase.rawValue)")
        }
    }

    /// Ends the session at the end of the run; this is no loss.
    func finish() {
        self.phase = .closed
        self.engine.close()
    }

    private static func excerpt(_ text: UnsafeRawBufferPointer) -> String {
        String(decoding: text.prefix(200), as: UTF8.self)
    }
}
