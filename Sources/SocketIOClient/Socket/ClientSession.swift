// Licensed under the MIT licence.

internal import EngineIOCore
internal import NIOCore
internal import SocketIOCore
internal import WireJSON

/// The sockets of one Engine.IO session, by namespace.
///
/// On the session's event loop only.
final class ClientSession: EngineClientDelegate {
    let engine: EngineClient
    private var decoder: PacketDecoder
    private var sockets: [String: SocketClient] = [:]
    /// CONNECT packets that wait for the session to open.
    private var waiting: [String] = []
    private var isOpen = false
    private var closeReason: EngineClientCloseReason?

    init(engine: EngineClient) {
        self.engine = engine
        // A test's server may be made to send what a careful client would not take.
        let limits = SocketIOLimits(
            maximumAttachments: 100,
            maximumAttachmentBytes: 64 << 20,
            maximumEventNameBytes: 65_536
        )
        self.decoder = PacketDecoder(revision: engine.options.revision, limits: limits)
    }

    func start() {
        self.engine.start(delegate: self)
    }

    /// Adds a socket and asks for its namespace; `connectPacket` is `nil` where the server joins it by itself.
    func add(_ socket: SocketClient, connectPacket: String?) {
        if let reason = self.closeReason { return socket.sessionClosed(reason) }
        guard self.sockets[socket.namespace] == nil else { return socket.refused(.alreadyConnected) }
        self.sockets[socket.namespace] = socket
        guard let connectPacket else { return }
        if self.isOpen { self.engine.send(text: connectPacket) } else { self.waiting.append(connectPacket) }
    }

    func remove(_ socket: SocketClient) {
        self.sockets[socket.namespace] = nil
    }

    func send(_ message: EngineMessage) {
        message.text?.withUnsafeReadableBytes { self.engine.send(text: $0) }
        for attachment in message.attachments { self.engine.send(binary: attachment) }
    }

    // MARK: EngineClientDelegate

    func opened(_ client: EngineClient) {
        self.isOpen = true
        let waiting = self.waiting
        self.waiting = []
        for packet in waiting { client.send(text: packet) }
    }

    func textReceived(_ client: EngineClient, _ text: UnsafeRawBufferPointer) {
        self.received { decoder throws(SocketIOCore.PacketError) in try decoder.text(ByteBuffer(bytes: text)) }
    }

    func binaryReceived(_ client: EngineClient, _ bytes: UnsafeRawBufferPointer) {
        self.received { decoder throws(SocketIOCore.PacketError) in try decoder.binary(ByteBuffer(bytes: bytes)) }
    }

    func closed(_ client: EngineClient, _ reason: EngineClientCloseReason) {
        self.closeReason = reason
        let sockets = self.sockets.values
        self.sockets = [:]
        for socket in sockets { socket.sessionClosed(reason) }
    }

    private func received(_ decode: (inout PacketDecoder) throws(SocketIOCore.PacketError) -> SocketIOPacket?) {
        do throws(SocketIOCore.PacketError) {
            guard let packet = try decode(&self.decoder) else { return }
            self.sockets[packet.namespace]?.received(packet)
        } catch {
            self.engine.finish(.protocolViolation("\(error)"), politely: true)
        }
    }
}
