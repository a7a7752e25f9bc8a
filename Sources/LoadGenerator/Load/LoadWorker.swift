// Licensed under the MIT licence.

internal import NIOCore
internal import SocketIOClient

/// The clients of one event loop, what they counted, and the checks of what they received.
///
/// All members are used on `eventLoop`; ``LoadRun`` reaches them by `submit`.
final class LoadWorker: @unchecked Sendable {
    // Sendable because every mutable member is touched on `eventLoop` only, as said above.

    /// The part of the run that is measured: by receipt for the rate, by sending time for the latency.
    struct Window: Sendable {
        var start = NIODeadline.distantFuture
        var end = NIODeadline.distantFuture

        @inline(__always)
        func contains(_ time: NIODeadline) -> Bool { time >= self.start && time < self.end }
    }

    let eventLoop: any EventLoop
    let template: RunTemplate
    private(set) var clients: [LoadClient] = []
    private(set) var senders: [LoadClient] = []
    var ramp: ConnectRamp
    var window = Window()
    var textsReceived: UInt64 = 0
    private(set) var counters = LoadCounters()
    private(set) var latency = LatencyHistogram()
    private(set) var connectLatency = LatencyHistogram()
    private(set) var checker: DeliveryChecker
    private var scanner: MessageScanner
    private var isSending = false
    private var isFinished = false

    /// Makes the clients with these numbers of the run; `options` says how each of them connects.
    init(
        eventLoop: any EventLoop,
        template: RunTemplate,
        indices: [Int],
        ramp: ConnectRamp,
        options: (Int) -> EngineClientOptions
    ) {
        self.eventLoop = eventLoop
        self.template = template
        self.ramp = ramp
        self.scanner = MessageScanner(marker: template.marker)
        let settings = template.settings
        self.checker = DeliveryChecker(
            senderCounts: indices.map {
                settings.scenario.sends ? settings.senders(inRoom: settings.room(ofClient: $0)) : 0
            }
        )
        self.clients = indices.enumerated().map { receiver, index in
            LoadClient(index: index, receiver: receiver, worker: self, options: options(index))
        }
        self.senders = self.clients.filter { $0.senderPlace >= 0 }
    }

    // MARK: Connecting

    func clientReady(_ client: LoadClient) {
        self.counters.ready += 1
        let took = self.eventLoop.now - client.startedAt
        self.connectLatency.record(nanoseconds: UInt64(max(0, took.nanoseconds)))
        self.connectMore()
    }

    func clientFailed(_ client: LoadClient, _ why: String) {
        guard !self.isFinished else { return }
        self.counters.failed += 1
        self.counters.firstFailure = self.counters.firstFailure ?? "client \(client.index): \(why)"
    }

    func clientLost(_ client: LoadClient, _ why: String) {
        guard !self.isFinished else { return }
        self.counters.lostClients += 1
        self.counters.firstLostClient = self.counters.firstLostClient ?? "client \(client.index): \(why)"
    }

    // MARK: Sending

    func startSending() {
        self.isSending = true
        guard self.template.settings.mode == .closed else { return }
        for sender in self.senders { sender.fillWindow(self.template.settings.window) }
    }

    func stopSending() {
        self.isSending = false
    }

    /// Closed mode: what a sender does when a message of its own came back.
    @inline(__always)
    func sendNext(_ sender: LoadClient) {
        guard self.isSending, self.template.settings.mode == .closed else { return }
        sender.fillWindow(self.template.settings.window)
    }

    /// Open mode: sends a message that was due at `due`.
    func sendDue(_ sender: LoadClient, due: NIODeadline, now: NIODeadline) {
        guard self.isSending, sender.mayStillSend else { return }
        guard sender.engine.isWritable else {
            // Queueing without bound would only move the overload into this process.
            self.counters.withheld += 1
            return
        }
        self.counters.worstSendLagNanoseconds = max(
            self.counters.worstSendLagNanoseconds,
            UInt64(max(0, (now - due).nanoseconds))
        )
        sender.sendMessage(at: due)
    }

    // MARK: Receiving

    @inline(__always)
    func messageReceived(_ client: LoadClient, _ text: UnsafeRawBufferPointer) {
        guard let stamp = self.scanner.stamp(in: text) else {
            self.counters.foreign += 1
            return
        }
        self.counters.received &+= 1
        self.counters.receivedBytes &+= UInt64(text.count)
        if let sequence = self.scanner.sequence(in: text) {
            self.counters.numbered &+= 1
            self.checker.received(receiver: client.receiver, sequence: sequence)
        }
        guard stamp.room == UInt32(client.room) else { return self.checker.stray(receiver: client.receiver) }
        self.checker.received(receiver: client.receiver, sender: Int(stamp.sender), counter: stamp.counter)
        let time = client.engine.receivedAt
        if self.window.contains(time) { self.counters.receivedInWindow &+= 1 }
        if self.window.contains(stamp.sentAt) {
            self.latency.record(nanoseconds: UInt64(max(0, (time - stamp.sentAt).nanoseconds)))
        }
        if Int(stamp.sender) == client.senderPlace, self.template.settings.reply == .echo { client.replyReceived() }
    }

    func errorReceived(_ text: String) {
        self.counters.errors += 1
        self.counters.firstError = self.counters.firstError ?? text
    }

    // MARK: The end

    /// Whether some sender has not reached the limit of messages.
    var mayStillSend: Bool { self.isSending && self.senders.contains(where: \.mayStillSend) }

    /// How many messages each sender has sent, by room and place.
    func sentCounts() -> [SentCount] {
        self.senders.map { SentCount(room: $0.room, place: $0.senderPlace, count: $0.sent) }
    }

    func verdict(_ sent: SentTable) -> DeliveryChecker.Faults {
        self.checker.verdict { receiver, sender in sent.count(room: self.clients[receiver].room, place: sender) }
    }

    /// Closes up to `limit` sessions and returns how many are left, so that a caller can pace the end.
    func finish(limit: Int) -> Int {
        self.isFinished = true
        self.isSending = false
        for _ in 0..<limit {
            guard let client = self.clients.popLast() else { break }
            client.finish()
        }
        return self.clients.count
    }
}
