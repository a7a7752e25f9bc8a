// Licensed under the MIT licence.

package import EngineIOCore
package import NIOCore

/// An Engine.IO client session (revisions 3 and 4) on one event loop.
///
/// Starts on WebSocket, or on polling, or on polling and then upgrades; answers or sends heartbeats; tells its
/// delegate what came. Everything is called on `eventLoop`, and the delegate is called there.
package final class EngineClient: @unchecked Sendable {
    // Sendable because every mutable member is touched on `eventLoop` only, which `start` and all callers keep to;
    // closures of scheduled tasks and bootstraps merely carry the reference there.

    enum State {
        case idle
        case polling(PollingTransport)
        /// The WebSocket is being tried; the session is still on polling (Engine.IO protocol v4, "Upgrade").
        case probing(PollingTransport, WebSocketTransport)
        /// The probe was answered; packets wait in `held` until polling has fallen silent.
        case pausing(PollingTransport, WebSocketTransport)
        case webSocket(WebSocketTransport)
        case closed
    }

    package let eventLoop: any EventLoop
    package let options: EngineClientOptions
    package internal(set) var handshake: EngineClientHandshake?
    /// When the bytes that are being delivered were read; one clock reading for all messages of one read.
    package internal(set) var receivedAt = NIODeadline.uptimeNanoseconds(0)
    var state = State.idle
    var held: [EngineIOPacket] = []
    private(set) var delegate: (any EngineClientDelegate)?

    package init(options: EngineClientOptions, eventLoop: any EventLoop) {
        self.options = options
        self.eventLoop = eventLoop
    }

    /// Connects.
    ///
    /// The delegate is kept until it has been told of the end.
    package func start(delegate: any EngineClientDelegate) {
        self.eventLoop.preconditionInEventLoop()
        guard case .idle = self.state else { return }
        self.delegate = delegate
        self.receivedAt = self.eventLoop.now
        self.watchConnect()
        switch self.options.transport {
        case .websocket:
            let transport = WebSocketTransport(options: self.options, sid: nil, owner: self)
            self.state = .webSocket(transport)
            transport.connect(on: self.eventLoop)
        case .polling, .upgrade:
            let transport = PollingTransport(options: self.options, eventLoop: self.eventLoop, owner: self)
            self.state = .polling(transport)
            transport.start()
        }
    }

    /// `polling` or `websocket`; `nil` when there is no session.
    package var transport: TransportName? {
        switch self.state {
        case .idle, .closed: nil
        case .polling, .probing, .pausing: .polling
        case .webSocket: .websocket
        }
    }

    /// Whether the operating system still takes what is sent.
    ///
    /// Always true on polling, where packets wait for the next request.
    package var isWritable: Bool {
        if case .webSocket(let transport) = self.state { transport.isWritable } else { true }
    }

    // MARK: Sending

    /// Sends a text message; `text` comes without the Engine.IO type byte.
    package func send(text: UnsafeRawBufferPointer, flush: Bool = true) {
        if case .webSocket(let transport) = self.state {
            transport.send(.text, prefix: PacketType.message.asciiDigit, payload: text, flush: flush)
        } else {
            self.send(.message(.text(ByteBuffer(bytes: text))))
        }
    }

    /// Sends a text message; `text` comes without the Engine.IO type byte.
    package func send(text: String) {
        var text = text
        text.withUTF8 { self.send(text: UnsafeRawBufferPointer($0)) }
    }

    /// Sends a binary message.
    package func send(binary: ByteBuffer) {
        self.send(.message(.binary(binary)))
    }

    /// Sends any packet, also ones that break the protocol: tests of a server need that.
    package func send(_ packet: EngineIOPacket) {
        switch self.state {
        case .idle, .closed: break
        case .polling(let transport), .probing(let transport, _): transport.send(packet)
        case .pausing: self.held.append(packet)
        case .webSocket(let transport): transport.send(packet, revision: self.options.revision)
        }
    }

    /// Sends what was written with `flush: false`.
    package func flush() {
        if case .webSocket(let transport) = self.state { transport.flush() }
    }

    /// Sends a text frame exactly as given, on WebSocket only; for tests of a server.
    package func sendRaw(webSocketText: String) {
        guard case .webSocket(let transport) = self.state else { return }
        var text = webSocketText
        text.withUTF8 { transport.send(.text, prefix: nil, payload: UnsafeRawBufferPointer($0)) }
    }

    // MARK: Ending

    /// Ends the session with the transport's goodbye: a close frame, or a close packet when polling.
    package func close() {
        self.finish(.closedHere, politely: true)
    }

    /// Ends the session without a word, as a client whose machine lost power.
    package func abort() {
        self.finish(.closedHere, politely: false)
    }

    /// The one way out; every path ends here.
    func finish(_ reason: EngineClientCloseReason, politely: Bool) {
        let state = self.state
        if case .closed = state { return }
        self.state = .closed
        self.held.removeAll()
        let delegate = self.delegate.take()
        switch state {
        case .idle, .closed:
            break
        case .webSocket(let transport):
            politely ? transport.close(reason) : transport.abort(reason)
        case .polling(let polling):
            polling.close(politely: politely)
        case .probing(let polling, let webSocket), .pausing(let polling, let webSocket):
            webSocket.abort(reason)
            polling.close(politely: politely)
        }
        delegate?.closed(self, reason)
    }
}
