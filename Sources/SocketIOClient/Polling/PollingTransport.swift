// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore
internal import NIOHTTP1

/// What a ``PollingTransport`` tells the session it belongs to.
protocol PollingTransportOwner: AnyObject {
    /// Called once before the packets of each answer.
    func pollingWillDeliver()
    func pollingReceived(_ packet: EngineIOPacket)
    /// No request is under way any more and none follows; asked for with `pause`.
    func pollingPaused()
    /// The last call.
    func pollingFailed(_ reason: EngineClientCloseReason)
}

/// Long-polling: one GET always waiting, POSTs one after the other (Engine.IO protocol v4, "HTTP long-polling").
final class PollingTransport {
    /// Common servers take no more packets in one payload (python-engineio `payload.py`: 16).
    private static let maximumPacketsPerPost = 16
    /// An answer may be as large as the whole read limit allows, so this only bounds the work of one answer.
    private static let maximumPacketsPerAnswer = 1 << 20

    /// The session's id, once the handshake has told it.
    var sid: String?
    private let options: EngineClientOptions
    private let pollLane: HTTPLane
    private let postLane: HTTPLane
    private var owner: (any PollingTransportOwner)?
    private var queue: [EngineIOPacket] = []
    private var isPolling = false
    private var isPosting = false
    private var isPausing = false

    init(options: EngineClientOptions, eventLoop: any EventLoop, owner: any PollingTransportOwner) {
        self.options = options
        self.owner = owner
        self.pollLane = HTTPLane(options: options, eventLoop: eventLoop)
        self.postLane = HTTPLane(options: options, eventLoop: eventLoop)
    }

    /// Sends the handshake request, then polls.
    func start() {
        self.poll()
    }

    /// Queues a packet for the next POST.
    func send(_ packet: EngineIOPacket) {
        self.queue.append(packet)
        self.post()
    }

    /// Asks for `pollingPaused` once the poll under way has been answered and everything queued was posted.
    func pause() {
        self.isPausing = true
        self.finishPause()
    }

    func close(politely: Bool) {
        guard self.owner.take() != nil else { return }
        self.pollLane.close()
        guard politely, self.sid != nil, !self.isPosting else { return self.postLane.close() }
        self.queue.append(.close)
        let lane = self.postLane
        lane.send(self.nextPost()) { _ in lane.close() }
    }

    private func poll() {
        guard !self.isPolling, self.owner != nil else { return }
        self.isPolling = true
        let target = self.options.target(transport: "polling", sid: self.sid)
        self.pollLane.send(HTTPLane.Request(method: .GET, target: target)) { self.pollAnswered($0) }
    }

    private func pollAnswered(_ result: Result<HTTPLane.Answer, EngineClientCloseReason>) {
        self.isPolling = false
        guard let answer = self.checked(result) else { return }
        self.owner?.pollingWillDeliver()
        do throws(PayloadError) {
            var decoder = try PayloadDecoder(
                answer.body,
                revision: self.options.revision,
                isBinary: answer.contentType == "application/octet-stream",
                maximumBytes: self.options.maximumMessageBytes,
                maximumPackets: Self.maximumPacketsPerAnswer
            )
            while let packet = try decoder.next() {
                guard let owner = self.owner else { return }
                owner.pollingReceived(packet)
            }
        } catch {
            return self.fail(.protocolViolation("\(error)"))
        }
        if self.isPausing { self.finishPause() } else { self.poll() }
    }

    private func post() {
        guard !self.isPosting, !self.queue.isEmpty, self.sid != nil, self.owner != nil else { return }
        self.isPosting = true
        self.postLane.send(self.nextPost()) { self.postAnswered($0) }
    }

    private func nextPost() -> HTTPLane.Request {
        var encoder = PayloadEncoder(revision: self.options.revision, base64: self.options.asksForBase64)
        var count = 0
        while count < self.queue.count, count < Self.maximumPacketsPerPost {
            encoder.append(self.queue[count])
            count += 1
        }
        self.queue.removeFirst(count)
        let target = self.options.target(transport: "polling", sid: self.sid)
        return HTTPLane.Request(method: .POST, target: target, contentType: encoder.contentType, body: encoder.body)
    }

    private func postAnswered(_ result: Result<HTTPLane.Answer, EngineClientCloseReason>) {
        self.isPosting = false
        guard self.checked(result) != nil else { return }
        self.post()
        if self.isPausing { self.finishPause() }
    }

    private func finishPause() {
        guard !self.isPolling, !self.isPosting, self.queue.isEmpty else { return }
        self.owner?.pollingPaused()
    }

    private func checked(_ result: Result<HTTPLane.Answer, EngineClientCloseReason>) -> HTTPLane.Answer? {
        switch result {
        case .failure(let reason):
            self.fail(reason)
            return nil
        case .success(let answer) where answer.status != 200:
            self.fail(.refused(status: answer.status, body: String(buffer: answer.body)))
            return nil
        case .success(let answer):
            return answer
        }
    }

    private func fail(_ reason: EngineClientCloseReason) {
        let owner = self.owner.take()
        self.pollLane.close()
        self.postLane.close()
        owner?.pollingFailed(reason)
    }
}
