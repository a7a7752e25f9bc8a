// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore

extension EngineClient: WebSocketTransportOwner {
    func webSocketOpened(_ transport: WebSocketTransport) {
        self.receivedAt = self.eventLoop.now
        guard case .probing = self.state else { return }
        transport.send(.ping(ByteBuffer(staticString: "probe")), revision: self.options.revision)
    }

    @inline(__always)
    func webSocketWillDeliver(_ transport: WebSocketTransport) {
        self.receivedAt = .now()
    }

    @inline(__always)
    func webSocketText(_ transport: WebSocketTransport, _ bytes: UnsafeRawBufferPointer) {
        switch self.state {
        case .webSocket: self.packetReceived(text: bytes)
        case .probing(let polling, let webSocket): self.probeAnswered(bytes, polling, webSocket)
        case .pausing: self.violation("a packet on the WebSocket before the upgrade")
        case .idle, .polling, .closed: break
        }
    }

    func webSocketBinary(_ transport: WebSocketTransport, _ bytes: UnsafeRawBufferPointer) {
        guard case .webSocket = self.state else { return }
        self.frameReceived(binary: bytes)
    }

    func webSocketClosed(_ transport: WebSocketTransport, _ reason: EngineClientCloseReason) {
        switch self.state {
        case .probing(let polling, _):
            // A failed probe leaves the session on polling, as with stock clients.
            self.state = .polling(polling)
        case .webSocket, .pausing:
            self.finish(reason, politely: false)
        case .idle, .polling, .closed:
            break
        }
    }

    /// `3probe` lets the session move, once the request that is under way has come back (the server releases it with
    /// a noop).
    private func probeAnswered(
        _ bytes: UnsafeRawBufferPointer,
        _ polling: PollingTransport,
        _ webSocket: WebSocketTransport
    ) {
        guard bytes.elementsEqual("3probe".utf8) else {
            return webSocket.close(.protocolViolation("wrong probe answer"))
        }
        self.state = .pausing(polling, webSocket)
        polling.pause()
    }
}

extension EngineClient: PollingTransportOwner {
    func pollingWillDeliver() {
        self.receivedAt = .now()
    }

    func pollingReceived(_ packet: EngineIOPacket) {
        self.packetReceived(packet)
    }

    func pollingPaused() {
        guard case .pausing(let polling, let webSocket) = self.state else { return }
        webSocket.send(.upgrade, revision: self.options.revision)
        self.state = .webSocket(webSocket)
        polling.close(politely: false)
        let held = self.held
        self.held = []
        for packet in held {
            webSocket.send(packet, revision: self.options.revision)
        }
        self.delegate?.upgraded(self)
    }

    func pollingFailed(_ reason: EngineClientCloseReason) {
        self.finish(reason, politely: false)
    }
}
