// Licensed under the MIT licence.

import EngineIOCore
import NIOCore

// The upgrade to WebSocket, and the session's life on it.
extension Session {
    /// A WebSocket asks to be let in beside polling.
    ///
    /// Returns whether it may, and has a limited time from then on.
    func upgradeRequested() -> Bool {
        defer { self.updateDeadline() }
        return self.machine.upgradeRequested(now: self.loop.now, timing: self.settings.timing)
    }

    /// A WebSocket's channel is up.
    func webSocketReady(_ webSocket: WebSocketHandler) {
        // An upgrading one still has to prove itself.
        if webSocket === self.webSocket {
            self.moveToWebSocket()
            self.opened()
        }
        webSocket.readEarlyBytes()
    }

    /// The WebSocket that was let in never came.
    func upgradeFellThrough() {
        self.machine.upgradeFailed()
        self.updateDeadline()
    }

    /// The peer closed a WebSocket in good order.
    func webSocketLeft(_ webSocket: WebSocketHandler) {
        if webSocket === self.webSocket { self.end(.transportClose) } else { self.dropUpgradingWebSocket() }
    }

    /// A packet came on the upgrading WebSocket.
    func upgradePacketReceived(_ packet: EngineIOPacket) {
        let action: SessionStateMachine.UpgradeAction
        switch packet {
        case .ping(let data) where data.readableBytesView.elementsEqual("probe".utf8):
            action = self.machine.probeReceived()
        case .upgrade:
            action = self.machine.upgradePacketReceived()
        case .open, .close, .ping, .pong, .message, .noop:
            self.dropUpgradingWebSocket()
            return
        }
        switch action {
        case .answerProbe(let releasePoll):
            self.upgradingWebSocket?.write(text: "3probe")
            if releasePoll { self.releasePoll() }
        case .complete(let releasePoll):
            if releasePoll { self.releasePoll() }
            self.completeUpgrade()
        case .closeWebSocket:
            self.dropUpgradingWebSocket()
        case .ignore:
            break
        }
        self.updateDeadline()
    }

    private func completeUpgrade() {
        self.webSocket = self.upgradingWebSocket.take()
        self.loop.counters.upgrades += 1
        self.answerPost()
        // A client waits for its POST before it moves; this one did not.
        self.incomingPost.take()?.respond(.badRequest)
        self.moveToWebSocket()
        if self.isReadingPaused { self.webSocket?.setReading(false) }
    }

    /// Sends what waited for the WebSocket; from now on frames leave through it.
    private func moveToWebSocket() {
        self.attachDescriptor()
        let packets = self.queue
        self.queue = []
        self.queuedBytes = 0
        guard !packets.isEmpty else { return }
        for packet in packets {
            switch packet {
            case .message(let message):
                withUnsafePointer(to: self.slot) {
                    self.loop.deliver(message, to: UnsafeBufferPointer(start: $0, count: 1), isVolatile: false)
                }
            case .packet(let packet):
                self.loop.sendFrames(to: self.slot) { $0.append(.packet(packet), revision: self.handshake.revision) }
            }
        }
    }

    private func attachDescriptor() {
        guard let webSocket = self.webSocket else { return }
        let form = webSocket.form
        self.loop.slots[self.slot].form = form
        if !form.isPlain {
            let profile = self.loop.compression.deflaters[form.profile].profile
            self.deflater = profile.keepsContext ? MessageDeflater(profile) : nil
        }
        if let descriptor = webSocket.descriptor, self.settings.sendPath != .nio {
            self.loop.slots[self.slot].descriptor = descriptor
            self.loop.slots[self.slot].way = .direct
        } else {
            self.loop.slots[self.slot].way = .channel
        }
    }

    /// The upgrade failed or took too long; polling goes on.
    func dropUpgradingWebSocket() {
        guard let webSocket = self.upgradingWebSocket.take() else { return }
        self.machine.upgradeFailed()
        webSocket.close()
        self.updateDeadline()
        if !self.queue.isEmpty { self.loop.markForFlush(self.slot) }
    }

    /// A WebSocket of this session went away.
    func webSocketClosed(_ webSocket: WebSocketHandler, reason: EngineCloseReason) {
        if webSocket === self.upgradingWebSocket {
            return self.dropUpgradingWebSocket()
        }
        guard webSocket === self.webSocket else { return }
        // The descriptor may belong to somebody else from here on.
        self.loop.slots[self.slot].way = .none
        self.loop.slots[self.slot].descriptor = -1
        self.webSocket = nil
        self.opened()
        if self.isOpen { self.end(reason) } else { self.release() }
    }

    /// Hands bytes to NIO because the socket could not take them, and counts them against the connection's budget.
    func writeThroughChannel(_ bytes: ByteBuffer) {
        guard let webSocket = self.webSocket else { return }
        let isAlone = self.backlogBytes == 0
        self.backlogBytes += bytes.readableBytes
        guard isAlone || self.backlogBytes <= self.settings.options.limits.maximumOutboundBytes else {
            self.loop.counters.hit(.outboundBytes)
            if self.isOpen { self.end(.slowConsumer) } else { self.release() }
            return
        }
        let count = bytes.readableBytes
        self.loop.counters.bytesSent += count
        webSocket.write(bytes) { [weak self] in self?.channelDrained(count) }
    }

    private func channelDrained(_ count: Int) {
        self.backlogBytes -= count
        guard self.backlogBytes == 0, self.webSocket != nil else { return }
        self.loop.slots[self.slot].hasBacklog = false
        if self.loop.slots[self.slot].descriptor >= 0 { self.loop.slots[self.slot].way = .direct }
        if self.loop.slots[self.slot].isClosing || !self.flushWaiters.isEmpty { self.loop.markForFlush(self.slot) }
    }
}
