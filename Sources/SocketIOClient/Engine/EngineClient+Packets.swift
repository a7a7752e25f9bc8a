// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore

extension EngineClient {
    /// A text packet from either transport, its type byte included.
    ///
    /// This is the hot path of the load tool: nothing is allocated for a message.
    func packetReceived(text bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return self.violation("an empty packet") }
        if first == PacketType.message.asciiDigit {
            self.delegate?.textReceived(self, UnsafeRawBufferPointer(rebasing: bytes.dropFirst()))
            return
        }
        do throws(PacketError) {
            self.packetReceived(try EngineIOPacket(text: ByteBuffer(bytes: bytes), revision: self.options.revision))
        } catch {
            self.violation("\(error)")
        }
    }

    /// A binary WebSocket frame.
    func frameReceived(binary bytes: UnsafeRawBufferPointer) {
        do throws(PacketError) {
            self.packetReceived(try EngineIOPacket(binary: ByteBuffer(bytes: bytes), revision: self.options.revision))
        } catch {
            self.violation("\(error)")
        }
    }

    func packetReceived(_ packet: EngineIOPacket) {
        switch packet {
        case .open(let json): self.openReceived(json)
        case .close: self.finish(.closedByServer, politely: false)
        case .ping(let data):
            if self.options.keepsHeartbeat { self.send(.pong(data)) }
        case .message(.text(let text)): text.withUnsafeReadableBytes { self.delegate?.textReceived(self, $0) }
        case .message(.binary(let bytes)): bytes.withUnsafeReadableBytes { self.delegate?.binaryReceived(self, $0) }
        case .pong, .noop: break
        case .upgrade: self.violation("an upgrade packet from the server")
        }
    }

    private func openReceived(_ json: ByteBuffer) {
        guard self.handshake == nil else { return self.violation("a second open packet") }
        guard let handshake = EngineClientHandshake(json: json) else { return self.violation("a malformed handshake") }
        self.handshake = handshake
        if case .polling(let polling) = self.state { polling.sid = handshake.sid }
        self.watchHeartbeat(after: handshake.pingInterval)
        self.delegate?.opened(self)
        guard self.options.transport == .upgrade, handshake.upgrades.contains("websocket") else { return }
        guard case .polling(let polling) = self.state else { return }
        let webSocket = WebSocketTransport(options: self.options, sid: handshake.sid, owner: self)
        self.state = .probing(polling, webSocket)
        webSocket.connect(on: self.eventLoop)
    }

    func violation(_ what: String) {
        self.finish(.protocolViolation(what), politely: true)
    }

    // MARK: Time

    // Timers are never cancelled, only found out of date: cancelling is a linear search in NIO's heap of tasks, which
    // tens of thousands of clients share.

    func watchConnect() {
        self.eventLoop.scheduleTask(in: self.options.connectTimeout) { [weak self] in
            guard let self, self.handshake == nil else { return }
            self.finish(.connectTimedOut, politely: false)
        }
    }

    private func watchHeartbeat(after delay: TimeAmount) {
        self.eventLoop.scheduleTask(in: delay) { [weak self] in
            self?.heartbeatDue()
        }
    }

    private func heartbeatDue() {
        guard let handshake = self.handshake, self.transport != nil else { return }
        let patience = handshake.pingInterval + handshake.pingTimeout
        let now = self.eventLoop.now
        guard now - self.receivedAt <= patience else { return self.finish(.heartbeatMissed, politely: true) }
        switch self.options.revision {
        case .v3:
            if self.options.keepsHeartbeat { self.send(.ping(ByteBuffer())) }
            self.watchHeartbeat(after: handshake.pingInterval)
        case .v4:
            self.watchHeartbeat(after: self.receivedAt + patience - now + .milliseconds(1))
        }
    }
}

extension WebSocketTransport {
    func send(_ packet: EngineIOPacket, revision: ProtocolRevision) {
        var payload = ByteBuffer()
        let kind = packet.encode(into: &payload, revision: revision)
        payload.withUnsafeReadableBytes { self.send(kind == .binary ? .binary : .text, prefix: nil, payload: $0) }
    }
}
